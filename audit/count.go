package audit

import (
	"cmp"
	"fmt"
	"slices"
)

// MostKeys is how many keys a Count gives at most.
const MostKeys = 200

// Count is what was counted under one key of a dimension. A record with several
// rules or reasons is counted under each of them, so their totals overlap.
type Count struct {
	Key   string // "" when the records have nothing in the dimension: see Filter.Without
	Total int    // every record, looks included
	// Visits are those of which a record is counted under the measure, Everything among
	// them, and the key (see Visit, and Trail.Count): one visit that asked many sources
	// leaves many records. A measure that counts nothing is not in it.
	Visits         map[Measure]int
	Views          int
	Refusals       int
	Failures       int
	Asked          int // Given and Declined
	Given          int
	Declined       int
	Withdrawn      int
	Emergencies    int
	EmergencyViews int
	WithheldSome   int
	Alerts         int
	Looks          int
}

// Of gives the number of one measure.
func (c Count) Of(m Measure) int {
	if n := c.of(m); n != nil {
		return *n
	}
	return 0
}

// Set sets the number of one measure, for a store that counts by itself.
func (c *Count) Set(m Measure, n int) {
	if of := c.of(m); of != nil {
		*of = n
	}
}

// SetVisits sets the visits of one measure, for a store that counts by itself.
func (c *Count) SetVisits(m Measure, n int) {
	if n == 0 {
		return
	}
	if c.Visits == nil {
		c.Visits = map[Measure]int{}
	}
	c.Visits[m] = n
}

func (c *Count) of(m Measure) *int {
	switch m {
	case Everything:
		return &c.Total
	case Views:
		return &c.Views
	case Refusals:
		return &c.Refusals
	case Failures:
		return &c.Failures
	case Asked:
		return &c.Asked
	case Given:
		return &c.Given
	case Declined:
		return &c.Declined
	case Withdrawn:
		return &c.Withdrawn
	case Emergencies:
		return &c.Emergencies
	case EmergencyViews:
		return &c.EmergencyViews
	case WithheldSome:
		return &c.WithheldSome
	case Alerts:
		return &c.Alerts
	case Looks:
		return &c.Looks
	default:
		return nil
	}
}

// Tally counts records, for a store that does not count by itself.
type Tally struct {
	by     Dimension
	filter Filter
	keys   map[string]*Count
}

// NewTally begins a count of the records that a filter keeps. It fails with
// ErrQuestion as Filter.Check does, and for a dimension that there is not.
func NewTally(f Filter, by Dimension) (*Tally, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if !by.Known() {
		return nil, fmt.Errorf("counting by a dimension: %w", ErrQuestion)
	}
	return &Tally{by: by, filter: f, keys: map[string]*Count{}}, nil
}

// Add counts n records that are alike, which the scope holds and the filter keeps. Of r
// only what the measures and the dimension look at is read. Their visits it does not count:
// SetVisits says what those are.
func (t *Tally) Add(r *Record, n int) {
	for _, key := range t.Keys(r) {
		c := t.keys[key]
		if c == nil {
			c = &Count{Key: key}
			t.keys[key] = c
		}
		c.Total += n
		for _, m := range measures {
			if m.Counts(r) {
				*c.of(m) += n
			}
		}
	}
}

// SetVisits says how many visits a measure has under a key, of which Add has counted the
// records.
func (t *Tally) SetVisits(key string, m Measure, n int) {
	if c := t.keys[key]; c != nil {
		c.SetVisits(m, n)
	}
}

// Keys gives the keys under which a record is counted: the dimension's, and only
// the one rule or reason where the filter asks for one, so that a number and the
// records that it leads to agree.
func (t *Tally) Keys(r *Record) []string {
	keys := t.by.Of(r)
	for dimension, wanted := range map[Dimension]string{ByRule: t.filter.Rule, ByReason: t.filter.Reason} {
		if t.by == dimension && wanted != "" && slices.Contains(keys, wanted) {
			return []string{wanted}
		}
	}
	return keys
}

var measures = Measures()

// Counts gives what was counted, in the order of Trail.Count.
func (t *Tally) Counts() []Count {
	all := make([]Count, 0, len(t.keys))
	for _, c := range t.keys {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Count) int {
		if t.by == ByDay {
			return cmp.Compare(a.Key, b.Key)
		}
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Key, b.Key))
	})
	if over := len(all) - MostKeys; over > 0 && t.by == ByDay {
		return all[over:]
	}
	return all[:min(MostKeys, len(all))]
}
