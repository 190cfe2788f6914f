package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/mycarerecord/mcr/nhs"
)

// ErrNoEntry says that there is no entry with an id.
var ErrNoEntry = errors.New("no such entry")

// History gives every version of one entry, the first one first, or ErrNoEntry.
func (r *Registry) History(ctx context.Context, id string) ([]Entry, error) {
	var versions []Entry
	err := r.store.History(ctx, id, collect(&versions))
	if err == nil && len(versions) == 0 {
		err = ErrNoEntry
	}
	if err != nil {
		return nil, fmt.Errorf("reading history: %w", err)
	}
	return versions, nil
}

// Entries gives every version of every entry of one kind about a patient, under
// all of their NHS numbers, in the order in which they were recorded; all kinds
// when kind is "". It is for people who ask what was recorded, by whom and when.
func (r *Registry) Entries(ctx context.Context, patient nhs.Number, kind Kind) ([]Entry, error) {
	var all, wanted []Entry
	numbers, _, err := readNewest(ctx, r.store, patient)
	if err != nil {
		return nil, fmt.Errorf("reading entries: %w", err)
	}
	for _, n := range numbers {
		if err := r.store.Versions(ctx, n, collect(&all)); err != nil {
			return nil, fmt.Errorf("reading entries: %w", err)
		}
	}
	for _, e := range all {
		if kind == "" || e.Kind == kind {
			wanted = append(wanted, e)
		}
	}
	return wanted, nil
}

func collect(to *[]Entry) func(*Entry) error {
	return func(e *Entry) error {
		*to = append(*to, *e)
		return nil
	}
}
