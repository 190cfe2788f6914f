package demo

import (
	"context"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/demo/past"
	"github.com/mycarerecord/mcr/upstreams"
)

// Past makes up some days of the region's trail, up to a moment (zero: now): what its registry knows and the rules in force
// decide is asked, who asks is made up (package past).
func (r *Region) Past(ctx context.Context, days int, until time.Time, facts past.Facts, rules *decision.Revision, protector past.Protector) ([]*audit.Record, error) {
	if until.IsZero() {
		until = r.clock()
	}
	trial, err := past.Trial(ctx, rules)
	if err != nil {
		return nil, err
	}
	var sources []upstreams.Source
	for _, s := range r.sources {
		sources = append(sources, s.Source)
	}
	return past.Make(ctx, past.Options{
		Days: days, Until: until, People: r.population.People, Sources: sources, Facts: facts,
		Rules: decision.NewEngine(rules), Trial: decision.NewEngine(trial), Protector: protector,
	})
}
