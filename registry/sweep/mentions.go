package sweep

import (
	"hash/maphash"
	"slices"
)

// Mentions are the keys of the resources that a file mentions, as digests of 64 bits: 8 bytes a
// resource. Of 15 million, one that is not there is taken for one that is once in 10^12 times, and
// its entry stays open.
type Mentions struct {
	seed   maphash.Seed
	sums   []uint64
	sorted bool
}

// NewMentions are none.
func NewMentions() *Mentions { return &Mentions{seed: maphash.MakeSeed()} }

// Add adds one key.
func (m *Mentions) Add(key string) {
	m.sums = append(m.sums, maphash.String(m.seed, key))
	m.sorted = false
}

// Len is how many were added.
func (m *Mentions) Len() int { return len(m.sums) }

// Has says whether a key was added.
func (m *Mentions) Has(key string) bool {
	if !m.sorted {
		slices.Sort(m.sums)
		m.sorted = true
	}
	_, found := slices.BinarySearch(m.sums, maphash.String(m.seed, key))
	return found
}
