package decision

import (
	"maps"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
)

// What the tests, which stand outside the package, need of its inside.

// Combine makes one plan of several: categories and labels.
func Combine(plans ...[2][]string) (categories, labels []string) {
	list := make([]release, len(plans))
	for i, p := range plans {
		list[i] = release{categories: p[0], labels: p[1]}
	}
	r := combine(list)
	return r.categories, r.labels
}

// ReasonCodes are the codes of the reason book.
func (r *Revision) ReasonCodes() []string { return slices.Sorted(maps.Keys(r.reasons.Entries)) }

// Misremember has the revision remember every decision as another.
func (r *Revision) Misremember(as access.Effect) {
	for _, one := range r.memory.young {
		one.decision.Effect = as
	}
}

// Hurry changes how long a decision may take.
func (r *Revision) Hurry(limit time.Duration) { r.limit = limit }

// SampleOf is of how many remembered decisions one is made anew.
const SampleOf = sampleOf
