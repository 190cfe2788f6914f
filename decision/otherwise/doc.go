// Package otherwise finds what would have decided otherwise: the smallest change of the
// facts, or of the question, with which the same policies come to another decision. It is
// the second half of an explanation; decision.Explain is the first.
//
// An edit is one thing that can have been otherwise in the patient's affairs or in what was
// asked: an entry of the registry that was there or not, had ended or not, was for this
// professional or for another; a fact that could be looked up or not; the role, the purpose,
// what was asked for, the time. Each is said in plain English. The fields are those of the
// input document (policies/schema/input.json); which requests there are comes from package
// invariants, which roles, ways of asking and categories from the lists of the revision.
//
// What is offered is true: each changed input was decided by the revision itself, and what is
// offered once more by OPA's evaluator. It is small: one edit comes before two, a fact before
// the question, and of two edits neither is enough alone. It is not all there is: of several
// edits of one fact the plainest is offered, and more than two are not tried. The search is
// bounded in decisions and in time, and says how far it came.
//
// Some edits are left out on purpose. For a permit nobody is made staff of the organisation
// that holds the record, and no patient is registered with what is no general practice: that
// would be true of many a refusal, and help nobody. No edit changes the policies, their lists
// or their settings. So the one thing that opens what an opt-out closes is that there is none
// in force.
//
// All functions may be used at once by many goroutines. None keeps anything.
package otherwise
