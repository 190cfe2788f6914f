package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/ship"
)

// here gives the part of a store's trail that is on the broker's own server, where the receipts
// of its chains stand: what is elsewhere may be away. Not ok: the store answers no questions.
func here(store audit.Store) (trail audit.Trail, ok bool) {
	if one, is := store.(interface{ Here() audit.Trail }); is {
		return one.Here(), true
	}
	trail, ok = store.(audit.Trail)
	return trail, ok
}

// Receipts gives the runs that the trail's receipts say were retired (audit.RetireAction), each in
// a chain of its own broker. What is written under another broker's name hides no loss.
func Receipts(ctx context.Context, trail audit.Trail) (runs []retention.RetiredRun, err error) {
	err = audit.Each(ctx, trail, audit.Filter{Action: audit.RetireAction}, func(r *audit.Record) error {
		if receipt, ok := retention.ReceiptOf(r); ok && receipt.Retirement != nil {
			for _, run := range receipt.Retirement.Runs {
				if audit.BrokerOf(run.Chain) == audit.BrokerOf(r.Broker) {
					runs = append(runs, run)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading receipts: %w", err)
	}
	return runs, nil
}

// ReceiptsIn gives what reads the receipts of retirements in a store, for Options.Receipts; of a
// store that answers no questions, or can retire nothing, there are none.
func ReceiptsIn(store audit.Store) func(context.Context) ([]retention.RetiredRun, error) {
	return func(ctx context.Context) ([]retention.RetiredRun, error) {
		trail, ok := here(store)
		if _, can := store.(retention.Retirer); !ok || !can {
			return nil, nil
		}
		return Receipts(ctx, trail)
	}
}

// Erasures gives what the trail's receipts say was erased (audit.EraseAction).
func Erasures(ctx context.Context, trail audit.Trail) (all []retention.Erasure, err error) {
	err = audit.Each(ctx, trail, audit.Filter{Action: audit.EraseAction}, func(r *audit.Record) error {
		if receipt, ok := retention.ReceiptOf(r); ok && receipt.Erasure != nil {
			all = append(all, *receipt.Erasure)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading receipts: %w", err)
	}
	return all, nil
}

// receiptsWithin bounds the reading of all receipts: of a large trail it takes some time.
const receiptsWithin = 10 * time.Minute

// noteErased sees to it, once in a comparison that delivers something again, that nothing that
// receipts say was erased comes back out of the spool: also what another broker of the same
// trail erased, and did so while this one runs. A store that lost the receipts too has those
// that the spool holds: a receipt is younger than what it names.
func (c *comparison) noteErased() error {
	trail, ok := here(c.r.store)
	if _, can := c.r.store.(retention.Eraser); !ok || !can || c.noted {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.ctx, receiptsWithin)
	defer cancel()
	all, err := Erasures(ctx, trail)
	if err == nil && !c.r.spoolAsked {
		var held []retention.Erasure
		held, err = c.r.heldErasures(ctx)
		all = append(all, held...)
	}
	if err == nil {
		err = c.r.checkpoint.NoteErased(all...)
	}
	if err != nil {
		return fmt.Errorf("delivering again: %w", err)
	}
	c.noted, c.r.spoolAsked = true, true
	return nil
}

// heldErasures gives what the receipts in the spool say was erased. Once is enough: this
// broker's are written while it is stopped.
func (r *Reconciler) heldErasures(ctx context.Context) (all []retention.Erasure, err error) {
	for after := uint64(0); ; {
		entries, err := r.spool.Read(after, atOnce)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, fmt.Errorf("reading receipts in the spool: %w", err)
		}
		if len(entries) == 0 {
			return all, nil
		}
		for _, e := range entries {
			if receipt, ok := retention.ReceiptIn(e.Payload); ok && receipt.Erasure != nil {
				all = append(all, *receipt.Erasure)
			}
			after = e.Seq
		}
	}
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
	r.retired, r.opt.Receipts = runs, nil
	return nil
}

// retiredOf gives the numbers of a range that were retired, and their digest.
func (r *Reconciler) retiredOf(chain string, within ship.Range) (d audit.Digest, numbers []ship.Range) {
	for _, run := range r.retired {
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
