package rules

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// later is something that takes longer than a page may: proving invariants, going through all
// states. Whoever asks first begins it, and it goes on by itself; the page says so meanwhile,
// and whoever asks when it is done has it. What went wrong in it is kept too, so that nobody
// begins it anew with every look.
type later[T any] struct{ kept kept[outcome[T]] }

// outcome is what came of it.
type outcome[T any] struct {
	value T
	fault string
	until time.Time // when what went wrong may be tried again
}

// faultsLast is how long what went wrong is not tried again.
const faultsLast = time.Minute

// atLength lets one go on at a time in this process, whatever console and configuration ask:
// each takes a processor, and some hundred megabytes.
var atLength = make(chan struct{}, 1)

// look gives what came of it, or says that it is being worked out.
func (l *later[T]) look(ctx context.Context, m *Room, of string, work func(context.Context) (T, error)) (value T, fault string, working bool) {
	l.kept.forget(func(o outcome[T]) bool { return o.fault != "" && m.cfg.Clock().After(o.until) })
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Moment)
	defer cancel()
	got, err := l.kept.get(ctx, of, func(ctx context.Context) (outcome[T], error) {
		select {
		case atLength <- struct{}{}:
			defer func() { <-atLength }()
		case <-ctx.Done():
			return outcome[T]{}, errBusy
		}
		began := m.cfg.Clock()
		value, err := work(ctx)
		debug.FreeOSMemory() // it took some hundred megabytes, and brokers have other uses for them
		switch {
		case errors.Is(err, errBusy), errors.Is(context.Cause(ctx), context.Canceled):
			return outcome[T]{}, errBusy // it is of no use any more
		case err != nil:
			m.cfg.Log.Error("the rules' pages could not work out what they show", "cause", err)
			return outcome[T]{fault: err.Error(), until: m.cfg.Clock().Add(faultsLast)}, nil
		}
		m.cfg.Log.Info("the rules' pages worked out what they show", "seconds", m.cfg.Clock().Sub(began).Seconds())
		return outcome[T]{value: value}, nil
	})
	switch {
	case errors.Is(err, errBusy):
		return value, "", true
	case err != nil:
		return value, err.Error(), false
	}
	return got.value, got.fault, false
}
