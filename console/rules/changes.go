package rules

import (
	"context"
	"errors"
	"io/fs"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/gate"
)

// changes are what differs between two folders, as a page tells it.
type changes struct {
	book.ChangeList
	Working   bool     // the states are being gone through
	Does, May []string // what lets out more, and what may
}

// throughStates adds to a comparison what is found in all states, when that is there.
func (m *Room) throughStates(ctx context.Context, l *later[book.ChangeList], list book.ChangeList, old, next fs.FS, was, is string) changes {
	c := changes{ChangeList: list}
	if m.cfg.States != nil && list.OldDigest != list.NewDigest {
		whole, fault, working := l.look(ctx, m, was+" "+is, func(ctx context.Context) (book.ChangeList, error) {
			list, err := book.Changes(ctx, old, next, m.cfg.States)
			if err == nil && list.StatesFault != "" {
				err = errors.New(list.StatesFault)
			}
			return list, stillThat(next, is, err)
		})
		switch {
		case working:
			c.Working = true
		case fault != "":
			c.StatesFault = fault
		default:
			c.ChangeList = whole
		}
	}
	c.Does, c.May = c.Wider()
	return c
}

// stillThat says that a folder was written to while it was read, unless it was not: half of
// what was found may be of what it held before.
func stillThat(fsys fs.FS, fingerprint string, err error) error {
	if now, fault := gate.Fingerprint(fsys); fault != nil || now != fingerprint {
		return errBusy
	}
	return err
}
