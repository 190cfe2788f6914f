//go:build !race

package policytest

// Race reports whether the race detector looks on.
const Race = false
