package registry

import (
	"context"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// Known is all that is on record about one person.
type Known struct {
	Numbers  []nhs.Number // all of theirs, the one that was asked for first
	InUse    nhs.Number   // the one that none replaced; zero where the links lead to none or to several
	Versions []Entry      // of all entries, number by number, in the order in which they were recorded
}

// Know reads what is on record about the person that a number belongs to. until, when it is not
// zero, leaves out what was recorded after it, by the store's clock: what was known then. The error
// wraps ErrManyNumbers, or tells why it cannot be read.
func Know(ctx context.Context, from Reader, number nhs.Number, until time.Time) (Known, error) {
	r := &remembering{Reader: from, until: until}
	numbers, newest, err := readNewest(ctx, r, number)
	if err != nil {
		return Known{}, err
	}
	k := Known{Numbers: numbers, Versions: r.versions}
	var p person
	if p.identify(numbers, newest) == nil {
		k.InUse = p.identity.Current
	}
	return k, nil
}

// Newest gives the newest version of each entry under each number.
func (k Known) Newest() []Entry {
	var newest []Entry
	for _, e := range k.Versions {
		if i := slices.IndexFunc(newest, func(o Entry) bool { return o.ID == e.ID && o.Patient == e.Patient }); i >= 0 {
			newest[i] = e
		} else {
			newest = append(newest, e)
		}
	}
	return newest
}

// remembering keeps what is read through it of numbers, up to a time.
type remembering struct {
	Reader
	until    time.Time
	versions []Entry
}

func (r *remembering) Versions(ctx context.Context, number nhs.Number, take func(*Entry) error) error {
	return r.Reader.Versions(ctx, number, func(e *Entry) error {
		if !r.until.IsZero() && e.RecordedAt.After(r.until) {
			return nil
		}
		r.versions = append(r.versions, *e)
		return take(e)
	})
}
