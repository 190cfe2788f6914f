//go:build race

package mutants_test

// race: with the race detector everything takes ten times as long.
const race = true
