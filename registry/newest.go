package registry

import (
	"context"
	"errors"
	"slices"

	"github.com/mycarerecord/mcr/nhs"
)

// mostNumbers bounds how many numbers one person can have. More is a fault in
// the links, and nothing is known of that patient.
const mostNumbers = 16

// ErrManyNumbers says that more numbers are linked than one person can have.
var ErrManyNumbers = errors.New("a patient has too many NHS numbers: correct the links between them")

// readNewest reads the newest version of every entry of the person that a number
// belongs to, and all of their numbers: one query a number. A link is recorded
// under both of its numbers, so each number's entries tell the others.
func readNewest(ctx context.Context, from Reader, number nhs.Number) ([]nhs.Number, []Entry, error) {
	numbers := []nhs.Number{number}
	entries := make([]Entry, 0, 12)
	for i := 0; i < len(numbers); i++ {
		first := len(entries)
		err := from.Versions(ctx, numbers[i], func(e *Entry) error {
			// There are few: to look through them is faster than a map.
			for at := first; at < len(entries); at++ {
				old := &entries[at]
				if old.ID != e.ID {
					continue
				}
				// An answer keeps the time at which it was given: its withdrawal is
				// another version of the same answer, a yes that became a no is not.
				recorded := e.RecordedAt
				if old.Detail.Given == e.Detail.Given {
					recorded = old.RecordedAt
				}
				*old = *e
				old.RecordedAt = recorded
				return nil
			}
			entries = append(entries, *e)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		for at := first; at < len(entries); at++ {
			e := &entries[at]
			if e.Kind != KindNumberLink || e.Status != Active {
				continue
			}
			other, err := nhs.ParseNumber(e.Detail.Other)
			if err != nil {
				return nil, nil, Damaged(e.ID, err)
			}
			if !slices.Contains(numbers, other) {
				numbers = append(numbers, other)
			}
		}
		if len(numbers) > mostNumbers {
			return nil, nil, ErrManyNumbers
		}
	}
	return numbers, entries, nil
}
