package proof

import (
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// walk goes along one chain.
type walk struct {
	report   Report
	known    []Known
	prev     spool.Hash
	suspects []suspect
	receipts *receipts
	resting  []resting
	run      int // of the retired ones, where the walk is
	trees    []*tree
}

// suspect is a record that does not fit its place.
type suspect struct {
	at      int // index of its finding
	seq     uint64
	prev    spool.Hash // what stands before it
	hash    spool.Hash
	payload []byte
}

// maxSuspects bounds what is kept to find out what happened.
const maxSuspects = 30

func (w *walk) take(e *spool.Entry, c *computed) {
	r := &w.report
	switch {
	case r.Records == 0:
		w.first(e, c)
	case e.Seq == r.Last:
		r.add(Duplicate, e.Seq, e.Seq, "the number is there more than once")
		r.Records++
		return
	case e.Seq < r.Last:
		r.add(Moved, e.Seq, e.Seq, "it comes after number %d", r.Last)
		r.Records++
		return
	default:
		w.next(e, c)
	}
	for _, k := range w.known {
		if k.Seq == e.Seq && k.Hash != e.Hash {
			r.add(Rewritten, e.Seq, e.Seq, "%s knows another hash: the chain was computed anew", k.From)
		}
	}
	r.Records++
	r.Last, r.Hash, w.prev = e.Seq, e.Hash, e.Hash
}

// next takes a record that comes behind another.
func (w *walk) next(e *spool.Entry, c *computed) {
	r := &w.report
	erased, joined := w.pass(e)
	if !joined {
		r.add(Missing, r.Last+1, e.Seq-1, "")
	}
	if !erased {
		w.link(e, c, joined)
	}
}

// first takes the record that begins the chain.
func (w *walk) first(e *spool.Entry, c *computed) {
	r := &w.report
	r.First = e.Seq
	after, previous, ended, known, begins := audit.GapBefore(e.Payload)
	switch {
	case begins && after+1 == e.Seq:
		r.Follows, r.FollowsAt = ended, known
		w.prev = previous
		w.link(e, c, true)
	default:
		w.next(e, c)
	}
}

// link compares a record's hash with what it should be. After a gap the hash
// before it is not known, and the record itself cannot be verified: the next
// ones can.
func (w *walk) link(e *spool.Entry, c *computed, joined bool) {
	if !joined {
		w.report.Unverified++
		return
	}
	fits := c.fits
	if c.behind != w.prev { // a gap that was retired, or another order
		fits = spool.Link(w.prev, e.Seq, e.Payload) == e.Hash
	}
	if fits {
		w.seen(e)
		if _, named := w.receipts.erased[place{w.report.Broker, e.Seq}]; named {
			w.report.add(Undone, e.Seq, e.Seq, "its details were to be erased, and are there: mcr audit erase --finish")
		}
		if w.retiredHere(e.Seq) {
			w.report.add(Undone, e.Seq, e.Seq, "it was to be retired, and is there: mcr audit retain --finish")
		}
		return
	}
	w.report.add(Altered, e.Seq, e.Seq, "its hash is not that of its content: it, or the record before it, was altered")
	if len(w.suspects) < maxSuspects {
		w.suspects = append(w.suspects, suspect{
			at: len(w.report.Findings) - 1, seq: e.Seq, prev: w.prev, hash: e.Hash, payload: e.Payload,
		})
	}
}

// end looks at what is wrong as a whole.
func (w *walk) end() {
	r := &w.report
	for _, k := range w.known {
		if k.Seq > r.Last {
			r.add(Missing, r.Last+1, k.Seq, "%s says that they were there: the end of the trail is cut off", k.From)
		}
	}
	for _, s := range w.suspects {
		w.explain(s, &r.Findings[s.at])
	}
}

// explain looks among the suspects for the place where a record was written.
// Records that changed places each fit where another stands; the one after them
// is whole, and only linked to another than stands before it now.
func (w *walk) explain(s suspect, f *Finding) {
	for _, place := range w.suspects {
		for _, near := range w.suspects {
			for _, prev := range []spool.Hash{near.prev, near.hash} {
				if spool.Link(prev, place.seq, s.payload) != s.hash {
					continue
				}
				if place.seq == s.seq {
					f.Kind, f.Detail = Unlinked, "its content is whole, but the record before it is not the one that was there"
				} else {
					f.Kind, f.Detail = Moved, fmt.Sprintf("it was written as number %d", place.seq)
				}
				return
			}
		}
	}
}
