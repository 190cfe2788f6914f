package decision_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision"
)

func TestPlansAddUpWithoutReleasingMoreThanTheyDo(t *testing.T) {
	type plan = [2][]string
	list := func(s ...string) []string { return s }
	for name, c := range map[string]struct {
		plans []plan
		want  plan
	}{
		"one":                        {[]plan{{list("a"), list("n")}}, plan{list("a"), list("n")}},
		"same labels":                {[]plan{{list("a"), list("n")}, {list("b"), list("n")}}, plan{list("a", "b"), list("n")}},
		"one holds the other":        {[]plan{{list("a", "b"), list("n", "s")}, {list("a"), list("n")}}, plan{list("a", "b"), list("n", "s")}},
		"the other holds the one":    {[]plan{{list("a"), list("n")}, {list("a", "b"), list("n", "s")}}, plan{list("a", "b"), list("n", "s")}},
		"every label":                {[]plan{{list("a"), list("n")}, {list("a", "b"), list("*")}}, plan{list("a", "b"), list("*")}},
		"sensitive in one only":      {[]plan{{list("a"), list("n", "s")}, {list("b"), list("n")}}, plan{list("a", "b"), list("n")}},
		"every label in one only":    {[]plan{{list("a"), list("*")}, {list("b"), list("n")}}, plan{list("a", "b"), list("n")}},
		"nothing in common":          {[]plan{{list("a"), list("n")}, {list("b"), list("s")}}, plan{list("a", "b"), nil}},
		"three, the last the widest": {[]plan{{list("a"), list("n")}, {list("b"), list("n")}, {list("a", "b", "c"), list("*")}}, plan{list("a", "b", "c"), list("*")}},
	} {
		t.Run(name, func(t *testing.T) {
			categories, labels := decision.Combine(c.plans...)
			if diff := cmp.Diff(c.want, plan{categories, labels}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
