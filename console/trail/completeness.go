package trail

import (
	"context"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/console/page"
)

// Complete compares what was counted from one day to another (UTC), both included.
type Complete func(ctx context.Context, from, to time.Time) ([]completeness.Line, error)

// mostCompared is how many days one page compares: each record of them is counted.
const mostCompared = 31

// completenessPage is what was counted apart and must be equal.
type completenessPage struct {
	Question question
	Part     string
	Lines    []completeness.Line
	Differ   int // lines in which something differs
	Cut      bool
	Faults   []fault
}

// completeness shows an organisation its own lines, and those who see the whole trail all.
func (t *Room) completeness(ctx context.Context, r *http.Request, _ *page.Person, s audit.Scope) answer {
	l := look{action: audit.LookAtTrail, query: "completeness", part: s.SourceOrg}
	form := r.URL.Query()
	q, faults := read(form, t.cfg.Clock())
	if q.narrower("format") || q.Format != "" {
		faults = append(faults, fault{"", "Numbers are compared by days and nothing else."})
	}
	l.query = q.words("completeness")
	if len(faults) > 0 {
		return faulty(faults, l)
	}
	to := t.cfg.Clock().UTC().Truncate(24 * time.Hour)
	if q.To != "" {
		to, _ = time.Parse(time.DateOnly, q.To) // read checked it
	}
	from := to.AddDate(0, 0, -6)
	if q.From != "" {
		from, _ = time.Parse(time.DateOnly, q.From)
	}
	data := completenessPage{Part: t.partOf(s)}
	if earliest := to.AddDate(0, 0, 1-mostCompared); from.Before(earliest) {
		from, data.Cut = earliest, true
	}
	q.From, q.To = from.Format(time.DateOnly), to.Format(time.DateOnly)
	data.Question = q
	lines, err := t.cfg.Complete(ctx, from, to)
	if err != nil {
		return t.trouble(err, l)
	}
	for _, line := range lines {
		if s.SourceOrg != "" && line.Organisation != s.SourceOrg {
			continue
		}
		data.Lines = append(data.Lines, line)
		if len(line.Differences) > 0 {
			data.Differ++
		}
	}
	l.outcome, l.recorded, l.shown = audit.Released, true, len(data.Lines)
	return answer{status: http.StatusOK, name: "completeness", data: data, look: l}
}
