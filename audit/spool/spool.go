package spool

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"sync"
	"time"
)

// Spool is an open log. Its methods may be called by many goroutines at once.
type Spool struct {
	dir        string
	opt        Options
	fs         FS
	lock       io.Closer // held while open; whether it is in its place says whether the folder is
	maxPayload int

	mu       sync.Mutex
	more     sync.Cond // the queue has grown, or the spool closes
	queue    []*waiter
	closing  bool
	ended    chan struct{} // closed when the committer has ended
	grown    chan struct{} // closed at the next commit, if anybody waits for it
	last     uint64        // highest durable entry
	hash     Hash          // of last
	next     uint64        // number of the next entry
	tail     Hash          // that the next entry links to
	acked    uint64
	segments []*segment
	aside    int64 // bytes of files set aside
	spare    int64 // bytes of the segment prepared ahead
	writing  File  // the active segment, open; nil: there is none
	away     []*segment
	missing  error // what the last look did not find
	fault    error // why the last attempt to write failed
	report   Report
	commits  uint64
	recent   recent
	renew    bool // the active segment was found damaged: begin another

	c committer
	w watcher

	ackMu sync.Mutex
	ack   ackFile

	cleanMu sync.Mutex
	yielded time.Time // of the newest entry let go before its Hold was over; guarded by mu
	packer  packer

	readMu sync.Mutex
	cur    cursor
}

// Open locks dir, making it if need be, reads and verifies what is there, and
// begins a new segment: no file is ever written to by two Opens.
//
// An entry of an earlier opening whose writer was told that it is durable is
// there again, or its number stands in Stats().Report. Open fails when the
// directory cannot be made, its lock not be taken (ErrLocked), its files not be
// listed or a segment not be read, or when the options are wrong. A disk that is
// full or cannot be written does not make it fail, so that what is here can be
// delivered; Append and Check say so, and Stats().Report what was left undone.
func Open(dir string, opt Options) (*Spool, error) {
	opt, err := opt.filled()
	if err != nil {
		return nil, fmt.Errorf("opening spool: %w", err)
	}
	dir = filepath.Clean(dir)
	if err := opt.FS.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("opening spool: %w", err)
	}
	lock, err := opt.FS.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("opening spool: %w", err)
	}
	fs := unpacking{opt.FS, opt.Codec}
	v, err := recoverDir(fs, dir)
	if err != nil {
		return nil, fmt.Errorf("opening spool: %w", errors.Join(err, lock.Close()))
	}
	s := &Spool{
		dir: dir, opt: opt, fs: fs, lock: lock, maxPayload: opt.MaxPayload(),
		ended: make(chan struct{}),
		last:  v.last, hash: v.hash, next: v.next, tail: v.tail, acked: v.acked,
		segments: v.segments, aside: v.aside, report: v.report,
		ack: ackFile{fs: opt.FS, dir: dir, value: v.ack},
		w:   watcher{soon: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})},
	}
	s.more.L = &s.mu
	s.c.ordinal = max(v.ordinal, v.ack.ended)
	s.writeAgain(v)
	s.begin(v)
	_ = s.look() // to know the files by; Check says what is wrong with them
	s.beginPacking()
	go s.run()
	if s.opt.inline && s.opt.tick == nil {
		close(s.w.ended)
	} else {
		go s.watch(s.opt.tick)
	}
	return s, nil
}

// begin tries to start the first segment of this opening. The last segment of the
// earlier one ends where it begins; its header, not a word in memory, says so.
func (s *Spool) begin(v *recovered) {
	// A failure here costs a second delivery at most; the next Ack tries again.
	_ = s.putAck(s.acked)
	if err := s.roll(); err != nil {
		s.refuse(err)
		return
	}
	if n := len(v.segments); n > 0 && v.filled > 0 {
		s.trim(v.segments[n-1], v.filled)
	}
}

// Last gives the number and the hash of the newest durable entry, or 0 and zeros.
// After damage to the end of the log it is the last entry that can be read.
func (s *Spool) Last() (uint64, Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.hash
}

// Close waits until what was appended is durable, or failed, writes down where the
// log ended, and gives up the lock. Every later call gives ErrClosed.
//
// An error says that the log may not be known to have ended in order: the next Open
// cannot tell damage to the last commit from a write that a crash cut short.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		<-s.ended
		return ErrClosed
	}
	s.closing = true
	s.wakeReaders()
	s.mu.Unlock()
	s.more.Broadcast()
	<-s.ended
	s.endPacking()
	close(s.w.stop)
	<-s.w.ended

	err := s.end()
	s.readMu.Lock()
	s.cur.close()
	s.readMu.Unlock()
	if err = errors.Join(err, s.lock.Close()); err != nil {
		return fmt.Errorf("closing spool: %w", err)
	}
	return nil
}

// end writes down how far the log came and, unless entries still wait to be
// written again, that it came no farther.
func (s *Spool) end() error {
	s.mu.Lock()
	a := ack{seq: s.acked, reached: s.next - 1}
	if n := len(s.segments); n > 0 && s.c.again == nil {
		a.ended = s.segments[n-1].Ordinal
	}
	s.mu.Unlock()
	s.ackMu.Lock()
	defer s.ackMu.Unlock()
	defer s.ack.drop()
	err := s.ack.put(a)
	if err == nil {
		err = s.ack.settle()
	}
	s.ack.closed = true
	return err
}

// now gives the time.
func (s *Spool) now() time.Time { return s.opt.Clock() }

// path gives the place of a file of the spool.
func (s *Spool) path(name string) string { return filepath.Join(s.dir, name) }

// never is the limit of the last segment.
const never = math.MaxUint64
