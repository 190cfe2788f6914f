package follow

import (
	"context"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/spool"
)

// pieces is how many records are read at once; unsynced is how many leaves may wait in memory.
const (
	pieces   = 2000
	unsynced = 50_000
)

// take reads the next records into the logs. some says that there may be more at once.
func (f *Follower) take() (some bool, err error) {
	last, _ := f.spool.Last()
	entries, err := f.spool.Read(f.at.Number, pieces)
	switch {
	case err != nil:
		return false, fmt.Errorf("reading the spool: %w", err)
	case len(entries) == 0 && last > f.at.Number:
		return false, fmt.Errorf("reading the spool: it ends at %d, and gives nothing after %d", last, f.at.Number)
	case len(entries) == 0:
		return false, nil
	}
	for i := range entries {
		if err := f.between(entries[i].Seq); err != nil {
			return false, err
		}
		if err := f.put(&entries[i]); err != nil {
			return false, err
		}
	}
	return true, nil
}

// between reads the records before a number that the spool has let go, from the store.
func (f *Follower) between(next uint64) error {
	for f.at.Number+1 < next {
		ctx, cancel := context.WithTimeout(f.working, storeWithin)
		entries, err := f.older.Entries(ctx, f.mark.Broker, f.at.Number, pieces)
		cancel()
		if err != nil {
			return fmt.Errorf("reading records that the spool has let go: %w", err)
		}
		before := f.at.Number
		for i := range entries {
			if seq := entries[i].Seq; seq <= f.at.Number || seq >= next {
				break
			}
			f.skip(entries[i].Seq)
			if err := f.put(&entries[i]); err != nil {
				return err
			}
		}
		if f.at.Number == before { // the store has none of them
			f.skip(next)
			f.at.Number = next - 1
		}
	}
	return nil
}

// skip notes the records between the last one and number: nobody has them.
func (f *Follower) skip(number uint64) {
	missing := number - f.at.Number - 1
	if missing == 0 || f.at.Number < f.through { // those of the past were noted then
		return
	}
	f.mu.Lock()
	f.lost += missing
	f.mu.Unlock()
	f.opt.Log.Error("records are in no log: neither the spool nor the store has them", "first", f.at.Number+1, "last", number-1)
}

// put puts one record into the logs that it belongs to.
func (f *Follower) put(e *spool.Entry) error {
	if f.at.Number <= f.through && e.Seq > f.through {
		if err := f.reached(); err != nil {
			return err
		}
	}
	leaf := audit.EntryOf(e.Payload)           // from a store, a record may be one whose details were erased
	columns, _ := audit.ReadColumns(e.Payload) // what is no record of ours is in the broker's log
	tracks := []*track{f.broker}
	if columns.SourceOrg != "" {
		t, err := f.organisation(columns.SourceOrg)
		if err != nil {
			return err
		}
		tracks = append(tracks, t)
	}
	for _, t := range tracks {
		if e.Seq <= f.through && !t.again {
			continue
		}
		if err := t.append(e.Seq, leaf); err != nil {
			return err
		}
		if e.Seq > f.through {
			t.count(columns.TimeIn)
		}
		if t.tree.Unsynced() >= unsynced {
			if err := t.tree.Sync(); err != nil {
				return err
			}
		}
	}
	f.at = signed.Link{Number: e.Seq, Hash: e.Hash}
	f.read.Store(e.Seq)
	if e.Seq == f.through {
		return f.reached()
	}
	return nil
}

// reached compares the logs that were made again with what was signed.
func (f *Follower) reached() error {
	for _, t := range f.tracks {
		if !t.again {
			continue
		}
		if err := t.reached(); err != nil {
			return err
		}
		f.opt.Log.Info("a log was made again, and is what was signed", "log", t.origin, "leaves", t.signed.Size)
	}
	return nil
}

// organisation gives the log of an organisation, beginning it with its first record. A
// log that was signed is there already.
func (f *Follower) organisation(name string) (*track, error) {
	if t := f.tracks[name]; t != nil {
		return t, nil
	}
	t, err := newTrack(f.opt.Data, f.opt.Origin, f.mark.Broker, name, f.broker.begun, f.key)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.tracks[name] = t
	f.mu.Unlock()
	return t, nil
}
