package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mycarerecord/mcr/durable"
)

// seenForm is the file that outlives the broker: the last change that it has applied or made.
const seenForm = "mcr registry seen, version 1\nchange %d\nmark %d\nat %s\n"

var errSeen = errors.New("the file that keeps what was seen of the registry cannot be read: put it back; " +
	"without it, this broker would believe a database that was restored from a backup")

// readSeen reads the file; nowhere where there is none.
func readSeen(path string) (point, error) {
	if path == "" {
		return nowhere, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nowhere, nil
	}
	if err != nil {
		return nowhere, fmt.Errorf("%w: %w", errSeen, err)
	}
	return parseSeen(text)
}

func parseSeen(text []byte) (p point, err error) {
	var at string
	if string(text) == string(nowhere.seen()) {
		return nowhere, nil
	}
	if _, err := fmt.Sscanf(string(text), seenForm, &p.seq, &p.mark, &at); err != nil {
		return nowhere, errSeen
	}
	if p.at, err = time.Parse(time.RFC3339Nano, at); err != nil || p.seq < 0 || string(text) != string(p.seen()) {
		return nowhere, errSeen
	}
	return p, nil
}

// errNotSure says that it is not known whether what was seen is on the database's disk.
var errNotSure = errors.New("the database is away")

func (p point) seen() []byte {
	return fmt.Appendf(nil, seenForm, p.seq, p.mark, p.at.UTC().Format(time.RFC3339Nano))
}

// beginSeen writes a file that is not there yet: that it can be written is known before anything
// is read, and that this broker works with a database, before it has seen anything of it.
func beginSeen(path string) error {
	if path == "" {
		return nil
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeSeen(path, nowhere)
}

func writeSeen(path string, p point) error {
	if path == "" {
		return nil
	}
	if err := durable.Replace(path, p.seen()); err != nil {
		return fmt.Errorf("keeping what was seen of the registry: %w", err)
	}
	return nil
}

// save has what was seen written soon.
func (f *follower) save() {
	select {
	case f.saving <- struct{}{}:
	default: // it will be
	}
}

// ensure has what was seen on the database's disk, and then on the broker's.
func (f *follower) ensure() error {
	if f.store.opt.Seen == "" && !f.following() {
		return nil
	}
	last := f.store.last()
	if last.seq > f.store.surely().seq {
		ctx, cancel := context.WithTimeout(f.context, f.store.opt.Statement)
		defer cancel()
		err := f.store.readers.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
			if _, err := look(ctx, c, last); err != nil { // this server's, not another's
				return err
			}
			_, err := c.Exec(ctx, flushed)
			return err
		})
		if err != nil {
			return errNotSure
		}
		f.store.kept(last)
	}
	return writeSeen(f.store.opt.Seen, f.store.surely())
}

// keep writes what was seen, four times a second at most: a disk cannot do it for every change.
func (f *follower) keep() {
	failing := false
	for {
		select {
		case <-f.saving:
		case <-f.context.Done():
			return
		}
		err := f.ensure()
		if errors.Is(err, errNotSure) { // the follower tells of a database that is away
			f.save()
			err = nil
		}
		if (err != nil) != failing {
			failing = !failing
			if failing {
				f.store.opt.Logger.Error("what was seen of the registry cannot be kept: after a restart, a database that was restored from a backup would be believed", "error", err)
			}
		}
		f.store.counts.kept.Store(!failing)
		timer := time.NewTimer(250 * time.Millisecond)
		select {
		case <-timer.C:
		case <-f.context.Done():
			timer.Stop()
			return
		}
		if failing {
			f.save() // again
		}
	}
}
