package rules

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
)

// kept is something that takes long to make, kept for as long as what it was made
// of is the same. It is made by itself, whoever waits for it: somebody who goes
// away, or a machine that is busy, must not have it begun anew for ever.
type kept[T any] struct {
	mu     sync.Mutex
	of     string
	value  T
	making *making[T]
}

// making is one that is being made.
type making[T any] struct {
	of   string
	done chan struct{}
	err  error
}

// longestMaking ends what does not come to an end.
const longestMaking = 5 * time.Minute

// get gives what is kept, or waits, as long as ctx lasts, until it is made.
func (k *kept[T]) get(ctx context.Context, of string, work func(context.Context) (T, error)) (T, error) {
	k.mu.Lock()
	if k.of == of {
		defer k.mu.Unlock()
		return k.value, nil
	}
	one := k.making
	if one == nil || one.of != of {
		one = &making[T]{of: of, done: make(chan struct{})}
		k.making = one
		go k.make(context.WithoutCancel(ctx), one, work)
	}
	k.mu.Unlock()
	var none T
	select {
	case <-ctx.Done():
		return none, errBusy
	case <-one.done:
	}
	if one.err != nil {
		return none, one.err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of != of {
		return none, errBusy // it changed again meanwhile
	}
	return k.value, nil
}

func (k *kept[T]) make(ctx context.Context, one *making[T], work func(context.Context) (T, error)) {
	ctx, cancel := context.WithTimeout(ctx, longestMaking)
	defer cancel()
	var value T
	var err error
	func() {
		defer func() {
			// A fault here must not take the brokers of this process down.
			if fault := recover(); fault != nil {
				err = fmt.Errorf("reading the policies: fault: %v", fault)
			}
		}()
		value, err = work(ctx)
	}()
	k.mu.Lock()
	if err == nil {
		k.of, k.value = one.of, value
	}
	if k.making == one {
		k.making = nil
	}
	k.mu.Unlock()
	one.err = err
	close(one.done)
}

// theBook gives the policy book of the folder as it is now.
func (m *Room) theBook(ctx context.Context) (*book.Book, error) {
	print, err := decision.Fingerprint(m.cfg.FS)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	return m.book.get(ctx, print, func(ctx context.Context) (*book.Book, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		return book.Read(ctx, m.cfg.FS)
	})
}

// since compares with the policies before; ok says whether there are any.
func (m *Room) since(ctx context.Context) (list book.ChangeList, name string, ok bool, err error) {
	if m.cfg.Previous == nil {
		return list, "", false, nil
	}
	before, name, ok := m.cfg.Previous()
	if !ok || before == nil {
		return list, "", false, nil
	}
	was, err := decision.Fingerprint(before)
	if err != nil {
		return list, name, true, err
	}
	is, err := decision.Fingerprint(m.cfg.FS)
	if err != nil {
		return list, name, true, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	list, err = m.changes.get(ctx, was+is, func(ctx context.Context) (book.ChangeList, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return book.ChangeList{}, err
		}
		defer done()
		return book.Changes(ctx, before, m.cfg.FS, m.cfg.States)
	})
	return list, name, true, err
}

func lines(err error) []string { return few(strings.Split(err.Error(), "\n")) }

// few is as many lines as a page holds.
func few(all []string) []string {
	const most = 20
	if len(all) > most {
		return append(all[:most:most], fmt.Sprintf("and %d more", len(all)-most))
	}
	return all
}
