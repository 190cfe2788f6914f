package rules

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/gate"
)

// kept is something that takes long to make, kept for as long as what it was made
// of is the same. It is made by itself, whoever waits for it: somebody who goes
// away, or a machine that is busy, must not have it begun anew for ever.
type kept[T any] struct {
	lasts  context.Context // what is being made ends with it
	mu     sync.Mutex
	of     string
	value  T
	making *making[T]
}

// making is one that is being made.
type making[T any] struct {
	of   string
	end  context.CancelFunc
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
		if one != nil {
			one.end() // of what is not there any more
		}
		within, end := context.WithTimeout(k.lasts, longestMaking)
		one = &making[T]{of: of, end: end, done: make(chan struct{})}
		k.making = one
		go k.make(within, one, work)
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
	defer one.end()
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
	switch {
	case errors.Is(ctx.Err(), context.Canceled): // nobody wants it any more
		err = errBusy
	case err == nil:
		k.of, k.value = one.of, value
	}
	if k.making == one {
		k.making = nil
	}
	k.mu.Unlock()
	one.err = err
	close(one.done)
}

// forget drops what is kept if it is no longer to be shown.
func (k *kept[T]) forget(old func(T) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of != "" && old(k.value) {
		var none T
		k.of, k.value = "", none
	}
}

// theBook gives the policy book of the folder as it is now.
func (m *Room) theBook(ctx context.Context) (*book.Book, error) {
	fingerprint, err := decision.Fingerprint(m.cfg.FS)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	return m.book.get(ctx, fingerprint, func(ctx context.Context) (*book.Book, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		return book.Read(ctx, m.cfg.FS)
	})
}

// since compares with the policies before; ok says whether there are any.
func (m *Room) since(ctx context.Context) (c changes, name string, ok bool, err error) {
	if m.cfg.Previous == nil {
		return c, "", false, nil
	}
	before, name, ok := m.cfg.Previous()
	if !ok || before == nil {
		return c, "", false, nil
	}
	was, err := gate.Fingerprint(before)
	if err != nil {
		return c, name, true, err
	}
	is, err := gate.Fingerprint(m.cfg.FS)
	if err != nil {
		return c, name, true, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	list, err := m.changes.get(ctx, was+" "+is, func(ctx context.Context) (book.ChangeList, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return book.ChangeList{}, err
		}
		defer done()
		return book.Changes(ctx, before, m.cfg.FS, nil)
	})
	if err == nil {
		c = m.throughStates(ctx, &m.changesInAll, list, before, m.cfg.FS, was, is)
	}
	return c, name, true, err
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
