package follow

import (
	"context"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/spool"
)

// load opens what was signed and finds where to go on.
func (f *Follower) load() (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.key, f.state, err = open(f.opt.Data); err != nil {
		return err
	}
	again := false
	for _, e := range f.state.logs {
		if e.Chain != f.mark.Broker || e.says.Origin != signed.Origin(f.opt.Origin, e.Chain, e.Organisation) {
			if e.Prefix == f.opt.Origin { // under another origin it would stand at the same address
				f.openClosed(e)
			}
			continue
		}
		t, err := openTrack(f.opt.Data, e, f.key)
		if err != nil {
			return err
		}
		if t.again {
			again = true
			f.opt.Log.Warn("a log's files are damaged or gone: it is made again", "log", t.origin, "leaves", t.signed.Size)
		}
		f.tracks[e.Organisation] = t
		f.serveAgain(t)
	}
	if f.broker = f.tracks[""]; f.broker == nil {
		begun, err := f.begins()
		if err != nil {
			return err
		}
		if f.broker, err = newTrack(f.opt.Data, f.opt.Origin, f.mark.Broker, "", begun, f.key); err != nil {
			return err
		}
		f.tracks[""], f.at, f.through = f.broker, begun, begun.Number
		f.sealedAt = time.Time{}
		return nil
	}
	head := f.broker.signed.Head
	if err := f.stillThere(head); err != nil {
		return err
	}
	f.at, f.through = head, head.Number
	if again {
		f.at = f.broker.begun
	}
	f.sealedAt = f.opt.Clock()
	f.read.Store(f.at.Number)
	f.sealed.Store(f.through)
	f.witnesses.wake()
	return nil
}

// begins finds the record before the first that a new log covers. Records of the time
// before there were logs bear no salt, and stay provable by the chain alone.
func (f *Follower) begins() (signed.Link, error) {
	number := f.mark.Begun
	for _, e := range f.state.logs {
		if e.Chain == f.mark.Broker { // under another origin
			number = max(number, e.says.Begun.Number)
		}
	}
	if len(f.state.logs) == 0 {
		return f.first, nil
	}
	if number == 0 {
		return signed.Link{}, nil
	}
	found, err := f.entry(number)
	if err != nil {
		return signed.Link{}, err
	}
	if found == nil { // its hash stands in the chain's first record
		return signed.Link{Number: number}, nil
	}
	return signed.Link{Number: number, Hash: found.Hash}, nil
}

// stillThere compares the last record that was signed with the spool and the store.
func (f *Follower) stillThere(head signed.Link) error {
	last, _ := f.spool.Last()
	if last < head.Number {
		return fmt.Errorf("%w: a checkpoint was signed up to record %d, and the spool ends at %d: the end was taken away, or put back "+
			"to an earlier day", ErrForked, head.Number, last)
	}
	if head.Number == 0 {
		return nil
	}
	found, err := f.entry(head.Number)
	if err != nil {
		return err
	}
	if found != nil && found.Hash != head.Hash {
		return fmt.Errorf("%w: record %d is another one than that up to which a checkpoint was signed: the chain was computed anew, or is "+
			"another one", ErrForked, head.Number)
	}
	return nil
}

// entry gives one record from the spool, or from the store; nil when neither has it.
func (f *Follower) entry(number uint64) (*spool.Entry, error) {
	found, err := f.spool.Read(number-1, 1)
	if err != nil {
		return nil, fmt.Errorf("reading record %d: %w", number, err)
	}
	if len(found) == 0 || found[0].Seq != number {
		ctx, cancel := context.WithTimeout(f.working, storeWithin)
		defer cancel()
		if found, err = f.older.Entries(ctx, f.mark.Broker, number-1, 1); err != nil {
			return nil, fmt.Errorf("reading record %d: %w", number, err)
		}
	}
	if len(found) == 0 || found[0].Seq != number {
		return nil, nil
	}
	return &found[0], nil
}

// storeWithin bounds a question to the store.
const storeWithin = 30 * time.Second
