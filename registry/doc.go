// Package registry is the Policy Information Point: what is on record about a
// patient that a decision rests on. It keeps permissions to view, opt-outs, care
// relationships, test orders, GP registrations, superseded NHS numbers and
// declared emergencies. It decides nothing: whether an entry holds at a moment is
// for the policies.
//
// What it guarantees:
//
//   - History is never overwritten. Every change of an entry is a new row of one
//     append-only table; the newest version of an entry is what holds now. The
//     database itself refuses to update or delete a row.
//   - A change that is committed, by this handle, another one or another process,
//     holds from the next Gather on. Gather keeps what it read of a patient in
//     memory, and asks SQLite on every call whether anything was committed since.
//   - Gather never guesses: what could not be read is Unavailable, never Absent.
//   - Superseded NHS numbers are one person. An opt-out or a permission under any
//     of their numbers holds for all of them.
//   - Errors and logs never carry an NHS number.
//
// What it does not: it does not encrypt the database file, which must know NHS
// numbers (it is created readable by its owner alone), and does not judge whether
// an imported resource is true.
//
// A Registry may be used by many goroutines at once, and several processes may
// open the same file. The lists in the Facts that Gather gives are shared: they
// must not be changed.
package registry
