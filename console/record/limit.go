package record

import (
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/collect"
)

// limited says that rules opened some categories of the source's record by themselves, as
// they do for everybody in this place, and that the rest was refused: no fault, nothing of
// this patient's, and no reason for a warning on every record that a practice opens.
func (s *Source) limited() bool {
	return s.Status == collect.Withheld && len(s.Open) > 0 && s.Reason.Text != ""
}

// limits gathers what is shown without asking, and why the rest is not, by sources that say
// the same. What is said is what was asked and refused, the same whatever a source holds.
func limits(sources []*Source) (all []Attention) {
	for _, s := range sources {
		if s.limited() {
			ask := asking[s.Reason.Code]
			begins := map[bool]string{true: "Without asking you see", false: "You see"}[ask]
			all = gather(all, Attention{
				Kind: "limited", Ask: ask, Remedy: s.Reason.Remedy,
				Text: fmt.Sprintf("%s %s. The rest is not shown. %s", begins, listed(s.opened()), s.Reason.Text),
			}, s)
		}
	}
	return all
}

// opened names the open categories in the order of the page.
func (s *Source) opened() (names []string) {
	for _, c := range categories {
		if slices.Contains(s.Open, c.id) {
			names = append(names, lower(c.name))
		}
	}
	return names
}
