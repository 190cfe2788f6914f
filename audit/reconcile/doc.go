// Package reconcile sees to it that what was delivered to the trail's store stays there: it
// compares what the store has with what it was given, for as long as records are kept.
//
//	Checkpoint: digests of what was delivered, by block of 4,096 numbers
//	      ↓ compared with
//	Store.Digests: what is there now
//	      ↓ where they differ: which numbers lack, which are others
//	spool still holds them → delivered again, by itself → compared again
//	spool let them go      → an alarm that names the numbers, until it is mended or accepted
//
// What it guarantees:
//
//   - All that the spool still holds is compared at the start, whenever the store is back after
//     a failure, and each Every; all that was ever delivered is compared at a slower pace, round
//     and round. A record that the store lost, or has otherwise, is found.
//   - A record that is delivered again is there once: only what lacks is inserted, under a name
//     of its own, and what is there afterwards is compared again.
//   - Nothing that the store has is overwritten or taken away: another document under a number
//     is an alarm, and stays as it is.
//   - It asks one question at a time, of a bounded range and within a time limit, and rests
//     after each, so that it takes at most a fifth of a store's time. No request waits for it.
//
// What it does not see: a document that was altered while its hash, number and id were not (the
// chain shows that: audit/proof), and what was delivered before a version that kept digests and
// had left the spool by then (the chain shows that too). It trusts its own files as far as their
// seal goes: whoever has the deployment's keys can make others.
//
// A Reconciler may be used by many goroutines at once.
package reconcile
