package decision

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// A source's own organisation may have rules beside the region's, which restrict what these permit
// to be seen at its sources: they refuse, wait, withhold and mask. They are another revision, which
// is asked by itself, and what it says is joined here. So nothing in it can permit, release or
// change what the region's rules say.

// answered is what one revision's rules say, before what they withhold is kept back.
type answered struct {
	access.Decision
	kept []withholding
}

// joined makes the decision of what the region's rules say and, where these permit that something be seen
// at an organisation with rules of its own, what those say. A permission, a refusal or a withdrawal
// is the patient's word and not the source's: own rules are not asked. An error of theirs is an error.
func (r *Revision) joined(a answered, source *rego.Node, action access.Action, ask func(own *Revision) (answered, error)) (access.Decision, error) {
	if len(r.own) > 0 && a.Effect == access.Permit && action == access.View {
		of := source.Text("organisation")
		if of == "" {
			return access.Decision{}, fmt.Errorf("nobody says who holds the record, and whose own rules are to be asked: %w", errOdd)
		}
		if own := r.own[of]; own != nil {
			o, err := ask(own)
			if err != nil {
				return access.Decision{}, fmt.Errorf("the rules of %s: %w", of, err)
			}
			a = a.restricted(o, of)
		}
	}
	err := r.keepBack(&a.Decision, a.kept)
	return a.Decision, err
}

// restricted is what is left of a permit.
func (a answered) restricted(o answered, of string) answered {
	o.Own, o.Revision, o.Digest = o.Digest, a.Revision, a.Digest
	if o.Effect != access.Permit {
		for i, rule := range o.Rules {
			o.Rules[i] = OwnRule(of, rule)
		}
		return answered{Decision: o.Decision}
	}
	a.Own = o.Own
	a.Plan.Masks = join(a.Plan.Masks, o.Plan.Masks)
	for _, w := range o.kept {
		w.rule = OwnRule(of, w.rule)
		a.kept = append(a.kept, w)
	}
	return a
}

// Beside is the revision with the rules of organisations' own, by ODS code, instead of those that it has.
func (r *Revision) Beside(own map[string]*Revision) (*Revision, error) {
	alone := r.Alone()
	if len(own) == 0 {
		return alone, nil
	}
	others := make(map[string]lists.Reasons, len(own))
	for of, rev := range own {
		others[of] = rev.reasons
	}
	reasons, err := alone.reasons.With(others)
	if err != nil {
		return nil, fmt.Errorf("loading policies: %w", err)
	}
	both := alone.Under(alone.Options())
	both.own, both.alone, both.reasons = own, alone, reasons
	return both, nil
}

// Alone is the revision without the rules of organisations' own.
func (r *Revision) Alone() *Revision {
	if r == nil || r.alone == nil {
		return r
	}
	return r.alone
}

// DecidedBy names the rules that made a decision.
type DecidedBy struct {
	Digest string // of the region's
	// Own is the digest of the own rules of Organisation (ODS code), "" where they were not asked.
	Own, Organisation string
}

// OwnRule is what a rule of an organisation's own is called beside the region's: "RXA01.closed_notes".
func OwnRule(organisation, rule string) string { return organisation + "." + rule }

// Own are the rules of organisations' own, by ODS code.
func (r *Revision) Own() map[string]*Revision { return r.own }

// sourceOf finds the source in an input document; nothing when there is none.
func sourceOf(v ast.Value) ast.Value {
	source, err := v.Find(ast.Ref{ast.StringTerm("source")})
	if err != nil {
		return ast.NewObject()
	}
	return source
}
