package replay

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/decision"
)

// Live is a draft beside the rules in force, on the requests of now: what brokers recorded is
// decided again under it as it reaches the trail. Nothing is enforced, and no request waits for it
// or is decided otherwise. It may be used by many goroutines at once.
//
// Its cost is bounded. When more comes than it may decide, it passes records over, and counts them:
// the trail has them, and Run decides all.
type Live struct {
	opt   LiveOptions
	mu    sync.Mutex // of what follows
	seen  Seen
	parts map[string]*Report // by the organisation whose records were asked for
	run   *run
	of    string // fingerprint of the draft
	// digest is of its rules; it is used by who looks alone.
	digest string
	at     map[string]uint64 // how far of each broker
}

// LiveOptions are what a Live goes by. All without a default are needed.
type LiveOptions struct {
	Trail Following
	// Draft gives the folder of policies that is tried; nil while there is none. InForce gives the
	// digest of the rules in force, beside which a draft of the same rules is not tried.
	Draft   func() (fs.FS, error)
	InForce func() string
	// Before gives the policies that made a decision; nil where they are not kept. Own gives organisations'
	// own rules that are in force, by ODS code; nil: there are none.
	Before func(ctx context.Context, by decision.DecidedBy) *decision.Revision
	Own    func() map[string]*decision.Revision
	// Every is how often it looks, and Most how many records it decides each time. Default 5 s
	// and 2,500: on two cores some hundredths of one.
	Every time.Duration
	Most  int
	Clock func() time.Time // default time.Now
	Log   *slog.Logger     // default slog.Default()
}

// Following is a trail whose records are followed, broker by broker.
type Following interface {
	Brokers(ctx context.Context) ([]string, error)
	Highest(ctx context.Context, broker string) (uint64, spool.Hash, error)
	Entries(ctx context.Context, broker string, after uint64, most int) ([]spool.Entry, error)
}

// What a Live holds of each organisation's part: less than a replay's report, which is gone when it was
// looked at.
const (
	LiveChanges = 1000 // of each kind
	liveKeys    = 1000 // of each dimension
	liveParts   = 500  // organisations
)

