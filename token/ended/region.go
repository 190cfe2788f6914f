package ended

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Feed is how brokers tell each other what has ended.
type Feed interface {
	// Tell has every broker know of entries. When it returns nil that cannot be lost any more: each
	// hears it at once, or when it hears anything again. fresh is how many of them nobody had told
	// before. An entry with the issuer and the id of another is that one.
	Tell(ctx context.Context, entries ...Entry) (fresh int, err error)
}

// region is what a list has to do with others.
type region struct {
	feed   Feed // nil without
	heard  func(Entry)
	untold map[ref]Entry // in force here, of which the others may not know
	over   bool          // more was heard than there is room for
	wake   chan struct{}
	cancel context.CancelFunc
	work   sync.WaitGroup
}

const (
	// again is how soon what failed is tried again.
	again = time.Second
	// tellWithin is how long telling may take.
	tellWithin = 3 * time.Second
	// mostTold are told at once.
	mostTold = 1000
)

// Share has the others of a feed told of what is added from now on. What they tell is for Hear and
// HearAll; heard, unless it is nil, is then called with each entry that was not on the list. It
// must be called before anything else is done with the list, and Begin after it.
func (l *List) Share(feed Feed, heard func(Entry)) {
	l.region.feed, l.region.heard = feed, heard
	l.region.untold, l.region.wake = map[ref]Entry{}, make(chan struct{}, 1)
}

// Begin begins to write what is heard, and to tell what was not told. Of a list that is not shared
// there is nothing to do.
func (l *List) Begin() {
	if l.region.feed == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.region.cancel = cancel
	l.region.work.Go(func() { l.tellOn(ctx) })
}

func (l *List) leave() {
	if l.region.cancel != nil {
		l.region.cancel()
		l.region.work.Wait()
	}
}

// Hear puts what another broker has told on the list. It is in force when it returns, and on the
// disk soon.
func (l *List) Hear(entries ...Entry) { l.hear(entries, nil) }

// HearAll is Hear with all that anybody has told and that is not over: of what else is on the list
// the others do not know, since the feed was away, or was restored from a backup, and are told.
func (l *List) HearAll(entries []Entry) {
	known := make(map[ref]struct{}, len(entries))
	for _, e := range entries {
		known[ref{e.Issuer, e.ID}] = struct{}{}
	}
	l.hear(entries, known)
}

func (l *List) hear(entries []Entry, known map[ref]struct{}) {
	var fresh []Entry
	l.mu.Lock()
	l.sweep()
	now := l.clock().Unix()
	if known != nil {
		l.region.over = false
	}
	for _, e := range entries {
		key := ref{e.Issuer, e.ID}
		_, here := l.entries[key]
		switch {
		case here:
			delete(l.region.untold, key)
		case e.Until <= now:
		case len(l.entries) >= 2*l.most: // brokers that could not hear each other took as much each
			l.region.over = true
		default:
			l.put(e)
			fresh = append(fresh, e)
		}
	}
	l.unwritten = append(l.unwritten, fresh...)
	if known != nil {
		for key, e := range l.entries {
			_, told := known[key]
			if _, underway := l.owed[key]; !told && !underway {
				l.region.untold[key] = e
			}
		}
	}
	l.mu.Unlock()
	l.soon()
	if l.region.heard != nil {
		for _, e := range fresh {
			l.region.heard(e)
		}
	}
}

// tell tells the others of one entry; fresh says that nobody had.
func (l *List) tell(ctx context.Context, e Entry) (fresh bool, err error) {
	if l.region.feed == nil {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	n, err := 0, error(nil)
	told := make(chan struct{})
	go func() {
		defer close(told)
		n, err = l.region.feed.Tell(ctx, e)
	}()
	select {
	case <-told:
	case <-ctx.Done(): // it may still find out what became of it; the issuer is not kept waiting
		return false, l.owe(e, ctx.Err())
	}
	if err != nil {
		return false, l.owe(e, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.region.untold, ref{e.Issuer, e.ID})
	return n > 0, nil
}

// owe has an entry told later.
func (l *List) owe(e Entry, why error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.region.untold[ref{e.Issuer, e.ID}] = e
	l.soon()
	return fmt.Errorf("%w: %w", ErrUntold, why)
}

// soon has what is to be written, or told, looked at.
func (l *List) soon() {
	if l.region.wake == nil {
		return
	}
	select {
	case l.region.wake <- struct{}{}:
	default:
	}
}

// tellOn writes what was heard, and tells what could not be told, until it is done.
func (l *List) tellOn(ctx context.Context) {
	for {
		var retry <-chan time.Time
		if l.keep() != nil || !l.tellRest(ctx) {
			retry = time.After(again)
		}
		select {
		case <-ctx.Done():
			return
		case <-retry:
		case <-l.region.wake:
			if retry != nil { // no oftener, whatever comes
				select {
				case <-ctx.Done():
					return
				case <-retry:
				}
			}
		}
	}
}

// tellRest tells what was not told, and says whether all of it is now.
func (l *List) tellRest(ctx context.Context) bool {
	for {
		rest := l.rest()
		if len(rest) == 0 {
			return true
		}
		ctx, cancel := context.WithTimeout(ctx, tellWithin)
		_, err := l.region.feed.Tell(ctx, rest...)
		cancel()
		if err != nil {
			return false
		}
		l.mu.Lock()
		for _, e := range rest {
			delete(l.region.untold, ref{e.Issuer, e.ID})
		}
		l.mu.Unlock()
	}
}

func (l *List) rest() (rest []Entry) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, e := range l.region.untold {
		if rest = append(rest, e); len(rest) == mostTold {
			break
		}
	}
	return rest
}

// Untold is how many entries are in force here of which the others may not know.
func (l *List) Untold() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.region.untold)
}

// Fault says what is to be looked at: that the last entry could not be written, that others were
// not told, or that more was heard than there is room for. nil when all is well.
func (l *List) Fault() error {
	fault := l.Kept()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.region.untold) > 0 {
		fault = errors.Join(fault, ErrUntold)
	}
	if l.region.over {
		fault = errors.Join(fault, fmt.Errorf("sessions that ended at other brokers may go on here: %w", ErrFull))
	}
	return fault
}
