// Package sweep finds what a feed said once and no longer says. An import leaves what its file does
// not mention as it is: an episode that its source deleted stays open for ever. Of a full extract
// it can be told what is no longer in it.
//
// What opens a record is ended: care relationships, registrations, test orders, permissions that
// the feed said. What closes one never is, nor what tells who a patient is: a patient's no ends
// when somebody says that it has. Those are listed, for somebody to look.
package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// Extract is a full extract of one feed.
type Extract struct {
	Source string    // its meta.source; "" are resources without one
	Made   time.Time // what was recorded since is not expected in it
	// Mentions are the resources in it. Nil: nothing is compared, and ages alone are counted.
	Mentions *Mentions
}

// Left is an entry that is not ended by a sweep, for somebody to look at.
type Left struct {
	ID    string
	Kind  registry.Kind
	Since time.Time // when its newest version was recorded
}

// mostLeft is how many of these are listed.
const mostLeft = 1000

// Found is what a sweep found.
type Found struct {
	Open   map[registry.Kind]int // openings of the source that are active
	Gone   map[registry.Kind]int // those that its extract does not mention
	Later  int                   // not mentioned, and recorded since the extract was made
	Left   []Left                // not mentioned, and no opening: the first ones, by patient
	Others int                   // of these, all
	// Old are openings of the source that began before Options.Old and have no end.
	Old map[registry.Kind]int
}

// Openings are all that are active.
func (f Found) Openings() int { return total(f.Open) }

// ToEnd are those that the extract does not mention.
func (f Found) ToEnd() int { return total(f.Gone) }

func total(by map[registry.Kind]int) (n int) {
	for _, some := range by {
		n += some
	}
	return n
}

// Options say what a sweep does.
type Options struct {
	Extract
	Old time.Time // what began before has been open for too long to be believed
	By  string    // who ends, for the history
}

// Opens says whether entries of a kind can open a record.
func Opens(e *registry.Entry) bool {
	switch e.Kind {
	case registry.KindRelationship, registry.KindRegistration, registry.KindTestOrder:
		return true
	case registry.KindPermission:
		return e.Detail.Given
	}
	return false
}

// Look finds what a sweep would end, and ends nothing.
func Look(ctx context.Context, in registry.Store, opt Options) (Found, error) {
	f := Found{Open: map[registry.Kind]int{}, Gone: map[registry.Kind]int{}, Old: map[registry.Kind]int{}}
	err := registry.Everybody(ctx, in, func(p *registry.Patient) error {
		for i := range p.Newest {
			f.entry(&p.Newest[i], &opt)
		}
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("sweeping: %w", err)
	}
	return f, nil
}

func (f *Found) entry(e *registry.Entry, opt *Options) {
	if !opt.of(e) {
		return
	}
	opens := Opens(e)
	if opens {
		f.Open[e.Kind]++
		began := e.From
		if began.IsZero() {
			began = e.RecordedAt
		}
		if e.Until.IsZero() && began.Before(opt.Old) {
			f.Old[e.Kind]++
		}
	}
	switch {
	case opt.Mentions == nil || opt.Mentions.Has(registry.Resource(e.ID)):
	case e.RecordedAt.After(opt.Made):
		f.Later++
	case opens:
		f.Gone[e.Kind]++
	default:
		if f.Others++; len(f.Left) < mostLeft {
			f.Left = append(f.Left, Left{e.ID, e.Kind, e.RecordedAt})
		}
	}
}

// of says whether an entry is the source's, and active.
func (o *Options) of(e *registry.Entry) bool {
	source, fed := registry.Feed(e.ID)
	return fed && source == o.Source && e.Status == registry.Active
}

// gone says whether an entry is to be ended.
func (o *Options) gone(e *registry.Entry) bool {
	return o.of(e) && Opens(e) && !e.RecordedAt.After(o.Made) && !o.Mentions.Has(registry.Resource(e.ID))
}

const (
	atOnce = 200 // entries in a transaction: others write between
	// patience is how long others may keep a batch waiting.
	patience = time.Minute
	rest     = 5 * time.Millisecond
)

// End ends what Look found, in batches, and gives how many entries that was. What changed meanwhile
// is judged anew. A sweep that is cut off has ended some, and can be made again.
func End(ctx context.Context, in registry.Store, opt Options) (ended int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("sweeping: %w", err)
		}
	}()
	if opt.Mentions == nil || opt.Made.IsZero() {
		return 0, errors.New("there is no extract to compare with")
	}
	var batch []registry.Entry
	flush := func() error {
		n, err := opt.end(ctx, in, batch)
		ended += n
		batch = batch[:0]
		return err
	}
	err = registry.Everybody(ctx, in, func(p *registry.Patient) error {
		for i := range p.Newest {
			if opt.gone(&p.Newest[i]) {
				batch = append(batch, p.Newest[i])
			}
		}
		if len(batch) < atOnce {
			return nil
		}
		return flush()
	})
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	return ended, err
}

// end ends a batch, as often as it must be tried because others were writing.
func (o *Options) end(ctx context.Context, in registry.Store, batch []registry.Entry) (int, error) {
	for until := time.Now().Add(patience); ; {
		n, err := o.once(ctx, in, batch)
		if err != nil && (!errors.Is(err, registry.ErrBusy) || time.Now().After(until)) {
			return 0, err
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return n, ctx.Err()
		}
		if err == nil {
			return n, nil
		}
	}
}

func (o *Options) once(ctx context.Context, in registry.Store, batch []registry.Entry) (int, error) {
	tx, err := in.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	numbers, keys, meant := []nhs.Number{}, []string{}, map[string]bool{}
	for i := range batch {
		numbers = append(numbers, batch[i].Patient)
		keys = append(keys, registry.Resource(batch[i].ID))
		meant[batch[i].ID] = true
	}
	slices.SortFunc(numbers, func(a, b nhs.Number) int { return cmp.Compare(a.Digits(), b.Digits()) })
	slices.Sort(keys)
	if err := tx.Lock(ctx, slices.Compact(numbers)...); err != nil {
		return 0, err
	}
	var add []registry.Entry
	err = tx.Newest(ctx, slices.Compact(keys), func(e *registry.Entry) error {
		if meant[e.ID] && o.gone(e) {
			add = append(add, o.over(*e, tx.Time()))
		}
		return nil
	})
	if err == nil {
		err = tx.Add(ctx, add...)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return 0, err
	}
	return len(add), nil
}

// over is the version that ends an entry, as an import ends what its resource does not stand for
// any more. A test order was none then: one that is closed would open the record for some days yet.
func (o *Options) over(e registry.Entry, now time.Time) registry.Entry {
	e.Version++
	e.Status, e.RecordedBy, e.RecordedAt = registry.Ended, o.By, now
	switch e.Kind {
	case registry.KindTestOrder:
		e.Status = registry.Void
	case registry.KindRegistration:
		if e.Until.IsZero() || e.Until.After(now) {
			e.Until = now.Truncate(time.Microsecond)
		}
	}
	return e
}
