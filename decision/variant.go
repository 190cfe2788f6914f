package decision

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// Variant is a revision that differs from r by compiled rules, or by lists: for
// tools that try many, one after the other. What a check would refuse is an error.
// It is not planned, so it is decided by OPA's evaluator, with a minute for each
// decision; entries are classified as by r unless reclassify is set. It has no
// texts, and is never put in force.
func (r *Revision) Variant(ctx context.Context, c *ast.Compiler, served map[string]*ast.Module, l lists.Lists, reclassify bool) (*Revision, error) {
	if err := errors.Join(checkMasks(l.Documents, served), checkReferences(c, l.Documents)); err != nil {
		return nil, err
	}
	out := &Revision{
		name: "variant of " + r.name, digest: r.digest, limit: time.Minute, log: slog.New(slog.DiscardHandler),
		reasons: l.Reasons, settings: l.Settings, classes: r.classes, everyClass: l.Classes.Every,
		classNames: l.Classes.Names, roleNames: r.roleNames, systems: l.Classes.Systems,
	}
	var err error
	if reclassify {
		if out.classes, err = l.Classes.Classifier(); err != nil {
			return nil, err
		}
	}
	out.outcome, err = rego.NewSearch(ctx, c, rego.Store(l.Documents), entryPoint)
	return out, err
}
