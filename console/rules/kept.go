package rules

import (
	"context"
	"strings"
	"sync"

	"github.com/mycarerecord/mcr/decision"
)

// kept is something that takes long to make, kept for as long as what it was made
// of is the same.
type kept[T any] struct {
	mu    sync.Mutex
	of    string
	value T
}

// get gives what is kept, or makes it. Whoever comes meanwhile waits, and finds it.
func (k *kept[T]) get(of string, make func() (T, error)) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == of {
		return k.value, nil
	}
	value, err := make()
	if err == nil {
		k.of, k.value = of, value
	}
	return value, err
}

// theBook gives the policy book of the folder as it is now.
func (m *Room) theBook(ctx context.Context) (*decision.PolicyBook, error) {
	print, err := decision.Fingerprint(m.cfg.FS)
	if err != nil {
		return nil, err
	}
	return m.book.get(print, func() (*decision.PolicyBook, error) {
		ctx, done, err := m.turn(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		return decision.Book(ctx, m.cfg.FS)
	})
}

// since compares with the policies before; ok says whether there are any.
func (m *Room) since(ctx context.Context) (list decision.ChangeList, name string, ok bool, err error) {
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
	list, err = m.changes.get(was+is, func() (decision.ChangeList, error) {
		ctx, done, err := m.turn(ctx)
		if err != nil {
			return decision.ChangeList{}, err
		}
		defer done()
		return decision.Changes(ctx, before, m.cfg.FS)
	})
	return list, name, true, err
}

func lines(err error) []string {
	const most = 20
	all := strings.Split(err.Error(), "\n")
	if len(all) > most {
		all = append(all[:most], "and more")
	}
	return all
}
