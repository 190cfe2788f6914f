// Package replay decides the recorded decisions of a trail again, under a set of policies that
// is not in force, and tells what would have come out otherwise: who would have been refused,
// who let in, who shown more or less.
//
// It is exact. A decision is a function of policies, question and facts, and a record holds the
// last two: nothing is sampled unless it is asked for, and nothing is guessed. What cannot be
// decided again is counted apart, with the reason: an input that was written for another schema,
// a record whose details were erased, one that comes out otherwise even under the policies that
// decided it.
//
// What would have been shown is known from the policies that decided, which are asked again
// beside the draft. Where they are not kept, effect, reasons and rules are compared with the
// record, and what would be shown is said to be unknown.
//
// It reads the trail and writes nothing. Its memory is bounded, whatever the trail's size.
package replay
