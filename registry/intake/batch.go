package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// How long a batch keeps others from writing, and for how long they may write before the next one.
const (
	batchTime = 20 * time.Millisecond
	batchRest = 5 * time.Millisecond
	mostBatch = 400 // lines
	// noteEvery is how often progress is noted where nothing is written.
	noteEvery = 5 * time.Second
	// patience is how long others may keep a batch waiting. A change that is being made holds the
	// file for as long as its audit record takes.
	patience = time.Minute
)

// batch is some lines that are taken in one transaction.
type batch struct {
	lines []*line
	links bool // they are whole groups of lines with links between numbers
	alone bool // they are one such group
	last  bool // no other batch follows
	then  progress
	noted *progress // what is noted instead, but at the end
}

var errAmbiguous = errors.New("links are ambiguous")

// batch takes lines, after a rest, as often as it must be tried because others were writing.
func (w *writer) batch(ctx context.Context, b batch) error {
	if w.begun {
		if err := rest(ctx); err != nil {
			return err
		}
	}
	w.begun = true
	for until := time.Now().Add(patience); ; {
		err := w.take(ctx, b)
		if !errors.Is(err, registry.ErrBusy) || ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		if err := rest(ctx); err != nil {
			return err
		}
	}
}

func rest(ctx context.Context) error {
	select {
	case <-time.After(batchRest):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take takes the lines of a batch once: all that can be taken, or after an error none.
func (w *writer) take(ctx context.Context, b batch) error {
	tx, err := w.into.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	began := time.Now()
	if err := lockAndLookUp(ctx, tx, b.lines); err != nil {
		return err
	}
	then := b.then
	then.Done = then.Done.copied()
	left := faults{}
	var add []registry.Entry
	for _, l := range b.lines {
		plan := l.res.plan(l.old, w.opt.By, tx.Time())
		if left.add(l.number, plan.problems...); len(plan.problems) == 0 {
			add = append(add, plan.add...)
			then.Done.count(l.res.kind, &plan)
		}
	}
	if err := tx.Add(ctx, add...); err != nil {
		return err
	}
	if b.links {
		ambiguous := faults{}
		switch err := judgeLinks(ctx, tx, b.lines, &ambiguous); {
		case err != nil:
			return err
		case ambiguous.count > 0 && !b.alone:
			return errAmbiguous
		case ambiguous.count > 0:
			return w.leaveOut(ctx, tx, b, &ambiguous)
		}
	}
	if err := w.commit(ctx, tx, b, then, &left, len(add) > 0); err != nil {
		return err
	}
	w.resize(len(b.lines), time.Since(began))
	return nil
}

// leaveOut takes none of the lines of a group.
func (w *writer) leaveOut(ctx context.Context, tx registry.Tx, b batch, left *faults) error {
	tx.Rollback()
	for _, l := range b.lines {
		if !slices.ContainsFunc(left.first, func(f Fault) bool { return f.Line == l.number }) {
			left.add(l.number, errOthers)
		}
	}
	fresh, err := w.into.Begin(ctx)
	if err != nil {
		return err
	}
	defer fresh.Rollback()
	return w.commit(ctx, fresh, b, b.then, left, false)
}

// commit notes how far the import got, and commits both. Where nothing is to be kept it does not:
// others would have to forget what they have read.
func (w *writer) commit(ctx context.Context, tx registry.Tx, b batch, then progress, left *faults, writes bool) error {
	then.At, then.Ended = tx.Time(), b.last
	then.Faults += left.count
	then.LeftOut = append(slices.Clip(then.LeftOut), left.first[:min(len(left.first), mostFaults-len(then.LeftOut))]...)
	unchanged := b.last && !w.wrote && w.before.of(then.File, then.Practices, then.Kinds) && w.before.Ended
	if writes || left.count > 0 || b.last && !unchanged || time.Since(w.noted) > noteEvery {
		note := then
		if b.noted != nil && !b.last {
			note = *b.noted
			note.At = then.At
		}
		if err := w.alone(ctx, tx); err != nil {
			return err
		}
		if err := note.note(ctx, tx); err != nil {
			return err
		}
		if w.secret != "" {
			if err := tx.Note(ctx, secretNote, w.secret); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		w.secret, w.wrote, w.noted = "", true, time.Now()
	}
	w.state = then
	for _, f := range left.first {
		w.left.add(f.Line, f.Problem)
	}
	w.left.count += left.count - len(left.first)
	return nil
}

// resize has the next batch take as long as it should.
func (w *writer) resize(lines int, took time.Duration) {
	switch {
	case took > batchTime:
		w.size = max(1, int(int64(w.size)*int64(batchTime)/int64(took)))
	case took < batchTime/2 && lines >= w.size:
		w.size = min(2*w.size, mostBatch)
	}
}

// lockAndLookUp reads what is on record of the lines, of which nobody else can change anything
// until the end of the transaction.
func lockAndLookUp(ctx context.Context, tx registry.Tx, lines []*line) error {
	var held []nhs.Number
	for {
		numbers := patients(lines)
		if held != nil && len(numbers) == len(held) {
			return nil
		}
		if held = numbers; held == nil {
			held = []nhs.Number{}
		}
		if err := tx.Lock(ctx, held...); err != nil {
			return err
		}
		if err := lookup(ctx, tx, lines); err != nil {
			return err
		}
	}
}

// patients are those that the lines are about, or were when they were taken before.
func patients(lines []*line) []nhs.Number {
	var all []nhs.Number
	for _, l := range lines {
		for _, entries := range [][]registry.Entry{l.res.entries, l.old} {
			for i := range entries {
				all = append(all, entries[i].Patient)
			}
		}
	}
	slices.SortFunc(all, func(a, b nhs.Number) int { return cmp.Compare(a.Digits(), b.Digits()) })
	return slices.Compact(all)
}
