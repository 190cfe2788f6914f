package invariants

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
)

// Pace says how much of the machine it takes to go through all states.
type Pace int

const (
	// Fast goes through the settings that the files name side by side.
	Fast Pace = iota
	// Beside goes through one after the other, in a process that has other work: on one
	// processor, with the memory of one of them.
	Beside
)

// steps bounds a diagram, and so the memory: a million steps are 200 MB, and the collector of
// garbage may let it be three times that. To prove the shipped rules takes 0.6 million; to
// compare them with themselves when a setting has changed, 1.2.
func (p Pace) steps() int {
	if p == Beside {
		return 2_000_000
	}
	return 6_000_000
}

// Prove goes through all states and says of each invariant of a folder of policies
// in how many it holds. The error is a Faults where the files cannot be read.
func (p Pace) Prove(ctx context.Context, fsys fs.FS) (Report, error) {
	return prove(ctx, fsys, mostEntries, p)
}

// Widened goes through all states that the rules of two folders can tell apart, and
// lists how the new ones let out more: with their own settings, and with those that
// the invariants of the new folder name. Both must load.
func (p Pace) Widened(ctx context.Context, old, next fs.FS) (Widenings, error) {
	return widened(ctx, old, next, p)
}

// Prove proves the invariants of a folder, fast.
func Prove(ctx context.Context, fsys fs.FS) (Report, error) { return Fast.Prove(ctx, fsys) }

// Widened lists how new rules let out more, fast.
func Widened(ctx context.Context, old, next fs.FS) (Widenings, error) {
	return Fast.Widened(ctx, old, next)
}

// each does some work for each of a list, and gives each its error. What goes wrong in it
// takes nothing else of this process down.
func each[T any](p Pace, list []T, work func(T) error, fault func(T, error)) {
	var wait sync.WaitGroup
	for _, one := range list {
		if p == Beside {
			fault(one, guarded(func() error { return work(one) }))
			continue
		}
		wait.Go(func() { fault(one, guarded(func() error { return work(one) })) })
	}
	wait.Wait()
}

// guarded gives what ends some work as its error.
func guarded(work func() error) (err error) {
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		if is, ok := fault.(error); ok && errors.Is(is, errTooMany) {
			err = is
			return
		}
		err = fmt.Errorf("going through all states: fault: %v", fault)
	}()
	return work()
}
