package mutants

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Mutant is a folder of policies with one small fault in it.
type Mutant struct {
	Operator string // one of Operators
	File     string // "rules/permission/permission.rego"
	Line     int
	// Rule is the head of the rule that is mutated, as it is written, or the path of
	// the datum: `usable[p.id] := p.sensitive`, "emergency.minutes".
	Rule string
	// Was is the part that is mutated, as it is written; Is what stands there in the
	// mutant, "" when nothing does.
	Was, Is string

	module *ast.Module // the mutated file, or
	text   string      // its mutated text, for data
}

// Notice says in a sentence what nobody would notice.
func (m Mutant) Notice() string {
	o, _ := operatorNamed(m.Operator)
	s := "Nobody would notice " + fmt.Sprintf(o.Notice, oneLine(m.Was))
	if m.Is != "" && m.Operator != orderSwapped {
		s += " (as: " + oneLine(m.Is) + ")"
	}
	return s
}

// String says which mutant it is, in a line.
func (m Mutant) String() string {
	return fmt.Sprintf("%s:%d %s: %s -> %s", m.File, m.Line, m.Operator, oneLine(m.Was), cmp.Or(oneLine(m.Is), "(nothing)"))
}

// Text is the whole mutated file, as it would be written: a rule by OPA's formatter.
func (m Mutant) Text() (string, error) {
	if m.module == nil {
		return m.text, nil
	}
	out, err := written(m.module)
	if err != nil {
		return "", fmt.Errorf("writing mutant: %s: %w", m, err)
	}
	return out, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
