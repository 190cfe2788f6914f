package record

import (
	"slices"
	"strings"
)

// together puts what several entries say in the same words in one place of the summary,
// with all that say so: each is named and leads to its own entry, and none is merged away.
// What differs in anything that the summary shows stays apart.
func together(lines []*Line) []*Line {
	var out []*Line
	for _, l := range lines {
		at := slices.IndexFunc(out, l.readsAs)
		if at < 0 {
			one := *l
			one.Also = slices.Clone(l.Also)
			out = append(out, &one)
			continue
		}
		out[at].Also = append(out[at].Also, l)
	}
	return out
}

// readsAs compares what the summary shows of two entries, but when and by whom.
func (l *Line) readsAs(o *Line) bool {
	return strings.EqualFold(l.Title, o.Title) && l.Category == o.Category && l.Standing == o.Standing && l.Value == o.Value &&
		slices.Equal(l.Brief(), o.Brief()) && slices.Equal(l.Marks, o.Marks)
}

// Told is how many entries say what stands once.
func (l *Line) Told() int { return 1 + len(l.Also) }

// BriefMarks are the marks for the summary, less what its heading says and what goes
// without saying.
func (l *Line) BriefMarks() []Mark {
	var out []Mark
	for _, m := range l.Marks {
		if m.Text != advanceDecision && !(m == Mark{"Active", Good}) {
			out = append(out, m)
		}
	}
	return out
}

// decisions are the lines about resuscitation and care in advance, or the others.
func decisions(lines []*Line, are bool) (out []*Line) {
	for _, l := range lines {
		if (l.decision != nil || l.Category == "advance-decisions") == are {
			out = append(out, l)
		}
	}
	return out
}
