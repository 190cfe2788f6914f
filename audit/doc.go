// Package audit keeps the trail: one Record for every request, whatever its
// outcome, durable on this machine before the first byte of an answer leaves,
// and afterwards carried to the store where it is kept and asked.
//
// The journey of a record:
//
//	Journal.Append → spool (numbered, hash-chained, fsync) → the answer may leave
//	               → audit/ship, in order → Store, read back → acknowledged
//
// What the package guarantees:
//
//   - Journal.Append returns nil only when the record is on disk. Any other
//     return wraps ErrUnavailable, and the caller releases nothing.
//   - What a client sent is stored as data: control characters, NUL and bytes
//     that are not UTF-8 are escaped, and no value grows beyond its bound.
//
// A Trail is asked within a Scope, which says whose part of it may be seen, and no
// id, Filter or cursor reaches around that (attack 135). Search gives pages, Count
// gives numbers by a Dimension, each of which leads to its records
// (Dimension.Narrow), and Visits tells records as a person would: by Visit.
// Whoever looks at the trail leaves a record too (LookAtTrail), which counts as
// nothing but a look.
//
// What the trail holds of an NHS number, and under which keys, is package audit/protect;
// what may leave the trail again, and what is left of it then, audit/retention. A record
// whose details were erased says so itself (Erased, EntryOf).
//
// What it does not: it decides nothing, and it cannot tell that the records
// were true when they were written.
//
// A Journal and every Store may be used by many goroutines at once.
package audit
