// Package completeness counts, for each broker, day and organisation, what must be
// equal, by whoever knows it: the requests that were answered, by the broker where the
// answer leaves; the records of them, as they come out of the spool; the rows, by the
// store; and the leaves of the Merkle logs. Line says what differs, in words.
//
// It is bookkeeping beside the trail, not part of it: it shows that nothing was lost on
// the way, by numbers that different parts counted apart. Who can write the data folder
// can write these numbers too; that nothing was altered is shown by audit/proof.
//
// # What the numbers are after a crash
//
// Counts are in a file a day, written every few seconds and when the broker stops. A
// broker that was killed, or lost its power, may have answered requests that it had not
// written down. That day's number of answers is a lower bound then, and says since when:
// too few answers are no difference any more. Too many for the records still are.
//
// A Counter may be used by many goroutines at once.
package completeness
