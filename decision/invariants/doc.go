// Package invariants proves what must hold whatever is asked and whatever is known.
//
// A state is a question and its facts. There are more of them than anybody can decide
// one by one, and the rules tell few of them apart. So the rules are run with every
// field open; where a run needs one, it goes on with each value that the rules compare
// it with, and with one that they do not. What a run did not ask for cannot have
// mattered. The sets of states that come out of it are kept as decision diagrams, which
// count and compare them exactly; nothing is sampled. Each way in which the rules can
// decide is then decided by decision.Engine itself, in its smallest state and in its
// largest, and some of them, and each that breaks an invariant, by OPA's evaluator too.
//
// What bounds it: a list of facts has none, one or two entries; everything is asked at
// one time, from which all others are told. Where rules look at a field with a
// built-in that says nothing of what it compares (startswith, a regular expression),
// that is said. A function of the rules that needs more than five million runs is an
// error, and so is what the fast machine does not know.
//
// An invariant is written in policies/invariants/*.yaml, in the words of the cases
// (policies/README.md). Widened lists how new rules let out more than old ones do;
// accepted.yaml names who accepts it.
//
// All functions may be used at once by many goroutines. None keeps anything.
package invariants
