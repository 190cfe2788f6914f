package check

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/own"
)

// Own are the rules of an organisation's own, which restrict what the region's permit at its sources.
// They are held to what a region's rules are, but for the region's promises, which are not theirs to
// keep; and they may do nothing but restrict. Their cases are decided by both together.
type Own struct {
	Region fs.FS  // the region's policies
	Folder fs.FS  // the organisation's own (package own)
	Of     string // its ODS code
}

// faults finds all that is wrong with them. composed is what they are loaded from; nil when they cannot
// be put together.
func (o Own) faults(ctx context.Context) (found []Fault, composed fs.FS, rev *decision.Revision, err error) {
	composed, err = own.Compose(o.Region, o.Folder)
	if err != nil {
		return fault.Of(err), nil, nil, nil
	}
	made, rev, err := checked(ctx, composed, o.Of)
	return made.faults, composed, rev, err
}

// Check is Check for them.
func (o Own) Check(ctx context.Context, w io.Writer) error {
	faults, _, rev, err := o.faults(ctx)
	if err := told(w, faults, err); err != nil {
		return err
	}
	fmt.Fprintf(w, "The rules of %s are in order (digest %s): they restrict what the region's rules permit at its sources.\n", o.Of, rev.Digest()[:12])
	return nil
}

// Judge says whether they may be in force beside a region's rules, as Judge says it of these.
// The verdict's Revision is of the own rules alone.
func (o Own) Judge(ctx context.Context, region *decision.Revision) (v Verdict) {
	faults, composed, rev, err := o.faults(ctx)
	if v.faults(faults, err); len(v.Faults) > 0 {
		return v
	}
	v.Revision = rev.Under(decision.Options{Log: region.Options().Log})
	v.tests(ctx, nil)
	both, err := region.Beside(map[string]*decision.Revision{o.Of: rev})
	if err != nil {
		v.faults(fault.Of(err), nil)
		return v
	}
	f, err := folder.Read(composed)
	if err != nil {
		v.faults(fault.Of(err), nil)
		return v
	}
	if len(f.Cases) > 0 {
		stored, err := cases.ReadTexts(ctx, both, f.Cases)
		v.decided(ctx, stored, err)
	}
	return v
}

// Try is Try for them: their tests, their cases by both together, with each fact missing in turn, and
// whether every line of theirs was reached.
func (o Own) Try(ctx context.Context, w io.Writer, note func(Finding)) error {
	faults, composed, _, err := o.faults(ctx)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return cannotRunFor(w, faults, note)
	}
	f, l, rev, _, err := readToTest(ctx, composed)
	if err != nil {
		return err
	}
	why := &causes{}
	region, err := decision.Load(ctx, o.Region, decision.Options{Log: slog.New(why)})
	if err != nil {
		return fmt.Errorf("the region's policies: %w", err)
	}
	both, err := region.Beside(map[string]*decision.Revision{o.Of: rev})
	if err != nil {
		return err
	}
	t, cov := &account{w: w, note: note}, cover.New()
	if err := t.rego(ctx, f, l, cov, rev.TracedLimit()); err != nil {
		return err
	}
	var stored []cases.Case
	if len(f.Cases) == 0 {
		fmt.Fprintf(w, "\nThere are no decision cases (%s): what is decided by both together is not tried.\n", folder.CasesFolder)
	} else if stored, err = cases.ReadTexts(ctx, both, f.Cases); err != nil {
		return err
	}
	f.Rules = maps.Clone(f.Rules)
	delete(f.Rules, decisionFile) // it is the program's
	return t.rest(ctx, f, stored, cov, why)
}

const decisionFile = "decision.rego"

// onlyRestricts: own rules that permit or release are never heard, and whoever wrote them meant something.
func (c *checker) onlyRestricts() {
	if c.own == "" {
		return
	}
	for _, file := range c.rules() {
		if file == decisionFile {
			continue
		}
		for _, r := range c.modules[file].Rules {
			switch name := nameOf(r); name {
			case permits, lacks:
				c.sayAt(file, r.Location, "take it away: what is permitted is for the region's rules to say; write deny, unknown, withhold, or plan with masks",
					"an organisation's own rules may only restrict, and %s is never heard", name)
			case plans:
				if r.Head.Key == nil {
					continue
				}
				if o, ok := r.Head.Key.Value.(ast.Object); ok && o.Get(ast.StringTerm("categories")) != nil {
					c.sayAt(file, r.Location, `write {"masks": [...]}, or withhold the categories that are not to be shown`,
						"an organisation's own rules may only restrict, and a plan that releases categories is never heard")
				}
			}
		}
	}
}
