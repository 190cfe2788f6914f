// Package arch holds the rules of the house as tests: which package may import
// which, and what keeps to one place. It has no code of its own. The reason for
// each rule stands beside it; docs/architecture.md has the picture.
package arch
