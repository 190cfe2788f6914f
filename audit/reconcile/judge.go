package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
)

// atOnce is how many records are delivered again in one batch.
const atOnce = 2000

// judged is one block in which the store has not what was delivered.
type judged struct {
	*comparison
	chain   string
	block   *ship.Block
	there   map[uint64]audit.Digest // by number
	held    map[uint64]heldRecord
	lacking []uint64 // ascending
	altered ranges
}

type heldRecord struct {
	entry  spool.Entry
	digest audit.Digest
}

// judge finds out what is wrong with a block, delivers again what lacks and is held, and notes
// what is missing, and what is altered.
func (c *comparison) judge(chain string, b *ship.Block) error {
	j := judged{comparison: c, chain: chain, block: b}
	var err error
	if j.there, err = c.ask(chain, b.First, b.Last, 1); err != nil {
		return err
	}
	if err := j.hold(); err != nil {
		return err
	}
	bounds := ship.Range{First: b.First, Last: b.Last}
	retired, numbers := c.r.retiredOf(chain, bounds)
	j.compare(numbers)
	if !j.certain(retired) { // what is held is something else: nothing is known but the numbers
		j.held, j.lacking, j.altered = nil, nil, nil
		j.compare(numbers)
	}
	var missing ranges
	for _, seq := range j.lacking {
		if _, ok := j.held[seq]; !ok {
			missing = missing.and(ship.Range{First: seq, Last: seq})
		}
	}
	if err := j.deliver(); err != nil {
		return err
	}
	c.r.delivered()
	if len(missing) == 0 && len(j.altered) == 0 {
		now, err := c.ask(chain, b.First, b.Last, audit.BlockRecords)
		if err != nil {
			return err
		}
		if !same(now[b.First/audit.BlockRecords], b.Digest, retired) {
			for _, numbers := range b.Numbers { // one or more of these: which, is not known any more
				j.altered = j.altered.and(numbers)
			}
		}
	}
	if c.r.alarms.put(chain, bounds, missing, j.altered) {
		c.fresh = true
	}
	return nil
}

// hold reads what the spool still has of the block.
func (j *judged) hold() error {
	j.held = map[uint64]heldRecord{}
	for after := j.block.First - 1; after < j.block.Last; {
		entries, err := j.r.spool.Read(after, atOnce)
		if err != nil {
			return fmt.Errorf("comparing: %w", err)
		}
		if len(entries) == 0 {
			return nil
		}
		for _, e := range entries {
			if after = e.Seq; after > j.block.Last {
				return nil
			}
			h := heldRecord{entry: e}
			c, _ := audit.ReadColumns(e.Payload) // what is no record has no id
			h.digest.Add(e.Seq, e.Hash, c.ID)
			j.held[e.Seq] = h
		}
	}
	return nil
}

// compare goes through the numbers that were delivered.
func (j *judged) compare(retired []ship.Range) {
	for _, numbers := range j.block.Numbers {
		for seq := numbers.First; seq <= numbers.Last; seq++ {
			there, is := j.there[seq]
			h, held := j.held[seq]
			switch {
			case is && (there.Count > 1 || held && there != h.digest):
				j.altered = j.altered.and(ship.Range{First: seq, Last: seq})
			case !is && !slices.ContainsFunc(retired, func(r ship.Range) bool { return r.First <= seq && seq <= r.Last }):
				j.lacking = append(j.lacking, seq)
			}
		}
	}
}

// certain says whether what the spool holds under these numbers is what was delivered under
// them. It is, in the chain that is being written. Of a chain before an accepted gap it is when
// it makes up what lacks: else the spool may have begun anew, and given the numbers again.
func (j *judged) certain(retired audit.Digest) bool {
	if m := j.r.checkpoint.Mark(); j.chain == m.Broker && j.block.First > m.Begun {
		return true
	}
	var sum audit.Digest
	for _, d := range j.there {
		sum.Join(d)
	}
	for _, seq := range j.lacking {
		sum.Join(j.held[seq].digest)
	}
	return same(sum, j.block.Digest, retired)
}

// deliver sends what lacks and is held. Records between them that the store has go with it:
// the store takes only what it has not, and one sending for each lacking record would be many.
func (j *judged) deliver() error {
	var send []spool.Entry
	flush := func() error {
		for len(send) > 0 {
			b, rest, err := j.r.checkpoint.BatchAgain(j.chain, send[:min(len(send), atOnce)])
			if err != nil {
				return fmt.Errorf("delivering again: %w", err)
			}
			ctx, cancel := context.WithTimeout(j.ctx, j.r.opt.Timeout)
			err = j.r.store.Deliver(ctx, b)
			cancel()
			if err != nil && !errors.Is(err, audit.ErrConflict) { // that is said when it is looked at again
				return fmt.Errorf("delivering %s from %d to %d again: %w", j.chain, b.First(), b.Last(), err)
			}
			send = append(rest, send[len(b.Entries)+len(rest):]...)
		}
		return nil
	}
	lacks := map[uint64]bool{}
	var mend []uint64
	for _, seq := range j.lacking {
		if _, held := j.held[seq]; held {
			lacks[seq], mend = true, append(mend, seq)
		}
	}
	if len(mend) == 0 {
		return nil
	}
	if err := j.noteErased(); err != nil {
		return err
	}
	j.r.again(j.chain, j.block.First, mend)
	for seq := j.block.First; seq <= j.block.Last; seq++ {
		h, held := j.held[seq]
		_, is := j.there[seq]
		switch {
		case lacks[seq]:
			send = append(send, h.entry)
		case held && is && len(send) > 0 && len(j.altered.within(ship.Range{First: seq, Last: seq})) == 0:
			send = append(send, h.entry)
		default:
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// delivered says that what was about to be delivered again is there.
func (r *Reconciler) delivered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried = place{}
}

// again counts what is about to be delivered again, and says so. A block whose sending failed,
// whatever came of it, is tried anew next time, and not counted twice.
func (r *Reconciler) again(chain string, first uint64, lacking []uint64) {
	r.mu.Lock()
	fresh := uint64(len(lacking))
	if r.tried.chain == chain && r.tried.next == first {
		fresh -= min(fresh, r.triedRecords)
	}
	r.tried, r.triedRecords = place{chain: chain, next: first}, uint64(len(lacking))
	r.redelivered += fresh
	r.mu.Unlock()
	if fresh > 0 {
		r.opt.Log.Error("the store lost records: those that the spool still holds are delivered again",
			"chain", chain, "records", fresh, "first", lacking[0], "last", lacking[len(lacking)-1])
	}
}
