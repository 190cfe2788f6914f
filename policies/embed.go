// Package policies holds the rules that decide, as data: Rego, code lists, the
// schema of the input and the decision cases. It has no Go but this embed;
// information-governance teams work here (see README.md).
package policies

import "embed"

// FS is everything under policies/, tests and cases included. decision.Load
// serves what is not a test.
//
//go:embed *.rego mutants.yaml mutation.json rules data schema testdata invariants
var FS embed.FS
