package reconcile

import (
	"context"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/ship"
)

// Receipts gives the runs that the trail's receipts say were retired (audit.RetireAction).
func Receipts(ctx context.Context, trail audit.Trail) (runs []audit.RetiredRun, err error) {
	err = audit.Each(ctx, trail, audit.Filter{Action: audit.RetireAction}, func(r *audit.Record) error {
		if receipt, ok := audit.ReceiptOf(r); ok && receipt.Retirement != nil {
			runs = append(runs, receipt.Retirement.Runs...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading receipts: %w", err)
	}
	return runs, nil
}

// readReceipts reads what was retired, until it is known. Without it nothing is compared:
// what was taken out would be missed, and delivered again.
func (r *Reconciler) readReceipts(ctx context.Context) error {
	if r.opt.Receipts == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.opt.Timeout)
	defer cancel()
	runs, err := r.opt.Receipts(ctx)
	if err != nil {
		return err
	}
	r.opt.Retired, r.opt.Receipts = append(r.opt.Retired, runs...), nil
	return nil
}

// retired gives the numbers of a range that were retired, and their digest.
func (r *Reconciler) retired(chain string, within ship.Range) (d audit.Digest, numbers []ship.Range) {
	for _, run := range r.opt.Retired {
		if run.Chain != chain || run.First < within.First || run.Last > within.Last {
			continue
		}
		if gone, ok := run.Digest(); ok {
			d.Join(gone)
			numbers = append(numbers, ship.Range{First: run.First, Last: run.Last})
		}
	}
	return d, numbers
}
