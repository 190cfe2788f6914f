package replay

import (
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
)

// Kind is how a decision would have come out otherwise.
type Kind string

// The kinds, in the order in which they are told.
const (
	Permitted Kind = "permitted" // it was refused
	More      Kind = "more"      // it was permitted, and more would be shown
	Refused   Kind = "refused"   // it was permitted
	Less      Kind = "less"      // it was permitted, and less would be shown
	Partly    Kind = "partly"    // it was permitted: some more would be shown, and some less
	Unclear   Kind = "unclear"   // it was refused, and could not be decided; or the other way round
	Alerts    Kind = "alerts"    // the same, and the privacy officer would be told, or no longer
	Reasons   Kind = "reasons"   // the same, for other reasons or by other rules
)

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{Permitted, More, Refused, Less, Partly, Unclear, Alerts, Reasons}
}

// Decided reports whether it is another decision, rather than the same for other reasons.
func (k Kind) Decided() bool { return k != Reasons }

// Change is one decision that would have come out otherwise.
type Change struct {
	Kind Kind `json:"kind"`
	// Was is the decision as it is recorded; its input is left out.
	Was audit.Decided `json:"was"`
	Now Outcome       `json:"now"`
	// Lost and Gained are what would no longer be shown, and what would be shown beside it;
	// masks that are Lost are elements that would be shown.
	Lost   Shown `json:"lost"`
	Gained Shown `json:"gained"`
}

// Outcome is what the draft decides.
type Outcome struct {
	Effect  access.Effect `json:"effect"`
	Reasons []string      `json:"reasons"`
	Rules   []string      `json:"rules,omitempty"`
	Alert   bool          `json:"alert,omitempty"`
}

// Shown is a part of a release plan.
type Shown struct {
	Categories []string `json:"categories,omitempty"`
	Labels     []string `json:"labels,omitempty"`
	Masks      []string `json:"masks,omitempty"`
}

func outcomeOf(d *access.Decision) Outcome {
	o := Outcome{Effect: d.Effect, Rules: d.Rules, Alert: d.Alert, Reasons: make([]string, 0, len(d.Reasons))}
	for _, r := range d.Reasons {
		o.Reasons = append(o.Reasons, r.Code)
	}
	return o
}

// recorded says whether it is what a record says. A broker puts in front of the reasons what
// ended a request that was decided, and asks for the privacy officer for reasons of its own
// too: of both, a record may have more.
func (o *Outcome) recorded(was *audit.Decided) bool {
	more := len(was.Reasons) - len(o.Reasons)
	return string(o.Effect) == was.Effect && more >= 0 && slices.Equal(o.Reasons, was.Reasons[more:]) &&
		slices.Equal(o.Rules, was.Rules) && (was.Alert || !o.Alert)
}

// compare says how a decision comes out otherwise; false when it does not. before is the plan of
// the decision that was made, nil where the policies that made it are not kept: was is what
// they decide then, and what is recorded otherwise.
func compare(was *audit.Decided, before *fhir.Plan, now *access.Decision) (Change, bool) {
	c := Change{Was: *was, Now: outcomeOf(now)}
	if before != nil && now.Effect == access.Permit {
		c.Lost, c.Gained = differ(before, &now.Plan)
	}
	switch permitted := was.Effect == string(access.Permit); {
	case permitted != (now.Effect == access.Permit):
		c.Kind = Refused
		if !permitted {
			c.Kind = Permitted
		}
	case string(now.Effect) != was.Effect:
		c.Kind = Unclear
	case c.shows():
	case now.Alert && !was.Alert, was.Alert && !now.Alert && before != nil:
		c.Kind = Alerts
	case c.Now.recorded(was):
		return Change{}, false
	default:
		c.Kind = Reasons
	}
	c.Was.Input = nil // a slice of a page
	return c, true
}

// shows sets the kind of a change in what is shown, if it is one.
func (c *Change) shows() bool {
	less := len(c.Lost.Categories) > 0 || len(c.Lost.Labels) > 0 || len(c.Gained.Masks) > 0
	more := len(c.Gained.Categories) > 0 || len(c.Gained.Labels) > 0 || len(c.Lost.Masks) > 0
	switch {
	case less && more:
		c.Kind = Partly
	case less:
		c.Kind = Less
	case more:
		c.Kind = More
	}
	return less || more
}

// differ gives what stands in one plan alone.
func differ(before, now *fhir.Plan) (lost, gained Shown) {
	lost.Categories, gained.Categories = apart(before.Categories, now.Categories)
	lost.Masks, gained.Masks = apart(before.Masks, now.Masks)
	switch was, is := decision.EveryLabel(before.Labels), decision.EveryLabel(now.Labels); {
	case was && is:
	case was: // all others are lost; what is left is no gain
		lost.Labels = before.Labels
	case is:
		gained.Labels = now.Labels
	default:
		lost.Labels, gained.Labels = apart(before.Labels, now.Labels)
	}
	return lost, gained
}

// apart gives what is in one of two sorted lists alone.
func apart(a, b []string) (onlyA, onlyB []string) {
	if slices.Equal(a, b) {
		return nil, nil
	}
	for _, v := range a {
		if _, there := slices.BinarySearch(b, v); !there {
			onlyA = append(onlyA, v)
		}
	}
	for _, v := range b {
		if _, there := slices.BinarySearch(a, v); !there {
			onlyB = append(onlyB, v)
		}
	}
	return onlyA, onlyB
}
