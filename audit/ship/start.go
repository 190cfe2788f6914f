package ship

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/legible"
)

// ErrBehind says that the spool ends before what its checkpoint or its store
// have seen: its end, or all of it, was lost or taken away, or it is another
// spool. Numbers would be given twice. The broker does not serve until an
// operator has looked and accepted the gap (AcceptGap).
var ErrBehind = errors.New("the spool is behind what was acknowledged")

// Start is what a start check found.
type Start struct {
	// Broker is the name of the chain to write: for NewJournal.
	Broker string
	// After is the number after which delivery begins.
	After uint64
	// StoreAway is why the store could not be asked; the checkpoint alone counted.
	StoreAway error
	// Lacking counts records at the end that the checkpoint says the store had, and
	// the store has not. What compares the store with what was delivered
	// (audit/reconcile) finds them and all others, and delivers again what is held.
	Lacking uint64
}

// StartCheck compares the end of the spool with the checkpoint and with the
// store's highest number, before the first record is written. It fails with
// ErrBehind when the spool is behind either of them, or bears another hash under
// the same number, or when there is no checkpoint though records were acknowledged or files
// stand beside where it was; and with ErrCheckpoint when the file cannot be trusted.
//
// No log can see by itself that its end was cut off; this is what sees it. What
// it cannot see: that spool, checkpoint and store were all put back together to
// an earlier day.
func StartCheck(ctx context.Context, sp *spool.Spool, store audit.Store, c *Checkpoint) (Start, error) {
	m := c.Mark()
	st := Start{Broker: m.Broker, After: m.Seq}
	missing, bad := c.missing()
	if bad != nil {
		return st, fmt.Errorf("checking the start: %w", bad)
	}
	last, hash := sp.Last()
	if err := behind(sp, last, hash, m.Seq, m.Hash, "the checkpoint"); err != nil {
		return st, err
	}
	if missing && sp.Stats().Acked > 0 {
		return st, fmt.Errorf("checking the start: %d records were acknowledged and there is no checkpoint: %w", sp.Stats().Acked, ErrBehind)
	}
	if missing && len(c.beside) > 0 {
		return st, fmt.Errorf("checking the start: there is no checkpoint, and a broker that had one wrote %s: %w", strings.Join(c.beside, ", "), ErrBehind)
	}
	seq, stored, err := store.Highest(ctx, m.Broker)
	switch {
	case err != nil:
		st.StoreAway = err
	case seq > 0:
		if err := behind(sp, last, hash, seq, stored, "the store"); err != nil {
			return st, err
		}
	}
	if had := max(seq, m.Begun); err == nil && had < m.Seq {
		st.Lacking = m.Seq - had
	}
	if missing {
		// From now on, that there is none means that it was taken away.
		if err := c.write(m); err != nil {
			return st, fmt.Errorf("checking the start: %w", err)
		}
	}
	if err := c.rebuild(sp); err != nil {
		return st, fmt.Errorf("checking the start: %w", err)
	}
	return st, nil
}

// behind compares the spool's end with a number and hash seen elsewhere.
func behind(sp *spool.Spool, last uint64, lastHash spool.Hash, seq uint64, hash spool.Hash, who string) error {
	if last < seq {
		return fmt.Errorf("checking the start: the spool ends at %d, %s has seen %d: %w", last, who, seq, ErrBehind)
	}
	if seq == 0 {
		return nil
	}
	here := lastHash
	if last > seq {
		// The entry may be gone from the spool already: then nothing can be compared.
		found, err := sp.Read(seq-1, 1)
		if err != nil || len(found) == 0 || found[0].Seq != seq {
			return nil
		}
		here = found[0].Hash
	}
	if here != hash {
		return fmt.Errorf("checking the start: record %d is another one for %s: %w", seq, who, ErrBehind)
	}
	return nil
}

// AcceptGap is the operator's word that a broker whose spool is behind may serve
// again: `mcr audit accept-gap`. A new chain of records begins, under a name of
// its own, since numbers of the old one may have been given to records that are
// lost. Its first record says who accepted the gap, why, and what is known of
// the end of the old chain, so that the gap stays visible in the trail for ever.
//
// It fails when there is nothing to accept.
func AcceptGap(ctx context.Context, sp *spool.Spool, store audit.Store, c *Checkpoint, operator, reason string, now time.Time) (*audit.Record, error) {
	_, err := StartCheck(ctx, sp, store, c)
	if err == nil {
		return nil, errors.New("accepting the gap: there is none")
	}
	if !errors.Is(err, ErrBehind) && !errors.Is(err, ErrCheckpoint) {
		return nil, fmt.Errorf("accepting the gap: %w", err)
	}
	if !legible.Name(operator) || !legible.Words(reason) {
		return nil, errors.New("accepting the gap: say who accepts it, and why, in words")
	}
	old := c.Mark()
	last, hash := sp.Last()
	name := audit.BrokerOf(old.Broker) + "+" + now.UTC().Format("20060102T150405Z")
	r := audit.GapRecord(name, operator, reason, now)
	known, knownHash := old.Seq, old.Hash
	if seq, stored, err := store.Highest(ctx, old.Broker); err == nil && seq > known {
		known, knownHash = seq, stored
	}
	r.Input = audit.Gap{Chain: old.Broker, Known: known, Hash: fmt.Sprintf("%x", knownHash), After: last, Previous: fmt.Sprintf("%x", hash)}.JSON()
	// The record first: a checkpoint without it would hide the gap.
	if err := audit.NewJournal(sp, name).Append(ctx, r); err != nil {
		return nil, fmt.Errorf("accepting the gap: %w", err)
	}
	m := audit.Mark{Broker: name, Begun: last, Seq: min(old.Seq, last), Hash: old.Hash, At: now}
	if m.Seq == last {
		m.Hash = hash
	} else if here, err := sp.Read(m.Seq-1, 1); m.Seq > 0 && err == nil && len(here) > 0 && here[0].Seq == m.Seq {
		m.Hash = here[0].Hash
	}
	if err := c.write(m); err != nil {
		return nil, fmt.Errorf("accepting the gap: %w", err)
	}
	return r, nil
}
