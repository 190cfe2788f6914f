package invariants

import (
	"context"
	"io/fs"
	"slices"
)

// ProveShort is Prove with one entry in a list at most: a slip that one entry shows is
// found in a fraction of the time.
func ProveShort(ctx context.Context, fsys fs.FS) (Report, error) { return prove(ctx, fsys, 1, Fast) }

// AcceptedBy are the widenings with another accepted.yaml.
func (w Widenings) AcceptedBy(text string) *Widenings {
	w.List, w.Faults = slices.Clone(w.List), nil
	for i := range w.List {
		w.List[i].Accepted = nil
	}
	w.accept(text)
	return &w
}
