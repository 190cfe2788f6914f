//go:build race

package policytest

// Race reports whether the race detector looks on. Everything takes ten times as long
// then: what only goes through many small cases is done in part, and whole without it.
const Race = true
