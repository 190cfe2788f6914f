package spool

import (
	"errors"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// packer is what the one goroutine that packs shares with the others.
type packer struct {
	wake  chan struct{} // another segment is full
	stop  chan struct{} // closed when the spool closes
	ended chan struct{}
	bytes int64 // of the file being written; guarded by Spool.mu
	fault error // why the last attempt failed; guarded by Spool.mu
}

// packAgain is how long a segment that could not be packed is left alone, unless another
// one is full before.
const packAgain = time.Minute

// errStopped ends the packing of a segment because the spool closes.
var errStopped = errors.New("the spool closes")

// beginPacking starts the goroutine, if there is a codec.
func (s *Spool) beginPacking() {
	s.packer = packer{wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	if s.opt.Codec == nil || s.opt.inline {
		close(s.packer.ended)
		return
	}
	go s.runPacker()
}

// endPacking ends it within the time of one block.
func (s *Spool) endPacking() {
	close(s.packer.stop)
	<-s.packer.ended
}

// wakePacker says that there may be something to pack.
func (s *Spool) wakePacker() {
	select {
	case s.packer.wake <- struct{}{}:
	default:
	}
}

func (s *Spool) runPacker() {
	defer close(s.packer.ended)
	for {
		var again <-chan time.Time
		if g := s.unpacked(); g != nil {
			if s.packOne(g) == nil {
				continue
			}
			again = time.After(packAgain)
		}
		select {
		case <-s.packer.stop:
			return
		case <-s.packer.wake:
		case <-again:
		}
	}
}

// packOne packs a segment and remembers why it could not. What is found damaged is looked
// at as it would be when it is read.
func (s *Spool) packOne(g *segment) error {
	err := s.pack(g)
	if errors.Is(err, ErrDamaged) {
		s.readMu.Lock()
		err = errors.Join(err, s.heal(g.Base))
		s.readMu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.packer.fault = err; errors.Is(err, errStopped) {
		s.packer.fault = nil
	}
	return err
}

// unpacked gives the oldest segment that should be packed. One that may be deleted is not
// worth it; one of two pages would not get smaller.
func (s *Spool) unpacked() *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, g := range s.segments {
		if i < len(s.segments)-1 && !g.active && !g.aside && g.packed == 0 && g.size > 2*format.Page && (g.limit > s.acked || s.held(g)) {
			return g
		}
	}
	s.packer.fault = nil
	return nil
}

// packs notes how many bytes the file being packed has.
func (s *Spool) packs(n int64) {
	s.mu.Lock()
	s.packer.bytes = n
	s.mu.Unlock()
}

// rest waits, unless the spool closes.
func (s *Spool) rest(d time.Duration) error {
	if s.opt.inline {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.packer.stop:
		return errStopped
	}
}
