package retention

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// Retirer is a store from which whole runs of records can be taken.
type Retirer interface {
	// Retire takes runs of a chain out of the store, durably, with everything that it
	// holds of them but their number. Runs that are gone already change nothing.
	Retire(ctx context.Context, chain string, runs []RetiredRun) error
}

// Plan is what is to be retired of one chain.
type Plan struct {
	Chain   string
	Runs    []RetiredRun
	Classes map[Class]int
	Held    int // over their period, and kept since a hold lies on them
}

// PlanRetirement walks a chain and finds the runs whose period is over and on which no
// hold lies. The last record of a chain stays: a store knows by it how far it is.
func PlanRetirement(ctx context.Context, trail audit.Trail, chain string, periods Periods, holds []Hold, now time.Time) (Plan, error) {
	plan := Plan{Chain: chain, Classes: map[Class]int{}}
	var open *RetiredRun
	var digest, one audit.Digest // of the open run, and of its last record
	var last Class
	for after := uint64(0); ; {
		entries, err := trail.Entries(ctx, chain, after, 1000)
		if err != nil {
			return plan, fmt.Errorf("planning: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			r := new(audit.Record)
			over := json.Unmarshal(e.Payload, r) == nil && periods.Over(r, now)
			if _, held := HeldBy(holds, r); over && held {
				plan.Held++
				over = false
			}
			if !over || open != nil && (open.Last+1 != e.Seq || e.Seq%audit.BlockRecords == 0) {
				plan.close(&open, digest)
			}
			if over {
				if open == nil {
					open, digest = &RetiredRun{Chain: chain, First: e.Seq}, audit.Digest{}
				}
				open.Last, open.Hash = e.Seq, fmt.Sprintf("%x", e.Hash)
				one = audit.Digest{}
				one.Add(e.Seq, e.Hash, r.ID)
				digest.Join(one)
				last = ClassOf(r)
				plan.Classes[last]++
			}
			after = e.Seq
		}
	}
	if open != nil { // the run ends with the chain: its last record stays
		plan.Classes[last]--
		if open.Last--; open.Last >= open.First {
			before, err := trail.Entries(ctx, chain, open.Last-1, 1)
			if err != nil || len(before) == 0 || before[0].Seq != open.Last {
				return plan, errors.Join(errors.New("planning: the chain changed meanwhile"), err)
			}
			open.Hash = fmt.Sprintf("%x", before[0].Hash)
			digest.Join(one) // out again
			plan.close(&open, digest)
		}
	}
	maps.DeleteFunc(plan.Classes, func(_ Class, n int) bool { return n == 0 })
	return plan, nil
}

func (p *Plan) close(open **RetiredRun, d audit.Digest) {
	if *open != nil {
		(*open).Sum = fmt.Sprintf("%x", d.Sum)
		p.Runs = append(p.Runs, **open)
		*open = nil
	}
}
