package decision

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// Modules are the rules as they were read, and Documents the data, by the name of
// the file: for those who look for what the rules read. They must not be changed.
func (r *Revision) Modules() map[string]*ast.Module { return r.modules }

// Documents are the data: see Modules.
func (r *Revision) Documents() map[string]any { return r.lists.Documents }

// Walk is for running the rules on inputs of which parts are left open. There is none
// for rules that the machine does not know.
func (r *Revision) Walk() (*rego.Walk, error) { return rego.NewWalk(r.program) }
