package rego

import "github.com/open-policy-agent/opa/v1/ast"

// What the tests, which stand outside the package, need of its inside.

// ToAST gives a node as OPA's value.
func ToAST(n *Node) ast.Value { return toAST(n) }
