package book

import (
	"context"
	"io/fs"

	"github.com/mycarerecord/mcr/decision/invariants"
)

// AllStates goes through all states of two folders and gives those in which the new one lets
// out more. An accepted.yaml that is not understood accepts nothing, and is told.
func AllStates(pace invariants.Pace) States {
	return func(ctx context.Context, old, new fs.FS) (StateChanges, error) {
		w, err := pace.Widened(ctx, old, new)
		if err != nil {
			return StateChanges{}, err
		}
		if len(w.Faults) > 0 {
			return StateChanges{}, w.Faults
		}
		out := StateChanges{Bounds: w.Bounds}
		for _, one := range w.List {
			change := StateChange{
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
