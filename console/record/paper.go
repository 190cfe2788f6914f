package record

import (
	"fmt"
	"strings"
)

// leftOut tells in a line what a printed summary does not hold: each part of the record
// with how many of its entries stand on the page of all entries alone. "" where it holds
// every one.
func (v *View) leftOut() string {
	held := map[string]bool{}
	for _, lines := range v.Summary.onPaper() {
		for _, l := range lines {
			held[l.ID] = true
		}
	}
	var parts []string
	out := 0
	for _, c := range v.Categories {
		n := 0
		for _, l := range c.Lines {
			if !held[l.ID] {
				n++
			}
		}
		if out += n; n > 0 {
			parts = append(parts, fmt.Sprintf("%s (%d)", lower(c.Name), n))
		}
	}
	if out == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s: %s", out, counting(v.Total, "entry", "entries"), strings.Join(parts, ", "))
}

// onPaper are the lists of lines that a printed summary holds. Contacts, forms, which say
// little in a line, and what the screen folds away, it leaves out.
func (s *Summary) onPaper() [][]*Line {
	lists := [][]*Line{
		s.Allergies.Current, s.Allergies.Statements, s.Alerts.Lines, s.Medicines.Lately, s.Problems.Lines, s.Results.Lines, s.Reports,
		s.Measurements.Lines, s.Appointments.Lines, s.Plans.Lines,
	}
	for _, groups := range [][]Group{s.Allergies.Groups, s.Problems.Groups} {
		for _, g := range groups {
			lists = append(lists, g.Lines, g.Against)
		}
	}
	for _, m := range s.Medicines.Groups {
		lists = append(lists, m.Lines)
	}
	return lists
}
