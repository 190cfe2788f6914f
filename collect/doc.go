// Package collect gathers one patient's record, live, from every source: it asks
// each source's own broker, at the same time, with the professional's own token,
// and says for each source how that went.
//
// The collector holds no right of its own. It decides nothing, knows no rule and
// reaches no source but through its broker, which decides on and records each
// search for itself; so it is never a way round a broker.
//
// What it guarantees:
//
//   - Nobody is asked for whom the verifier does not know, and of one person only
//     so much at once.
//   - Every source that is configured is in every answer, with its status. One that
//     refuses, withholds, is late or answers nonsense is seen to; it costs the
//     others nothing.
//   - The token goes to the brokers' own addresses and nowhere else: no redirect is
//     followed, and no link out of a broker's base. It goes in clear to no other
//     machine.
//   - What the collector itself refuses leaves one audit record, durable before the
//     answer begins to leave.
//   - The NHS number stands in no address, log, metric or error.
//   - What is read is bounded in bytes, pages, requests and time, and in memory
//     over all collections. Where a bound
//     was reached, the answer says so.
//   - Nothing is kept when the answer has been given.
//   - One trace id (W3C traceparent) goes to all brokers, so that the trail shows
//     one collection as one visit.
//
// What it does not: merge, rank or correct what sources say. Two sources' entries
// about one medicine are two entries.
//
// A Collector may be used by many goroutines at once. docs/collect.md has the
// operation as its callers see it.
package collect
