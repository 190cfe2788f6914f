package collect

import (
	"slices"
	"time"

	"github.com/mycarerecord/mcr/grounds"
)

// Ground is a reason why what a source answered may be seen, as its broker told it
// (package grounds). The collector repeats it and decides nothing by it.
type Ground struct {
	Reason Reason // its text is that of the policies in force; a permit has no remedy worth telling
	// Until is when the first of the entries ends that the reason rests on; zero where none
	// has an end, or the broker names none.
	Until time.Time
}

// until says in a sentence when the ground ends, in UTC (FHIR instant); "" where no end is told.
func (g Ground) until() string {
	if g.Until.IsZero() {
		return ""
	}
	return "Until " + g.Until.UTC().Format(time.RFC3339) + "."
}

// restsOn are the kinds of entries that a reason rests on, for answers that rest on several
// reasons: then the field does not say which end is whose.
var restsOn = map[string][]string{
	"permission-to-view": {"permission", "relationship"},
	"routine-gp-access":  {"relationship"},
	"test-order":         {"order"},
	"emergency-access":   {"emergency"},
}

// grounds gathers why the answers may be seen: each reason once, with its first end.
func (v *visit) grounds(all []*answer) (found []Ground) {
	for _, a := range all {
		for _, g := range a.grounds {
			for _, code := range g.Reasons {
				until := firstEnd(g, code)
				at := slices.IndexFunc(found, func(o Ground) bool { return o.Reason.Code == code })
				if at < 0 {
					found = append(found, Ground{Reason: v.c.told(code), Until: until})
				} else if before := found[at].Until; before.IsZero() || !until.IsZero() && until.Before(before) {
					found[at].Until = until
				}
			}
		}
	}
	return found
}

// firstEnd is the first end of what one of the reasons rests on.
func firstEnd(g grounds.Grounds, code string) (first time.Time) {
	kinds := restsOn[code]
	for kind, end := range g.Ends {
		if len(g.Reasons) > 1 && !slices.Contains(kinds, kind) {
			continue
		}
		if first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}
