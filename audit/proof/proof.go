// Package proof shows that nothing in a trail was taken out, altered, moved or
// put in: it computes the hash chain of a broker's records again, from the
// documents as the store gives them.
//
// What it proves alone: that the records from the first to the last are those
// that were linked, in their order. Whoever could write the store could compute
// the whole chain anew, or cut off its end; against that stand marks from
// elsewhere: the broker's checkpoint, which is under the deployment's key,
// what an auditor wrote down last time (Report.Last, Report.Hash), and the Merkle logs
// that were signed, cosigned by others (VerifyTrees, audit/proof/merkle). Give them to
// Verify.
//
// It reads a trail in pieces and keeps little in memory. Its functions may be
// used by many goroutines at once.
package proof

import (
	"context"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// pieces is how many records are asked for at once.
const pieces = 8000

// Known is a record whose hash is known from elsewhere than the store.
type Known struct {
	Seq  uint64
	Hash spool.Hash
	From string // in words: "the checkpoint"
}

// FromMark makes what a checkpoint says known, if it says anything.
func FromMark(m audit.Mark) []Known {
	if m.Seq <= m.Begun {
		return nil
	}
	return []Known{{Seq: m.Seq, Hash: m.Hash, From: "the checkpoint"}}
}

// Verify computes the chain of one broker again. Whatever is wrong with the
// records is in the report; an error says that the trail could not be read to
// its end, and the report is of what was read.
//
// A record whose details were erased, and a run of records that was retired, are in order
// where a receipt names them that is a whole record of this chain; receipts that stand in
// other chains are followed by All.
func Verify(ctx context.Context, trail audit.Trail, broker string, known ...Known) (Report, error) {
	return VerifyTrees(ctx, trail, broker, nil, known...)
}

// VerifyTrees is Verify, and computes the Merkle logs of the chain again beside it, against
// what was signed of them. The records are read once.
func VerifyTrees(ctx context.Context, trail audit.Trail, broker string, trees []Tree, known ...Known) (Report, error) {
	rs, err := findReceipts(ctx, trail)
	if err != nil {
		return Report{Broker: broker}, fmt.Errorf("verifying %s: %w", broker, err)
	}
	w, err := along(ctx, trail, broker, rs, trees, known)
	w.settle()
	return w.report, err
}

// along walks along one chain.
func along(ctx context.Context, trail audit.Trail, broker string, rs *receipts, trees []Tree, known []Known) (*walk, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &walk{report: Report{Broker: broker}, known: known, receipts: rs}
	for _, t := range trees {
		w.trees = append(w.trees, &tree{Tree: t})
	}
	for p := range read(ctx, trail, broker) {
		if p.err != nil {
			return w, p.err
		}
		all := compute(p.entries, w.prev, w.trees)
		for i := range p.entries {
			w.take(&p.entries[i], &all[i])
		}
		w.put(p.entries, all)
	}
	if err := ctx.Err(); err != nil {
		return w, fmt.Errorf("verifying %s: %w", broker, err)
	}
	w.end()
	w.endTrees()
	return w, nil
}

// settled gives the reports, once all receipts were come by.
func settled(walks []*walk) (reports []Report) {
	for _, w := range walks {
		w.settle()
		reports = append(reports, w.report)
	}
	return reports
}

// All verifies every chain of a trail. A chain that began after an accepted gap
// says how far the one before it was known to go: that is checked too. trees are the
// Merkle logs of each chain.
func All(ctx context.Context, trail audit.Trail, known map[string][]Known, trees map[string][]Tree) ([]Report, error) {
	names, err := trail.Brokers(ctx)
	if err != nil {
		return nil, fmt.Errorf("verifying: %w", err)
	}
	rs, err := findReceipts(ctx, trail)
	if err != nil {
		return nil, fmt.Errorf("verifying: %w", err)
	}
	var walks []*walk
	for _, name := range names {
		w, err := along(ctx, trail, name, rs, trees[name], known[name])
		walks = append(walks, w)
		if err != nil {
			return settled(walks), err
		}
	}
	reports := settled(walks)
	for _, later := range reports {
		for i := range reports {
			r := &reports[i]
			if later.Follows == r.Broker && later.FollowsAt > r.Last {
				r.add(Missing, r.Last+1, later.FollowsAt, "the chain %s says that they were written", later.Broker)
			}
		}
	}
	return reports, nil
}
