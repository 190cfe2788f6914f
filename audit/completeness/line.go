package completeness

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// Kind is what differs.
type Kind string

// The kinds.
const (
	Unrecorded Kind = "unrecorded" // answers left that no record tells of
	Uncounted  Kind = "uncounted"  // records of requests that nobody is known to have answered
	Missing    Kind = "missing"    // records that the store does not have
	Added      Kind = "added"      // records in the store that did not come from the spool
	Leaves     Kind = "leaves"     // the Merkle logs have another number than the records
)

// Kinds are all of them.
var Kinds = []Kind{Unrecorded, Uncounted, Missing, Added, Leaves}

// Difference is one thing that differs, and by how much.
type Difference struct {
	Kind Kind
	N    int64
}

// String says it in words.
func (d Difference) String() string {
	return fmt.Sprintf(map[Kind]string{
		Unrecorded: "%d answers left that no record tells of",
		Uncounted:  "%d records are of requests that nobody is known to have answered",
		Missing:    "%d records are not in the store any more",
		Added:      "%d records are in the store that did not come from the broker",
		Leaves:     "the Merkle logs have %d leaves more, or fewer, than there are records",
	}[d.Kind], d.N)
}

// Line is one broker's day about one organisation's records.
type Line struct {
	Broker, Day, Organisation string
	Counted                   bool // the broker's own counts are here: it is of this data folder, and counted on this day
	Counts                    Counts
	Rows                      audit.Rows // as the store has them, of all chains of the broker
	Leaves                    int64
	HasLeaves                 bool
	// LowerBound are the times of crashes, after which answers may have left uncounted.
	LowerBound  []time.Time
	Waiting     bool // the day is not over, or records wait in the spool: equal is not to be expected yet
	Differences []Difference
}

// LeafCounter counts the leaves of the Merkle logs by broker, day and organisation, for
// whoever keeps them; Rows.Requests and Rows.Others are not told apart: the sum is in
// Requests.
type LeafCounter interface {
	CountLeaves(ctx context.Context, since, until time.Time) ([]audit.Rows, error)
}

// Sources are those who know the numbers.
type Sources struct {
	Broker string // the configured name: that of its chains before any plus sign
	// Days gives what the broker counted: Counter.Days, or ReadDays of its folder.
	Days   func(from, to string) ([]Day, error)
	Rows   audit.RowCounter
	Leaves LeafCounter // nil: nobody counts them
	// Pending gives how many records of the spool are not acknowledged. Nil: nobody knows
	// of a broker that runs, whose last days are then under way; none of one that stopped.
	Pending func() int64
	Clock   func() time.Time // default time.Now
}

// Retired is how many records were taken out of the store under a receipt.
func (l Line) Retired() int64 { return l.Rows.RetiredRequests + l.Rows.RetiredOthers }

// settled is how long after midnight every answer of a day has left: the longest that
// any may take.
const settled = 10 * time.Minute

// Lines compares what was counted from one day to another, both included, the newest
// day first. Numbers move while they are read: each is asked for in such an order that a
// difference is one, whatever is under way meanwhile.
func Lines(ctx context.Context, s Sources, from, to time.Time) ([]Line, error) {
	if s.Clock == nil {
		s.Clock = time.Now
	}
	since, until := midnight(from), midnight(to).AddDate(0, 0, 1)
	first, last := dayOf(from), dayOf(to)
	before, err := s.Days(first, last)
	if err != nil {
		return nil, err
	}
	rows, err := s.Rows.CountRows(ctx, since, until)
	if err != nil {
		return nil, fmt.Errorf("counting the store's records: %w", err)
	}
	var leaves []audit.Rows
	if s.Leaves != nil {
		if leaves, err = s.Leaves.CountLeaves(ctx, since, until); err != nil {
			return nil, fmt.Errorf("counting leaves: %w", err)
		}
	}
	var pending int64
	if s.Pending != nil {
		pending = s.Pending()
	}
	after, err := s.Days(first, last)
	if err != nil {
		return nil, err
	}
	g := gathered{lines: map[key]*reading{}}
	for _, d := range before {
		for org, n := range d.Organisations {
			r := g.at(key{d.Day, s.Broker, org})
			r.Counted, r.Counts, r.LowerBound, r.counting = true, n, d.LowerBound, d.Counting
		}
	}
	for _, d := range after {
		for org, n := range d.Organisations {
			g.at(key{d.Day, s.Broker, org}).after = n
		}
	}
	for _, n := range rows {
		g.at(key{n.Day, audit.BrokerOf(n.Broker), n.SourceOrg}).add(n)
	}
	logged := map[key]bool{} // the days of a broker on which leaves were counted
	for _, n := range leaves {
		g.at(key{n.Day, audit.BrokerOf(n.Broker), n.SourceOrg}).Leaves += n.Requests + n.Others
		logged[key{n.Day, audit.BrokerOf(n.Broker), ""}] = true
	}
	for k, r := range g.lines {
		r.HasLeaves = logged[key{k.day, k.broker, ""}]
	}
	now := s.Clock()
	all := make([]Line, 0, len(g.lines))
	for _, r := range g.lines {
		begins, _ := time.Parse(time.DateOnly, r.Day) // a store's odd day is 0001: over
		r.Waiting = now.Before(begins.AddDate(0, 0, 1).Add(settled)) || pending > 0 || r.counting && s.Pending == nil
		r.judge(pending, !r.counting || s.Pending != nil)
		all = append(all, r.Line)
	}
	slices.SortFunc(all, func(a, b Line) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Broker, b.Broker), cmp.Compare(a.Organisation, b.Organisation))
	})
	return all, nil
}

type key struct{ day, broker, organisation string }

// reading is a line with what was counted once more after everything else.
type reading struct {
	Line
	after    Counts
	counting bool
}

type gathered struct{ lines map[key]*reading }

func (g *gathered) at(k key) *reading {
	r := g.lines[k]
	if r == nil {
		r = &reading{Line: Line{Broker: k.broker, Day: k.day, Organisation: k.organisation}}
		g.lines[k] = r
	}
	return r
}

func (r *reading) add(n audit.Rows) {
	r.Rows.Requests += n.Requests
	r.Rows.Others += n.Others
	r.Rows.RetiredRequests += n.RetiredRequests
	r.Rows.RetiredOthers += n.RetiredOthers
}

// judge says what differs. A record is in the spool before its answer leaves, and
// counted before it is acknowledged: so what was answered first is counted or pending
// after it, and so is what the store has. known says that what is pending is known.
func (r *reading) judge(pending int64, known bool) {
	if !r.Counted && r.after == (Counts{}) {
		return // another broker's, or from before there were counts: only the rows are known
	}
	differ := func(k Kind, n int64) {
		if n > 0 {
			r.Differences = append(r.Differences, Difference{k, n})
		}
	}
	stored := r.Rows.Requests + r.Rows.Others + r.Retired()
	if known {
		differ(Unrecorded, r.Counts.Served-r.after.Records-pending)
	}
	differ(Missing, r.Counts.Records+r.Counts.Others-stored)
	if known && len(r.LowerBound) == 0 {
		differ(Added, stored-r.after.Records-r.after.Others-pending)
		if !r.Waiting {
			differ(Uncounted, r.Counts.Records-r.after.Served-r.after.Unrecorded)
		}
	}
	if r.HasLeaves && !r.Waiting {
		n := r.Leaves - stored
		differ(Leaves, max(n, -n))
	}
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
