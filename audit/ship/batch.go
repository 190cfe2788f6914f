package ship

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/durable"
)

// sending is the file beside the checkpoint that keeps the bounds of the batch
// on its way, so that after a crash the same batch is sent again, not another
// one that overlaps it. It is written before the first sending, without a sync:
// when a loss of power takes it, the store is asked what it has instead
// (Batch.Resent).
type sending struct {
	Broker string `json:"broker"`
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
}

func (s *Shipper) sendingPath() string { return s.checkpoint.path + ".sending" }

// next makes the next batch and fixes its bounds. full says that it ended
// because it was full, or for another reason that leaves more to ship now.
func (s *Shipper) next() (b audit.Batch, full bool, err error) {
	limit, room := s.opt.BatchRecords, s.opt.BatchBytes
	var before sending
	if s.resent {
		before = s.interrupted()
		if before.Last > s.after && before.First == s.after+1 && before.Last-s.after <= maxResent {
			limit, room = int(before.Last-s.after), math.MaxInt // it was within the bounds of its time
		}
	}
	r := s.ahead
	s.ahead = nil
	if r == nil || r.after != s.after || s.resent {
		r = s.read(s.after, limit, room)
	}
	if r.err != nil || len(r.entries) == 0 {
		return b, false, r.err
	}
	entries, columns, more := r.entries, r.columns, r.more
	if r.unread > 0 {
		s.opt.Log.Error("entries of the spool are not records: they are delivered as they are", "entries", r.unread)
	}
	n := together(entries, columns)
	b = audit.Batch{Broker: columns[0].Broker, Entries: entries[:n], Columns: columns[:n], Resent: s.resent}
	if err := s.checkpoint.strip(b.Broker, b.Entries, b.Columns); err != nil { // after a crash, or with an older checkpoint
		return b, false, err
	}
	if missing := b.First() - s.after - 1; missing > 0 {
		s.opt.Log.Error("records are missing from the spool: the trail has a gap", "records", missing, "after", s.after)
	}
	now := sending{Broker: b.Broker, First: b.First(), Last: b.Last()}
	if now != before {
		// A disk that is full must not keep records from leaving it: without the
		// file a crash now only means that the store is asked what it has.
		text, err := json.Marshal(now)
		if err == nil {
			err = durable.ReplaceSoon(s.sendingPath(), text)
		}
		if err != nil {
			s.opt.Log.Warn("the bounds of a batch cannot be kept", "error", err)
		}
	}
	return b, more || n < len(entries), nil
}

// reading is what was read of the spool after a number.
type reading struct {
	after   uint64
	entries []spool.Entry
	columns []audit.Columns // of each entry
	unread  int             // how many entries are no records
	more    bool            // it ended at a bound
	err     error
}

// read gives what follows a number in the spool, up to so many records and bytes of
// documents, one record at least.
func (s *Shipper) read(after uint64, limit, room int) *reading {
	r := s.readEntries(after, limit, room)
	r.columns, r.unread = columnsOf(r.entries, s.checkpoint.Mark().Broker)
	return r
}

func (s *Shipper) readEntries(after uint64, limit, room int) *reading {
	r := &reading{after: after}
	for len(r.entries) < limit {
		some, err := s.spool.Read(after, limit-len(r.entries))
		for i := range some {
			if room -= len(some[i].Payload); room < 0 && len(r.entries) > 0 {
				r.more = true
				return r
			}
			r.entries = append(r.entries, some[i])
		}
		if err != nil && len(r.entries) == 0 {
			r.err = fmt.Errorf("reading the spool: %w", err)
			return r
		}
		if err != nil || len(some) == 0 {
			return r
		}
		after = some[len(some)-1].Seq
		runtime.Gosched()
	}
	r.more = true
	return r
}

// readAhead reads the batch after b while b is on its way, which of a backlog takes as
// long as what the store does. wait returns when it has.
func (s *Shipper) readAhead(b audit.Batch) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ahead = s.read(b.Last(), s.opt.BatchRecords, s.opt.BatchBytes)
	}()
	return func() { <-done }
}

// maxResent is the longest batch that is believed to have been under way.
const maxResent = 1 << 20

// interrupted gives the batch that was on its way at the end of the last run.
func (s *Shipper) interrupted() (b sending) {
	text, err := os.ReadFile(s.sendingPath())
	if err != nil || json.Unmarshal(text, &b) != nil {
		return sending{}
	}
	return b
}

// BatchAgain makes the first batch of entries that a store is to have once more, of the chain
// that they were delivered under: as many as may go together, without what was erased of them.
// The rest is for the next.
func (c *Checkpoint) BatchAgain(chain string, entries []spool.Entry) (b audit.Batch, rest []spool.Entry, err error) {
	columns, _ := columnsOf(entries, chain)
	n := together(entries, columns)
	b = audit.Batch{Broker: chain, Entries: entries[:n], Columns: columns[:n], Resent: true, Again: Again()}
	return b, entries[n:], c.strip(chain, b.Entries, b.Columns)
}

// together gives how many of the first entries may go in one batch: consecutive
// numbers of one chain, within one calendar month (UTC), which is a partition
// of a store.
func together(entries []spool.Entry, columns []audit.Columns) int {
	first := columns[0].TimeIn
	for i := 1; i < len(entries); i++ {
		c := &columns[i]
		if entries[i].Seq != entries[i-1].Seq+1 || c.Broker != columns[0].Broker ||
			c.TimeIn.Month() != first.Month() || c.TimeIn.Year() != first.Year() {
			return i
		}
	}
	return len(entries)
}

// columnsOf reads the columns of entries. An entry that is no record of ours is
// still delivered, as what it is, under the chain's name.
func columnsOf(entries []spool.Entry, broker string) (all []audit.Columns, unread int) {
	all = slices.Grow(all, len(entries))
	for i := range entries {
		c, err := audit.ReadColumns(entries[i].Payload)
		if err != nil {
			unread++
		}
		if c.Broker == "" {
			c.Broker = broker
		}
		all = append(all, c)
	}
	return all, unread
}
