//go:build race

package reconcile_test

// race says that the race detector looks on: everything takes ten times as long.
const race = true
