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
//   - Gather keeps what it read of a patient in memory, and uses it only while the
//     store says that it has told of every change: in registry/sqlite a change that
//     is committed holds from the next Gather on, in registry/postgres within a
//     second at every broker.
//   - Gather never guesses: what could not be read is Unavailable, never Absent.
//   - Superseded NHS numbers are one person. An opt-out or a permission under any
//     of their numbers holds for all of them.
//   - Errors and logs never carry an NHS number.
//
// Where the entries are kept is a Store's: registry/sqlite, a file, or registry/postgres, which
// the brokers of a region share. registry/intake takes FHIR resources in. registry/suite holds
// the behaviour that all stores have.
//
// A Registry may be used by many goroutines at once. The lists in the Facts that Gather gives are
// shared: they must not be changed.
package registry
