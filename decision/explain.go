package decision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// Explanation is a decision with each rule's part in it.
type Explanation struct {
	// Decision is what Decide gives for the same input.
	Decision access.Decision
	// Rules are all rules of the policies, by name, those without a part included; then, where they were
	// asked, those of the source's own organisation, by OwnRule.
	Rules []Share
	// Fault says, in words, why the rules' parts could not be told though the
	// decision could; "" when they are told.
	Fault string
}

// Share is one rule's part in a decision. A rule can have several: one that
// denies may also be lacking something.
type Share struct {
	Name, Title string
	// Decided says that the decision rests on it.
	Decided         bool
	Denies, Unknown []access.Reason
	Permits, Lacks  []access.Reason
	Releases        []Release     // counts only when the rule is one that permitted
	Masks           []string      // taken out, whichever rule permits
	Withholds       []Withholding // likewise: categories that are kept back
	Basis           map[string]string
	Alert           bool
	Conditions      []Checked
}

// Release is one release plan of a rule.
type Release struct{ Categories, Labels []string }

// Withholding is what a rule keeps back, whichever rule releases it, and why.
type Withholding struct {
	Categories []string
	Reason     access.Reason
}

// Checked is a part of a rule with whether it held.
type Checked struct {
	Part
	Held bool
}

// Verb says in one word what a rule did: "denied", "could not tell", "permitted",
// "was lacking" something, "limited" what is released (by masks, or by what it withholds), or "said nothing".
func (s Share) Verb() string {
	switch {
	case len(s.Denies) > 0:
		return "denied"
	case len(s.Unknown) > 0:
		return "could not tell"
	case len(s.Permits) > 0:
		return "permitted"
	case len(s.Masks)+len(s.Withholds) > 0:
		return "limited"
	case len(s.Lacks) > 0:
		return "was lacking"
	}
	return "said nothing"
}

// Explain decides an input again (access.Decision.Input, of a record or of a
// decision just made) by OPA's own evaluator, and asks every rule for its part.
// The decision is the same as Decide's for the same input.
func Explain(ctx context.Context, rev *Revision, input []byte) (Explanation, error) {
	if rev == nil {
		return Explanation{}, errors.New("explaining decision: no policies are loaded")
	}
	value, err := parseInput(input)
	if err != nil {
		return Explanation{}, fmt.Errorf("explaining decision: %w", err)
	}
	m := rego.Borrow()
	defer m.Free()
	d, err := rev.search(ctx, m, value, actionOf(value))
	if err != nil {
		d = unclear(rev, nil)
	}
	d.Input = input
	e := Explanation{Decision: d}
	if e.Rules, err = rev.shares(ctx, m, value, &d); err != nil {
		e.Rules, e.Fault = nil, "The rules could not be asked one by one: "+err.Error()
	}
	if err := rev.ownShares(ctx, m, value, &e); err != nil {
		e.Rules, e.Fault = nil, "The organisation's own rules could not be asked one by one: "+err.Error()
	}
	return e, nil
}

// ownShares adds the parts of the own rules that were asked.
func (r *Revision) ownShares(ctx context.Context, m *rego.Machine, input ast.Value, e *Explanation) error {
	if e.Decision.Own == "" || e.Fault != "" {
		return nil
	}
	source, err := m.FromAST(sourceOf(input))
	if err != nil {
		return err
	}
	of := source.Text("organisation")
	shares, err := r.own[of].shares(ctx, m, input, &access.Decision{})
	for _, s := range shares {
		s.Name = OwnRule(of, s.Name)
		s.Decided = slices.Contains(e.Decision.Rules, s.Name)
		e.Rules = append(e.Rules, s)
	}
	return err
}

// shares asks all rules and notes which of their bodies held.
func (r *Revision) shares(ctx context.Context, m *rego.Machine, input ast.Value, d *access.Decision) ([]Share, error) {
	held := heldBodies{}
	all, err := r.everyRule.Run(ctx, m, input, 10*r.limit, held)
	if err != nil {
		return nil, err
	}
	if all == nil {
		all = &rego.Node{Kind: rego.Object}
	}
	var out []Share
	for _, rule := range r.rules {
		if rule.Name == "" {
			continue
		}
		s := Share{Name: rule.Name, Title: rule.Title, Decided: slices.Contains(d.Rules, rule.Name)}
		if given := all.At(&rego.Node{Kind: rego.Text, Str: rule.Name}); given != nil && given.Kind == rego.Object {
			if err := r.share(&s, given); err != nil {
				return nil, fmt.Errorf("rule %s: %w", rule.Name, err)
			}
		}
		for _, p := range rule.Parts {
			s.Conditions = append(s.Conditions, Checked{Part: p, Held: held.any(rule.File, p.rows)})
		}
		out = append(out, s)
	}
	return out, nil
}

// share reads the six sets that a rule may offer.
func (r *Revision) share(s *Share, given *rego.Node) error {
	sets := map[Kind]*[]access.Reason{Denies: &s.Denies, Unknown: &s.Unknown, Permits: &s.Permits, Lacks: &s.Lacks}
	for _, kind := range []Kind{Denies, Unknown, Permits, Lacks, Plans, Withholds} {
		set := given.At(&rego.Node{Kind: rego.Text, Str: string(kind)})
		if set == nil {
			continue
		}
		if set.Kind != rego.Set {
			return errOdd
		}
		rego.SortSet(set)
		for _, n := range set.Items {
			if kind == Withholds {
				categories, code, err := r.plans.withheld(n)
				if err != nil {
					return err
				}
				s.Withholds = append(s.Withholds, Withholding{categories, r.reasons.Reason(code, nil)})
				continue
			}
			if kind == Plans {
				p, err := r.plans.release(n)
				if err != nil {
					return err
				}
				s.Masks = join(s.Masks, p.masks)
				if len(p.categories) > 0 {
					s.Releases = append(s.Releases, Release{Categories: p.categories, Labels: p.labels})
				}
				continue
			}
			f, err := readFinding(n)
			if err != nil {
				return err
			}
			s.finding(f)
			if reason := r.reasons.Reason(f.code, f.fill); !slices.Contains(*sets[kind], reason) {
				*sets[kind] = append(*sets[kind], reason)
			}
		}
	}
	for _, list := range sets {
		slices.SortStableFunc(*list, func(a, b access.Reason) int { return r.reasons.Order(a.Code) - r.reasons.Order(b.Code) })
	}
	return nil
}

func (s *Share) finding(f finding) {
	s.Alert = s.Alert || f.alert
	if f.basis == nil {
		return
	}
	for i, kind := range f.basis.Keys {
		if s.Basis == nil {
			s.Basis = map[string]string{}
		}
		if id := f.basis.Items[i].Str; s.Basis[kind.Str] == "" && id != "" {
			s.Basis[kind.Str] = id
		}
	}
}

// heldBodies notes which bodies of rules succeeded: file → line.
type heldBodies map[string]map[int]bool

// Enabled, Config and TraceEvent make it a topdown.QueryTracer.
func (h heldBodies) Enabled() bool               { return true }
func (h heldBodies) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

func (h heldBodies) TraceEvent(e topdown.Event) {
	if e.Op != topdown.ExitOp {
		return
	}
	if r, ok := e.Node.(*ast.Rule); ok && r.Location != nil {
		if h[r.Location.File] == nil {
			h[r.Location.File] = map[int]bool{}
		}
		h[r.Location.File][r.Location.Row] = true
	}
}

func (h heldBodies) any(file string, rows []int) bool {
	return slices.ContainsFunc(rows, func(row int) bool { return h[file][row] })
}

var _ topdown.QueryTracer = heldBodies{}
