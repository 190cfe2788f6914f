// Command bench measures the broker against plain Caddy, side by side in one run.
//
// It builds mcr and starts it once, with two sites before the same source: one
// with reverse_proxy alone, one with the broker (token, policy, filter, durable
// record) before it. It loads both in turn, over loopback, at 32 connections (-connections),
// round after round, and gives the ratio of each pair of rounds; the figure is
// the median. A round of the broker's is over when the trail has its records; how long that takes after
// the last answer is a column, and a round is so long that it is little of it. Everything shares this machine,
// so only the ratios carry over.
//
// warm: a session of repeated requests, its token and its patient's facts seen
// before. cold: every request a new token and a new patient.
//
//	go run ./bench [-rounds 5] [-requests 30000] [-cold 6000] [-profile FILE]
//
//	go run ./bench sizes | connections | tls | scale
//
// The same, warm, for answers of 1 KB to 1 MB; for 1 to 512 requests at a time; over HTTP/2 with TLS; and with more
// sources, patients, rules and records than the measured request has to do with.
//
//	go run ./bench [-rounds 5] hostile
//
// How others fare, and how much memory mcr takes, while 100 or 1,000 clients are answered
// by the source without an end: turns without and with them, and the ratio of the others'
// 99th percentiles. MCR_BINARY names another mcr to measure.
//
//	go run ./bench [-rounds 3] open
//
// How long requests take that come at their own times, 500, 1,000 and 2,000 a second, from when they
// were due; and what the disk alone takes to make a record durable.
//
//	go run ./bench [-requests 6000] timing
//
// Whether the time of an answer tells what is not there from what is not shown (attack 97).
//
// The first ends with two lines, in each the geometric mean of the two answer sizes, and
// writes the whole table to bench/latest.json.
package main
