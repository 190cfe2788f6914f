package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/ship"
)

// pace is how much is compared, and how gently.
type pace int

const (
	rest       pace = iota // what is held and a part of all, resting after each question
	hurry                  // the same without rest: somebody waits
	everything             // all that was ever delivered, without rest
)

// At once, in blocks: what one question asks, what a slow round takes of all that was ever
// delivered each time (16 million records an hour, by the minute), and what is looked at again
// of what an alarm names.
const (
	asked  = audit.MostDigested / audit.BlockRecords
	slowly = 4 * asked
	again  = asked
)

// place is where the slow round goes on.
type place struct {
	chain string
	next  uint64
}

// comparison is one of a store with what was delivered.
type comparison struct {
	r       *Reconciler
	ctx     context.Context
	how     pace
	records uint64 // that were compared
	wrong   bool   // something differed in the last question
	fresh   bool   // and was not known before
	noted   bool   // what receipts say was erased
}

// all compares what is held, what alarms name, and a part of all that was ever delivered.
func (c *comparison) all() error {
	if c.how == everything {
		return c.everything()
	}
	if err := c.held(); err != nil {
		return err
	}
	if err := c.alarmed(); err != nil {
		return err
	}
	return c.slowly()
}

// held compares all that the spool holds, and the newest blocks in any case.
func (c *comparison) held() error {
	first, err := c.r.spool.Read(0, 1)
	if err != nil {
		return fmt.Errorf("comparing: %w", err)
	}
	m := c.r.checkpoint.Mark()
	from := m.Seq - min(m.Seq, audit.MostDigested)
	if len(first) > 0 {
		from = min(from, first[0].Seq)
	}
	for _, chain := range c.r.checkpoint.Chains() {
		within := ship.Range{First: max(from, m.Begun+1), Last: m.Seq}
		if chain != m.Broker { // the spool may hold the end of the chain before an accepted gap
			within = ship.Range{First: from, Last: m.Begun}
		}
		if within.First > within.Last {
			continue
		}
		if err := c.span(chain, within); err != nil {
			return err
		}
	}
	return nil
}

// alarmed looks again at what alarms name, the first first: further while it was mended.
func (c *comparison) alarmed() error {
	for chain, all := range c.r.alarms.named() {
		left := uint64(again)
		for _, named := range all {
			for from := named.First; from <= named.Last && left > 0; {
				to := min(named.Last, from|(audit.BlockRecords-1))
				if err := c.span(chain, ship.Range{First: from, Last: to}); err != nil {
					return err
				}
				if c.wrong {
					left--
				}
				from = to + 1
			}
		}
	}
	return nil
}

// slowly goes on with the round over all that was ever delivered: further while it finds
// something new, since where one block is gone there are others.
func (c *comparison) slowly() error {
	defer func(n uint64) { c.records = n }(c.records) // most were counted before: a report would tell twice as many
	for taken := 0; taken < slowly || c.fresh && taken < 16*slowly; taken += asked {
		at := &c.r.slow
		next, err := c.question(at.chain, at.next, 1<<64-1)
		if err != nil {
			return err
		}
		if next > 0 {
			at.next = next
		} else if done := c.r.nextChain(); done {
			return nil
		}
	}
	return nil
}

// nextChain puts the slow round at the beginning of the next chain, and says when it was round.
func (r *Reconciler) nextChain() (done bool) {
	chains := r.checkpoint.Chains()
	for i, name := range chains {
		if name == r.slow.chain && i+1 < len(chains) {
			r.slow = place{chain: chains[i+1]}
			return false
		}
	}
	done = r.slow.chain != ""
	r.slow = place{}
	if len(chains) > 0 {
		r.slow.chain = chains[0]
	}
	if done {
		r.mu.Lock()
		r.whole = r.opt.Clock()
		r.mu.Unlock()
	}
	return done || len(chains) == 0
}

func (c *comparison) everything() error {
	for _, chain := range c.r.checkpoint.Chains() {
		if err := c.span(chain, ship.Range{Last: 1<<64 - 1}); err != nil {
			return err
		}
	}
	c.r.mu.Lock()
	c.r.whole = c.r.opt.Clock()
	c.r.mu.Unlock()
	return nil
}

// span compares the blocks of a chain that hold any number of a range.
func (c *comparison) span(chain string, within ship.Range) error {
	for from := within.First; from <= within.Last; {
		next, err := c.question(chain, from, within.Last)
		if err != nil || next == 0 {
			return err
		}
		from = next
	}
	return nil
}

// question compares some blocks of a chain, from the one that holds a number on, with one
// question to the store. It gives the number after them, and 0 when there were none.
func (c *comparison) question(chain string, from, to uint64) (next uint64, err error) {
	c.wrong, c.fresh = false, false
	want, err := c.r.checkpoint.Delivered(chain, from, asked)
	if err != nil {
		return 0, fmt.Errorf("comparing: %w", err)
	}
	n := 0
	for n < len(want) && want[n].First <= to && want[n].Last/audit.BlockRecords < want[0].First/audit.BlockRecords+asked {
		n++
	}
	if want = want[:n]; n == 0 {
		return 0, nil
	}
	began := time.Now()
	there, err := c.ask(chain, want[0].First, want[n-1].Last, audit.BlockRecords)
	if err != nil {
		return 0, err
	}
	for i := range want {
		b := &want[i]
		bounds := ship.Range{First: b.First, Last: b.Last}
		retired, _ := c.r.retiredOf(chain, bounds)
		c.records += b.Count
		if same(there[b.First/audit.BlockRecords], b.Digest, retired) {
			c.r.alarms.put(chain, bounds, nil, nil)
			continue
		}
		c.wrong = true
		if err := c.judge(chain, b); err != nil {
			return 0, err
		}
	}
	c.pause(4 * time.Since(began))
	return (want[n-1].Last/audit.BlockRecords + 1) * audit.BlockRecords, nil
}

// same says whether what is there is what was delivered without what was retired.
func same(there, delivered, retired audit.Digest) bool {
	there.Join(retired)
	return there.Count == delivered.Count && there.Sum == delivered.Sum
}

// ask gives what the store says, by block.
func (c *comparison) ask(chain string, first, last, each uint64) (map[uint64]audit.Digest, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.r.opt.Timeout)
	defer cancel()
	all, err := c.r.store.Digests(ctx, chain, first, last, each)
	if err != nil {
		return nil, fmt.Errorf("comparing %s from %d to %d: %w", chain, first, last, err)
	}
	there := make(map[uint64]audit.Digest, len(all))
	for _, d := range all {
		there[d.First/each] = d
	}
	return there, nil
}

// pause rests, so that the store is asked a fifth of the time at most.
func (c *comparison) pause(d time.Duration) {
	if c.how != rest {
		return
	}
	timer := time.NewTimer(min(d, 5*time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}
