package lists

import (
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/fhir"
)

// contradictions finds codes that put the same type into two categories: an item
// with such a code would need both, and mostly be withheld. Categories that come
// on top of others are meant to.
func contradictions(rules []fhir.ClassRule) (faults []error) {
	type place struct{ typ, list, code string }
	seen, told := map[place]string{}, map[string]bool{}
	for i := range rules {
		r := &rules[i]
		list, codes, ok := onlyList(r)
		if r.OnTop || !ok {
			continue
		}
		for _, c := range codes {
			at := place{r.Type, list, c.System + "|" + c.Code}
			other := seen[at]
			seen[at] = r.Class
			if other == "" || other == r.Class {
				continue
			}
			line := fmt.Sprintf("%s: %s %s is both %s and %s: take it out of one of them", r.Type, list, at.code, other, r.Class)
			if key := strings.Join([]string{r.Type, list, c.Code}, "|"); !told[key] { // once, not for every name of the system
				told[key] = true
				faults = append(faults, fmt.Errorf("%s", line))
			}
		}
	}
	return faults
}

// onlyList gives the one list that a rule has.
func onlyList(r *fhir.ClassRule) (name string, codes []fhir.Code, ok bool) {
	n := len(r.Has)
	for _, l := range []struct {
		name  string
		codes []fhir.Code
	}{{"category", r.Category}, {"code", r.Code}, {"specialty", r.Specialty}} {
		if len(l.codes) > 0 {
			name, codes = l.name, l.codes
			n++
		}
	}
	return name, codes, n == 1 && name != ""
}
