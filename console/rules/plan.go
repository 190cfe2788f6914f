package rules

import (
	"strconv"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
)

// plan is what comes of a case, in the words of the page.
type plan struct {
	Heading string // the page's: what would happen
	Views   bool   // something is viewed, so categories are released
	Deciding,
	Others []decision.Share
}

func planOf(t cases.Tried) plan {
	p := plan{Views: len(t.Outline.Released) > 0}
	switch t.Decision.Effect {
	case access.Permit:
		p.Heading = "This would be permitted"
	case access.Deny:
		p.Heading = "This would be refused"
	default:
		p.Heading = "This could not be told: it would wait"
	}
	for _, s := range t.Explanation.Rules {
		if s.Decided {
			p.Deciding = append(p.Deciding, s)
		} else {
			p.Others = append(p.Others, s)
		}
	}
	return p
}

func itoa(n int) string { return strconv.Itoa(n) }
