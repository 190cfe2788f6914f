package spool

import (
	"runtime"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// committer is the state of the one goroutine that writes entries. Nobody else
// touches it once that goroutine runs.
type committer struct {
	batch   []*waiter
	buf     []byte
	frames  []format.Frame // seq, hash, time and size of those in buf
	file    File           // the active segment; nil after a failure
	segment *segment
	off     int64 // where the next commit goes in it
	ordinal uint32
	retry   time.Time // not before this
	spare   chan prepared
	again   []*waiter // the last commit of the opening before, see recovered.again
	gone    *taken    // what was deleted or replaced underneath, until it is back
}

// run commits what waits, for as long as the spool is open.
func (s *Spool) run() {
	defer close(s.ended)
	for s.take() {
		s.commit(s.c.batch)
		clear(s.c.batch)
	}
	s.retire()
	s.discardSpare()
	if s.c.gone != nil {
		s.c.gone.file.Close()
	}
}

// take waits for payloads and moves them to the batch, as many as go into one
// write. It gives false when the spool closes and nothing waits.
//
// The batch needs no timer: it is what came while the commit before was being
// written, the more the slower the disk. Those who were just woken by that
// commit get the chance to come back with their next payload first.
func (s *Spool) take() bool {
	runtime.Gosched()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 {
		if s.closing {
			return false
		}
		s.more.Wait()
	}
	n, size := 0, 0
	for n < min(len(s.queue), format.MaxEntries) && (n == 0 || size+len(s.queue[n].payload) <= maxBatch) {
		size += len(s.queue[n].payload)
		s.queue[n].taken = true
		n++
	}
	s.c.batch = append(s.c.batch[:0], s.queue[:n]...)
	rest := copy(s.queue, s.queue[n:])
	clear(s.queue[rest:])
	s.queue = s.queue[:rest]
	return true
}

// commit makes a batch durable, in more than one write only where it runs over
// the end of a segment. After a failure nothing of the rest is tried.
func (s *Spool) commit(batch []*waiter) {
	if err := s.present(); err != nil {
		answer(batch, err)
		return
	}
	for len(batch) > 0 {
		if err := s.room(batch[0]); err != nil {
			s.refuse(err)
			answer(batch, err)
			return
		}
		n := s.encode(batch)
		err := s.write()
		if err == nil {
			err = s.inPlace() // after the sync: what was durable must be to be found
		}
		if err != nil {
			err = s.fail(err)
			answer(batch, err)
			return
		}
		s.publish()
		answer(batch[:n], nil)
		batch = batch[n:]
	}
}

// room sees to it that there is an active segment and that w fits into it.
func (s *Spool) room(w *waiter) error {
	s.mu.Lock()
	renew := s.renew
	s.renew = false
	s.mu.Unlock()
	c := &s.c
	// Twice, if the first new segment begins with entries written again.
	for c.file == nil || renew || c.off+format.FrameSize(len(w.payload)) > c.segment.size {
		if err := s.roll(); err != nil {
			return err
		}
		renew = false
	}
	return nil
}

// encode lays out the frames of as many of batch as the segment has room for,
// numbers and links them. Nothing of the spool changes yet: numbers are given
// for good only when the bytes are durable, so a failed write consumes none.
func (s *Spool) encode(batch []*waiter) int {
	c := &s.c
	c.buf, c.frames = c.buf[:0], c.frames[:0]
	now := s.now()
	// Only the committer writes next and tail.
	prev, seq := s.tail, s.next
	batch, last := c.fits(batch, seq-1)
	for _, w := range batch {
		if w.payload == nil {
			continue
		}
		c.buf, prev = format.AppendFrame(c.buf, c.segment.Key, &prev, s.next, seq, last, now, w.payload)
		c.frames = append(c.frames, format.Frame{Seq: seq, Time: now.UnixNano(), Hash: prev, Size: format.FrameSize(len(w.payload)), Payload: w.payload})
		w.seq, w.hash = seq, prev
		seq++
	}
	c.buf = format.Pad(c.buf)
	return len(batch)
}

// fits gives as many of batch as the segment has room for, and the number of the
// last of them when they follow the number before.
func (c *committer) fits(batch []*waiter, last uint64) ([]*waiter, uint64) {
	off := c.off
	for n, w := range batch {
		if w.payload == nil {
			continue
		}
		if off += format.FrameSize(len(w.payload)); off > c.segment.size {
			return batch[:n], last
		}
		last++
	}
	return batch, last
}

// write is one write and one sync.
func (s *Spool) write() error {
	c := &s.c
	if len(c.buf) == 0 {
		return nil
	}
	if _, err := c.file.WriteAt(c.buf, c.off); err != nil {
		return err
	}
	return c.file.Sync()
}

// publish makes what is durable visible.
func (s *Spool) publish() {
	s.mu.Lock()
	s.enter()
	s.mu.Unlock()
}

// enter takes the frames in the buffer into the active segment's run. The caller
// holds mu.
func (s *Spool) enter() {
	c := &s.c
	if len(c.frames) == 0 {
		return
	}
	off := c.off
	for i := range c.frames {
		c.segment.runs[0].Add(&c.frames[i], off)
		off += c.frames[i].Size
	}
	c.off += int64(len(c.buf))
	s.recent.add(c.frames)
	newest := c.frames[len(c.frames)-1]
	c.segment.newest = time.Unix(0, newest.Time)
	s.last, s.next = newest.Seq, newest.Seq+1
	s.hash, s.tail = newest.Hash, newest.Hash
	s.commits++
	s.wakeReaders()
}

// fail gives up the active segment after an error of the disk. A second sync on
// the same descriptor could succeed although the pages were thrown away, and a
// second write could meet the first one's pages; so the descriptor is never used
// again, and the next commit begins a new segment at the same number, whose
// header says that what stands in the old one from there on does not count.
func (s *Spool) fail(cause error) error {
	s.retire()
	err := s.broken(cause)
	s.refuse(err)
	return err
}

// refuse remembers why nothing can be written.
func (s *Spool) refuse(err error) {
	s.mu.Lock()
	s.fault = err
	s.mu.Unlock()
}

// answer tells each waiter how it ended.
func answer(batch []*waiter, err error) {
	for _, w := range batch {
		w.err = err
		w.done <- struct{}{}
	}
}
