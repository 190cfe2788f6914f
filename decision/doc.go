// Package decision is the Policy Decision Point: it compiles the rules of
// policies/ and asks them whether, and how far, a professional may see a record.
// Only it and the packages below it import Open Policy Agent.
//
// A decision is a function of the policy revision, the question and the facts:
// rules cannot reach a clock, the network or the machine, because the built-ins
// that could are taken away when they are compiled. The same three always give
// the same decision, and Replay makes it again from the recorded input.
//
// It fails closed. Anything but a clear, well-formed answer of the rules — an
// error, a rule that ran too long, an answer of the wrong shape — is
// access.Indeterminate with the reason "policy-unclear", and releases nothing.
//
// It does not gather facts, does not fetch, and does not know what a source
// answered: Go applies the plan entry by entry (package fhir).
//
// Its rooms: internal/rego runs the rules, internal/folder and internal/lists read what
// they are made of. For the people who keep the rules there are Explain (each rule's part
// in a decision, by OPA's own evaluator) and the packages cases, check and book. They cost
// Decide nothing.
//
// A Revision never changes; an Engine and its revisions may be used by many
// goroutines at once, and Swap takes effect for the next decision.
package decision