// NewLive makes one. Nothing is read before Look or Follow.
func NewLive(opt LiveOptions) *Live {
	if opt.Every <= 0 {
		opt.Every = 5 * time.Second
	}
	if opt.Most <= 0 {
		opt.Most = 2500
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	return &Live{opt: opt}
}

// Seen is what a Live has seen.
type Seen struct {
	// Since is from when on records are decided under the draft as it is now; zero: there is none to
	// try.
	Since time.Time
	// At is when it looked last.
	At     time.Time
	Report *Report
	// PassedOver is how many records there was no time for.
	PassedOver int
	// Fault is why the draft, or the trail, could not be read when it looked last; nil when they
	// could.
	Fault error
}

// Follow looks until ctx ends.
func (l *Live) Follow(ctx context.Context) {
	tick := time.NewTicker(l.opt.Every)
	defer tick.Stop()
	for {
		before := l.fault()
		if err := l.Look(ctx); err != nil && ctx.Err() == nil && before == nil {
			l.opt.Log.Warn("the draft of the policies is not tried on the requests of now", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (l *Live) fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen.Fault
}

// Look decides what came since the last look. One looks at a time.
func (l *Live) Look(ctx context.Context) (err error) {
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.seen.At, l.seen.Fault = l.opt.Clock(), err
	}()
	defer caught(&err)
	draft, err := l.draft(ctx)
	if err != nil || draft == nil {
		return err
	}
	brokers, err := l.opt.Trail.Brokers(ctx)
	if err != nil {
		return err
	}
	for i, broker := range brokers {
		if err := l.follow(ctx, draft, broker, max(1, l.opt.Most/(len(brokers)-i))); err != nil {
			return fmt.Errorf("reading the records of %s: %w", broker, err)
		}
	}
	return nil
}

// draft gives what decides, and begins anew when the draft is another than before.
func (l *Live) draft(ctx context.Context) (*run, error) {
	fsys, err := l.opt.Draft()
	if err != nil || fsys == nil {
		l.begin(nil, "", nil)
		return nil, err
	}
	of, err := decision.Fingerprint(fsys)
	if err != nil {
		l.begin(nil, "", nil)
		return nil, err
	}
	l.mu.Lock()
	now, same := l.run, l.of == of
	l.mu.Unlock()
	inForce := l.opt.InForce()
	if same && (now == nil) == (l.digest == inForce) {
		return now, nil
	}
	rev, err := decision.Load(ctx, fsys, decision.Options{Revision: "draft"})
	if err != nil {
		l.begin(nil, "", nil)
		return nil, err
	}
	if rev.Digest() == inForce {
		l.begin(nil, of, nil)
		l.digest = inForce
		return nil, nil
	}
	at := map[string]uint64{}
	brokers, err := l.opt.Trail.Brokers(ctx)
	if err != nil {
		return nil, err
	}
	for _, broker := range brokers {
		if at[broker], _, err = l.opt.Trail.Highest(ctx, broker); err != nil {
			return nil, err
		}
	}
	opt := Options{Draft: rev, Before: l.opt.Before}
	if l.opt.Own != nil {
		opt.Own = l.opt.Own()
	}
	now = newRun(opt)
	l.begin(now, of, at)
	l.digest = rev.Digest()
	return now, nil
}

// begin forgets what was seen of the draft before.
func (l *Live) begin(with *run, of string, at map[string]uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run, l.of, l.at, l.parts = with, of, at, map[string]*Report{}
	l.seen = Seen{At: l.seen.At}
	if with != nil {
		l.seen.Since, l.seen.Report = l.opt.Clock(), liveReport(with)
	}
}

func liveReport(of *run) *Report {
	r := newReport(of.opt.Draft)
	r.mostChanges, r.mostKeys = LiveChanges, liveKeys
	return r
}

// follow decides up to most of one broker's records. What it is further behind than that is passed
// over.
func (l *Live) follow(ctx context.Context, draft *run, broker string, most int) error {
	highest, _, err := l.opt.Trail.Highest(ctx, broker)
	if err != nil {
		return err
	}
	l.mu.Lock()
	at := l.at[broker]
	if behind := int64(highest) - int64(at); behind > int64(most) {
		l.seen.PassedOver += int(behind) - most
		at = highest - uint64(most)
		l.at[broker] = at
	}
	l.mu.Unlock()
	for at < highest {
		entries, err := l.opt.Trail.Entries(ctx, broker, at, min(most, batchSize))
		if err != nil || len(entries) == 0 {
			return err
		}
		all := make([]judged, len(entries))
		for i, e := range entries {
			all[i] = draft.again(ctx, e.Payload)
		}
		at = entries[len(entries)-1].Seq
		l.take(draft, broker, at, all)
	}
	return ctx.Err()
}

func (l *Live) take(draft *run, broker string, at uint64, all []judged) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run != draft {
		return // begun anew meanwhile
	}
	l.at[broker] = at
	l.seen.Report.Records += len(all)
	for i := range all {
		j := &all[i]
		l.seen.Report.add(j)
		part := l.parts[j.was.SourceOrg]
		if part == nil {
			if len(l.parts) >= liveParts {
				continue
			}
			part = liveReport(draft)
			l.parts[j.was.SourceOrg] = part
		}
		part.Records++
		part.add(j)
	}
}

// Seen gives what was seen of one organisation's part of the trail; "" is the whole trail's. The
// report is the caller's, sorted; nil where there is no draft.
func (l *Live) Seen(part string) Seen {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.seen
	if out.Report == nil {
		return out
	}
	if part != "" {
		if out.Report = l.parts[part]; out.Report == nil {
			out.Report = liveReport(l.run)
		}
	}
	out.Report = out.Report.copied()
	return out
}

// copied is a report that nobody writes to, its rows in order.
func (r *Report) copied() *Report {
	out := *r
	out.Kinds, out.Changes, out.By = maps.Clone(r.Kinds), slices.Clone(r.Changes), maps.Clone(r.By)
	out.Apart.OtherSchema, out.Apart.ShownUnknown = maps.Clone(r.Apart.OtherSchema), maps.Clone(r.Apart.ShownUnknown)
	out.Apart.UnlikeIDs = slices.Clone(r.Apart.UnlikeIDs)
	out.rows = map[Dimension]map[string]*Row{}
	for d, rows := range r.rows {
		out.rows[d] = make(map[string]*Row, len(rows))
		for key, row := range rows {
			one := *row
			one.Kinds = maps.Clone(row.Kinds)
			out.rows[d][key] = &one
		}
	}
	out.sorted()
	return &out
}
