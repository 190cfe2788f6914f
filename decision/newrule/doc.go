// Package newrule writes the beginnings of a rule from what somebody answers in plain English:
// the rule with its METADATA, its tests, a file of cases, and its reason.
//
// What it writes is ordinary: it may be read, changed and thrown away like any other rule, and
// nothing remembers where it came from. A rule that refuses, or takes something out, does so
// unless something shows that it need not; one that permits rests on an active care relationship
// that is on record. So what is missing from a request opens nothing.
//
// A draft is written whole or not at all, and never over anything that is there.
package newrule
