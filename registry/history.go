package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/mycarerecord/mcr/nhs"
)

// ErrNoEntry says that there is no entry with an id.
var ErrNoEntry = errors.New("no such entry")

const askHistory = "SELECT " + entryColumns + " FROM entry WHERE id = ? ORDER BY version"

// History gives every version of one entry, the first one first, or ErrNoEntry.
func (r *Registry) History(ctx context.Context, id string) ([]Entry, error) {
	var versions []Entry
	err := r.reading(ctx, func(c *connection) error {
		return c.each(ctx, askHistory, collect(&versions), id)
	})
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
	err := r.reading(ctx, func(c *connection) error {
		numbers, _, err := readNewest(ctx, c, patient)
		if err != nil {
			return err
		}
		for _, n := range numbers {
			if err := c.each(ctx, askPatient, collect(&all), n.Digits()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading entries: %w", err)
	}
	for _, e := range all {
		if kind == "" || e.Kind == kind {
			wanted = append(wanted, e)
		}
	}
	return wanted, nil
}

func collect(to *[]Entry) func(row) error {
	return func(r row) error {
		*to = append(*to, Entry{})
		return readEntry(r, &(*to)[len(*to)-1])
	}
}
