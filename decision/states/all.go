// Package states compares two folders of policies over all states of question and facts
// (decision/invariants), for who tells of changes (decision/book). It may be used by many
// goroutines at once, and keeps nothing.
package states

import (
	"context"
	"io/fs"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/invariants"
)

// All goes through all states of two folders and gives those in which the new one lets
// out more. An accepted.yaml that is not understood accepts nothing, and is told.
func All(pace invariants.Pace) book.States {
	return func(ctx context.Context, old, next fs.FS) (book.StateChanges, error) {
		w, err := pace.Widened(ctx, old, next)
		if err != nil {
			return book.StateChanges{}, err
		}
		if len(w.Faults) > 0 {
			return book.StateChanges{}, w.Faults
		}
		out := book.StateChanges{Bounds: w.Bounds}
		for _, one := range w.List {
			change := book.StateChange{
				Name: one.Name, In: invariants.Thousands(one.States), Given: one.Smallest.Given, When: one.Smallest.When,
				Old: one.Old, New: one.Smallest.Decision, Wider: true, Case: one.Smallest.YAML,
			}
			if a := one.Accepted; a != nil {
				change.Accepted = a.By + ": " + a.Why
			}
			out.Changes = append(out.Changes, change)
		}
		return out, nil
	}
}
