// Package proof shows that nothing in a trail was taken out, altered, moved or
// put in: it computes the hash chain of a broker's records again, from the
// documents as the store gives them.
//
// What it proves alone: that the records from the first to the last are those
// that were linked, in their order. Whoever could write the store could compute
// the whole chain anew, or cut off its end; against that stand marks from
// elsewhere: the broker's checkpoint, which is under the deployment's key, and
// what an auditor wrote down last time (Report.Last, Report.Hash). Give them to
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
	rs, err := findReceipts(ctx, trail)
	if err != nil {
		return Report{Broker: broker}, fmt.Errorf("verifying %s: %w", broker, err)
	}
	w, err := along(ctx, trail, broker, rs, known)
	w.settle()
	return w.report, err
}

// along walks along one chain.
func along(ctx context.Context, trail audit.Trail, broker string, rs *receipts, known []Known) (*walk, error) {
	w := &walk{report: Report{Broker: broker}, known: known, receipts: rs}
	for {
		entries, err := trail.Entries(ctx, broker, w.asked, pieces)
		if err != nil {
			return w, fmt.Errorf("verifying %s after %d: %w", broker, w.asked, err)
		}
		if len(entries) == 0 {
			break
		}
		before := w.asked
		for i := range entries {
			w.take(&entries[i])
		}
		if w.asked <= before {
			return w, fmt.Errorf("verifying %s after %d: the trail gives the same records again", broker, before)
		}
	}
	w.end()
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
// says how far the one before it was known to go: that is checked too.
func All(ctx context.Context, trail audit.Trail, known map[string][]Known) ([]Report, error) {
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
		w, err := along(ctx, trail, name, rs, known[name])
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
