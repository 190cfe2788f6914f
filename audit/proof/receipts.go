package proof

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
)

// place is a number of a chain.
type place struct {
	chain  string
	number uint64
}

// receipts are what the trail says was erased and retired. They are found by a search
// first, since a receipt stands behind what it names; each is believed only once the walk
// along its own chain has come by it and found it whole.
type receipts struct {
	erased  map[place]claim
	retired map[string][]retired  // by chain
	heads   map[string][]headSaid // by chain: what its log was when runs of it were retired
	// whole are the receipts, and which of them the walk found whole.
	whole map[place]bool
}

// claim is what receipts say of one record.
type claim struct {
	entry string
	whose audit.Whose // what of it all of them together say is gone
	at    place       // of the receipt
	left  []string    // retention.ErasedEntry, of all of them; nil when one does not say
}

type retired struct {
	first, last uint64
	end         spool.Hash
	at          place
}

// headSaid is what a receipt says of a Merkle log.
type headSaid struct {
	retention.TreeHead
	at          place // of the receipt
	first, last uint64
}

func findReceipts(ctx context.Context, trail audit.Trail) (*receipts, error) {
	rs := &receipts{erased: map[place]claim{}, retired: map[string][]retired{}, heads: map[string][]headSaid{}, whole: map[place]bool{}}
	for _, action := range []string{audit.EraseAction, audit.RetireAction} {
		err := audit.Each(ctx, trail, audit.Filter{Action: action}, func(r *audit.Record) error {
			receipt, ok := retention.ReceiptOf(r)
			if !ok {
				return nil // it names nothing
			}
			rs.add(receipt, place{r.Broker, r.Sequence})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("finding receipts: %w", err)
		}
	}
	for _, runs := range rs.retired {
		slices.SortFunc(runs, func(a, b retired) int { return cmp.Compare(a.last, b.last) })
	}
	return rs, nil
}

func (rs *receipts) add(receipt retention.Receipt, at place) {
	rs.whole[at] = false
	if receipt.Erasure != nil {
		for _, e := range receipt.Erasure.Records {
			c := claim{e.Entry, receipt.Erasure.Whose, at, e.Left}
			if before, twice := rs.erased[place{e.Chain, e.Number}]; twice && before.entry == c.entry {
				c.whose = before.whose.And(c.whose)
				if c.left != nil && before.left != nil {
					c.left = slices.Concat(before.left, c.left)
				} else {
					c.left = nil
				}
			}
			rs.erased[place{e.Chain, e.Number}] = c
		}
	}
	if r := receipt.Retirement; r != nil {
		if r.Tree != nil && len(r.Runs) > 0 { // the runs of a receipt are of one chain
			first, last := r.Runs[0], r.Runs[len(r.Runs)-1]
			rs.heads[first.Chain] = append(rs.heads[first.Chain], headSaid{*r.Tree, at, first.First, last.Last})
		}
		for _, run := range receipt.Retirement.Runs {
			if end, ok := run.End(); ok {
				rs.retired[run.Chain] = append(rs.retired[run.Chain], retired{run.First, run.Last, end, at})
			}
		}
	}
}

// over gives the run of a chain that begins at a number; the longest, when several do.
func (rs *receipts) over(chain string, first uint64) (found retired, ok bool) {
	for _, run := range rs.retired[chain] {
		if run.first == first && run.last > found.last {
			found, ok = run, true
		}
	}
	return found, ok
}

// covers says whether a receipt says that a record was retired.
func (rs *receipts) covers(chain string, number uint64) bool {
	return slices.ContainsFunc(rs.retired[chain], func(run retired) bool { return run.first <= number && number <= run.last })
}

// pass takes a record over which the chain goes by what receipts say: gaps that were
// retired, and a document that was erased. joined says that the hash before it is known.
func (w *walk) pass(e *spool.Entry) (done, joined bool) {
	next := w.report.Last + 1
	for next < e.Seq {
		run, ok := w.receipts.over(w.report.Broker, next)
		if !ok || run.last >= e.Seq {
			return false, false
		}
		w.report.Retired += run.last - run.first + 1
		w.rests(run.at, Missing, run.first, run.last)
		next, w.prev = run.last+1, run.end
	}
	return w.erased(e), true
}

// erased says whether a record's details were erased, and a receipt names it as it is. Where
// receipts name more than is gone, or less, that is a finding of its own.
func (w *walk) erased(e *spool.Entry) bool {
	c, named := w.receipts.erased[place{w.report.Broker, e.Seq}]
	if !named {
		return false
	}
	entry, whose, is := audit.ErasedIn(e.Payload)
	if !is {
		return false
	}
	if hex.EncodeToString(entry[:]) != c.entry {
		return false // altered: its leaf would be another
	}
	switch {
	case whose.And(c.whose) != whose:
		w.report.add(Undone, e.Seq, e.Seq, "more of its details were to be erased, and is there: mcr audit erase --finish")
	case whose != c.whose:
		w.report.add(Altered, e.Seq, e.Seq, "more of its details is gone than receipts say")
	case c.left != nil && !slices.Contains(c.left, sumOf(e.Payload)):
		return false // altered after it was erased
	}
	w.report.Erased++
	w.rests(c.at, Altered, e.Seq, e.Seq)
	return true
}

func sumOf(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

// resting is a finding that there is unless a receipt is whole.
type resting struct {
	at    place
	kind  Kind
	first uint64
	last  uint64
}

func (w *walk) rests(at place, kind Kind, first, last uint64) {
	w.resting = append(w.resting, resting{at, kind, first, last})
}

// retiredHere says whether a receipt says that a record that is there was retired. The
// numbers that are asked for grow.
func (w *walk) retiredHere(seq uint64) bool {
	runs := w.receipts.retired[w.report.Broker]
	for w.run < len(runs) && runs[w.run].last < seq {
		w.run++
	}
	return w.run < len(runs) && runs[w.run].first <= seq
}

// seen notes a receipt that the chain shows to be whole. A record that the search did not
// give is none: nothing rests on it.
func (w *walk) seen(e *spool.Entry) {
	at := place{w.report.Broker, e.Seq}
	if _, searched := w.receipts.whole[at]; !searched {
		return
	}
	if _, ok := retention.ReceiptIn(e.Payload); ok {
		w.receipts.whole[at] = true
	}
}

// settle turns what rests on receipts that are not whole into findings.
func (w *walk) settle() {
	for _, r := range w.resting {
		if w.receipts.whole[r.at] {
			if audit.BrokerOf(r.at.chain) != audit.BrokerOf(w.report.Broker) {
				if w.report.Elsewhere == nil {
					w.report.Elsewhere = map[string]uint64{}
				}
				w.report.Elsewhere[r.at.chain] += r.last - r.first + 1
			}
			continue
		}
		if r.kind == Altered {
			w.report.Erased--
		} else {
			w.report.Retired -= r.last - r.first + 1
		}
		w.report.add(r.kind, r.first, r.last, "the receipt that names them, record %d of %s, is not whole itself", r.at.number, r.at.chain)
	}
}
