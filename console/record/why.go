package record

import (
	"slices"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
)

// Why is one reason for which the reader may see what some sources answered, as their
// brokers told it. Nothing here decides: what no broker said is not said.
type Why struct {
	Code string
	// Short says it within a line: "the patient’s permission". Text is the policies' own
	// sentence.
	Short, Text string
	Until       time.Time // zero where no end is told
	By          []*Source
}

// shortly says a reason within a line. A reason that a region's own rules give stands as
// those rules tell it.
var shortly = map[string]string{
	"own-record": "your own organisation’s record", "permission-to-view": "the patient’s permission", "routine-gp-access": "your practice’s patient",
	"test-order": "a test that you were asked to interpret", "emergency-access": "an emergency that you declared",
}

// whys gathers why what is shown may be seen: what ends first in front, then what most
// sources rest on.
func whys(sources []*Source) (all []Why) {
	for _, s := range sources {
		if s.Apart {
			continue
		}
		for _, g := range s.Grounds {
			at := slices.IndexFunc(all, func(w Why) bool { return w.Code == g.Reason.Code && w.Until.Equal(g.Until) })
			if at < 0 {
				all, at = append(all, Why{Code: g.Reason.Code, Short: shortOf(g.Reason), Text: g.Reason.Text, Until: g.Until}), len(all)
			}
			all[at].By = append(all[at].By, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Why) int {
		if emergency := (a.Code == "emergency-access"); emergency != (b.Code == "emergency-access") {
			return map[bool]int{true: -1, false: 1}[emergency]
		}
		return len(b.By) - len(a.By)
	})
	return all
}

func shortOf(r collect.Reason) string {
	if short, ok := shortly[r.Code]; ok {
		return short
	}
	return lower(trimStop(r.Text))
}

// Ends is until when, in words: the time alone where it is today.
func (w Why) Ends(now time.Time) string {
	if w.Until.IsZero() {
		return ""
	}
	end, today := w.Until.In(page.London), now.In(page.London)
	switch {
	case end.Year() == today.Year() && end.YearDay() == today.YearDay():
		return "until " + end.Format("15:04")
	case end.Sub(today) < 7*24*time.Hour:
		return "until " + end.Format("2 Jan, 15:04")
	case end.Year() > today.Year()+5:
		return "" // a registration is put in for so long; it is no end that anybody waits for
	}
	return "until " + end.Format("2 Jan 2006")
}

func trimStop(text string) string {
	if n := len(text); n > 0 && text[n-1] == '.' {
		return text[:n-1]
	}
	return text
}
