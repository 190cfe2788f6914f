package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"syscall"
)

// roll begins a new segment at the next number. Its header holds the hash that
// the next entry links to, and with the segment's name it ends the segment
// before; both are durable before roll returns.
func (s *Spool) roll() error {
	c := &s.c
	s.retire()
	now := s.now()
	if now.Before(c.retry) {
		return s.fault // only the committer, which we are, writes it
	}
	if err := s.back(); err != nil {
		return s.broken(err)
	}
	p := s.takeSpare()
	if p.file == nil {
		if p = s.prepare(c.ordinal + 1); p.err != nil {
			return s.broken(p.err)
		}
	}
	c.ordinal++
	t := title{base: s.next, ordinal: c.ordinal, key: newKey(), version: formatVersion}
	err := s.install(p, t)
	if err != nil {
		p.file.Close()
		// What is left of it is removed at the next Open, if not now.
		s.fs.Remove(s.path(p.name))
		s.fs.Remove(s.path(t.name()))
		s.reserve(-s.opt.SegmentBytes)
		return s.broken(err)
	}
	g := &segment{title: t, file: t.name(), size: s.opt.SegmentBytes, limit: never, newest: now, active: true}
	g.runs = []run{{first: t.base, last: t.base - 1, off: page, end: page, prev: s.tail, anchored: true, tail: s.tail}}
	c.file, c.segment, c.off = p.file, g, page
	s.mu.Lock()
	if n := len(s.segments); n > 0 {
		s.segments[n-1].cut(s.next - 1)
	}
	s.segments, s.writing = append(s.segments, g), p.file
	s.enter()
	c.again = nil
	s.spare -= s.opt.SegmentBytes
	s.fault = nil
	s.mu.Unlock()
	s.prepareSpare()
	s.wakePacker()
	select {
	case s.w.soon <- struct{}{}:
	default:
	}
	return nil
}

// install turns a prepared file into the segment t, with the entries that are to
// be written again already in it: as soon as it has its name, those of the
// segment before do not count any more.
func (s *Spool) install(p prepared, t title) error {
	s.c.segment = &segment{title: t, size: s.opt.SegmentBytes}
	s.c.off = page
	s.encode(s.c.again)
	head := appendHeader(nil, t, s.opt.SegmentBytes, &s.tail, s.now())
	if _, err := p.file.WriteAt(append(head, s.c.buf...), 0); err != nil {
		return fmt.Errorf("writing segment header: %w", err)
	}
	if err := p.file.Sync(); err != nil {
		return fmt.Errorf("writing segment header: %w", err)
	}
	if err := s.fs.Rename(s.path(p.name), s.path(t.name())); err != nil {
		return fmt.Errorf("naming segment: %w", err)
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		return fmt.Errorf("naming segment: %w", err)
	}
	// What bears the name in a folder that was put in the place of ours is no file of ours.
	if err := s.fs.InPlace(p.file, s.path(t.name()), s.opt.SegmentBytes); err != nil {
		return fmt.Errorf("naming segment: %w", err)
	}
	return nil
}

// retire ends the writing to the active segment. All that counts in it is
// durable, so an error of its closing says nothing.
func (s *Spool) retire() {
	c := &s.c
	if c.file == nil {
		return
	}
	s.mu.Lock()
	c.segment.active, s.writing = false, nil
	s.mu.Unlock()
	c.file.Close()
	c.file = nil
}

// broken says why there is no new segment, in the two words that the caller
// knows, and lets a disk that answers with an error rest before the next try.
func (s *Spool) broken(err error) error {
	if errors.Is(err, ErrFull) {
		return err // found by counting; it costs nothing to count again
	}
	s.c.retry = s.now().Add(retryAfter)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("%w: %w", ErrFailed, err)
}

// newKey makes the number at which the checksums of a segment begin. It is not
// known before, so a payload cannot hold something that passes for a frame when
// the frame around it is damaged; and the bytes of one segment, met in another
// through a fault of the file system, pass for nothing.
func newKey() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return be.Uint32(b[:])
}
