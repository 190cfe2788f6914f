package record

import (
	"fmt"
	"slices"
)

// group puts the current allergies together and says where entries disagree: active
// here and ruled out there, active here and over elsewhere, of high and of low risk.
func (a *AllergyList) group() {
	a.Groups, a.Over = grouped(a.Current, a.Over, func(g *Group, l *Line) bool {
		return l.Standing == Refuted || g.elsewhere(l)
	})
	for i := range a.Groups {
		g := &a.Groups[i]
		g.dispute()
		high, low := ofRisk(g.Lines, "high"), ofRisk(g.Lines, "low")
		if len(high) > 0 && len(low) > 0 {
			g.Conflicts = append(g.Conflicts, fmt.Sprintf("High risk, says %s; low risk, says %s.", namesOf(high), namesOf(low)))
		}
	}
	for _, statement := range a.Statements {
		var denied []string
		for _, g := range a.Groups {
			if slices.ContainsFunc(g.Lines, statement.denies) {
				denied = append(denied, g.Name+" ("+namesOf(g.Lines)+")")
			}
		}
		if len(denied) > 0 {
			dated := ""
			if statement.When.Known() {
				dated = " " + statement.When.on()
			}
			a.Denied = append(a.Denied, fmt.Sprintf("“%s”, says %s%s, against: %s.", statement.Title, statement.Source.Name, dated, listed(denied)))
		}
	}
}

func ofRisk(lines []*Line, risk string) []*Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l *Line) bool {
		about, _ := l.about.(aboutAllergy)
		return about.risk != risk
	})
}

// denies says that a statement of no known allergy speaks of an allergy: a statement of
// all, or of a sort that the allergy is of, or may be where nobody says of which it is.
func (l *Line) denies(allergy *Line) bool {
	statement, _ := l.about.(aboutAllergy)
	about, _ := allergy.about.(aboutAllergy)
	return slices.ContainsFunc(statement.codes, func(code string) bool {
		sort, whole := noneOf[code]
		return whole && (sort == "" || len(about.sorts) == 0 || slices.Contains(about.sorts, sort))
	})
}

// group puts the problems together, and to each what other sources say against it. What
// ended before a problem began, here or elsewhere, is its past and no contradiction.
func (s *Section) group(all []*Line) {
	var against []*Line
	for _, l := range all {
		if l.Standing == Past || l.Standing == Refuted {
			against = append(against, l)
		}
	}
	s.Groups, _ = grouped(s.Lines, against, func(g *Group, l *Line) bool {
		about, _ := l.about.(aboutCondition)
		before := len(g.Lines) > 0
		for _, current := range g.Lines {
			before = before && about.over.before(current.When)
		}
		return !before && !about.visit && (l.Standing == Refuted || g.elsewhere(l))
	})
	for i := range s.Groups {
		s.Groups[i].dispute()
	}
}
