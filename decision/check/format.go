package check

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

// Formatted lays out a file of rules as OPA's own formatter does.
func Formatted(file string, text []byte) ([]byte, error) {
	return format.SourceWithOpts(file, text, format.Opts{RegoVersion: ast.RegoV1})
}
