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

var errManyNumbers = errors.New("a patient has too many NHS numbers: correct the links between them")

const askPatient = "SELECT " + entryColumns + " FROM entry WHERE patient = ? ORDER BY seq"

// readNewest reads the newest version of every entry of the person that a number
// belongs to, and all of their numbers: one query a number. A link is recorded
// under both of its numbers, so each number's entries tell the others.
func readNewest(ctx context.Context, c *connection, number nhs.Number) ([]nhs.Number, []Entry, error) {
	numbers := []nhs.Number{number}
	var entries []Entry
	for i := 0; i < len(numbers); i++ {
		newest := map[string]int{}
		first := len(entries)
		err := c.each(ctx, askPatient, func(r row) error {
			e, err := readEntry(r)
			if err != nil {
				return err
			}
			at, seen := newest[e.ID]
			if !seen {
				newest[e.ID] = len(entries)
				entries = append(entries, e)
				return nil
			}
			// An answer keeps the time at which it was given: its withdrawal is
			// another version of the same answer, a yes that became a no is not.
			if entries[at].Detail.Given == e.Detail.Given {
				e.RecordedAt = entries[at].RecordedAt
			}
			entries[at] = e
			return nil
		}, numbers[i].Digits())
		if err != nil {
			return nil, nil, err
		}
		for _, e := range entries[first:] {
			if e.Kind != KindNumberLink || e.Status != Active {
				continue
			}
			other, err := nhs.ParseNumber(e.Detail.Other)
			if err != nil {
				return nil, nil, damaged(e.ID, err)
			}
			if !slices.Contains(numbers, other) {
				numbers = append(numbers, other)
			}
		}
		if len(numbers) > mostNumbers {
			return nil, nil, errManyNumbers
		}
	}
	return numbers, entries, nil
}
