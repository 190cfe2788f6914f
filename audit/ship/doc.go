// Package ship carries the records of a spool to their store, in order, each exactly
// once, and keeps how far it came.
//
//	spool → Shipper: batches with fixed bounds → Store, read back → Checkpoint → acknowledged
//
// What it guarantees:
//
//   - A record reaches its store exactly once, in order, or the shipper stands still
//     and says so in its metrics. Nothing is ever dropped.
//   - A spool whose end is behind what was once acknowledged does not start
//     (StartCheck), until an operator has looked (AcceptGap).
//   - Details that were erased (Checkpoint.NoteErased) do not leave the spool again, though
//     it holds them for some time.
//
// A Shipper and a Checkpoint may be used by many goroutines at once.
package ship
