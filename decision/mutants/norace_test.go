//go:build !race

package mutants_test

const race = false
