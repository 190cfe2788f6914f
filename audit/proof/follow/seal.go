package follow

import (
	"fmt"
)

// seal signs the logs as they stand now: those that have grown, and at a heartbeat all. The
// leaves are durable first, then what is signed, then it leaves.
func (f *Follower) seal() error {
	beat := f.opt.Clock().Sub(f.sealedAt) >= f.opt.Heartbeat
	var newer []entry
	var tracks []*track
	for _, t := range f.tracks {
		if t.again {
			return nil // the follower closes before it is through: nothing can be signed
		}
		if !t.grown() && !(beat && t.signed.Head != f.at) {
			continue
		}
		if err := t.tree.Sync(); err != nil {
			return err
		}
		c, err := t.checkpoint(f.at)
		if err != nil {
			return err
		}
		raw, err := c.Sign(f.key)
		if err != nil {
			return err
		}
		newer = append(newer, entry{Prefix: t.prefix, Chain: t.chain, Organisation: t.organisation, Checkpoint: string(raw), Days: t.counted(), Partial: t.partial, says: c})
		tracks = append(tracks, t)
	}
	if len(newer) > 0 {
		if err := f.state.keep(f.state.with(newer)); err != nil {
			return err
		}
	}
	f.sealedAt = f.opt.Clock()
	f.lastSeal.Store(f.sealedAt.UnixNano())
	for i, t := range tracks {
		n := &note{newer[i].says, []byte(newer[i].Checkpoint)}
		t.signed = n.says
		t.newest.Store(n)
		if f.witnesses.unneeded() {
			if err := t.publish(n); err != nil {
				return fmt.Errorf("%s: %w", t.origin, err)
			}
		}
	}
	f.through = f.broker.signed.Head.Number
	f.sealed.Store(f.through)
	f.witnesses.wake()
	return nil
}
