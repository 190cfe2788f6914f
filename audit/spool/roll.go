package spool

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"github.com/mycarerecord/mcr/audit/spool/format"
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
	t := format.Title{Base: s.next, Ordinal: c.ordinal, Key: newKey(), Version: format.Version}
	err := s.install(p, t)
	if err != nil {
		p.file.Close()
		// What is left of it is removed at the next Open, if not now.
		_ = s.fs.Remove(s.path(p.name))
		_ = s.fs.Remove(s.path(t.Name()))
		s.reserve(-s.opt.SegmentBytes)
		return s.broken(err)
	}
	g := &segment{Title: t, file: t.Name(), size: s.opt.SegmentBytes, limit: never, newest: now, active: true}
	g.runs = []format.Run{{First: t.Base, Last: t.Base - 1, Off: format.Page, End: format.Page, Prev: s.tail, Anchored: true, Tail: s.tail}}
	c.file, c.segment, c.off = p.file, g, format.Page
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
func (s *Spool) install(p prepared, t format.Title) error {
	s.c.segment = &segment{Title: t, size: s.opt.SegmentBytes}
	s.c.off = format.Page
	s.encode(s.c.again)
	head := format.AppendHeader(nil, t, s.opt.SegmentBytes, &s.tail, s.now())
	if _, err := p.file.WriteAt(append(head, s.c.buf...), 0); err != nil {
		return fmt.Errorf("writing segment header: %w", err)
	}
	if err := p.file.Sync(); err != nil {
		return fmt.Errorf("writing segment header: %w", err)
	}
	if err := s.fs.Rename(s.path(p.name), s.path(t.Name())); err != nil {
		return fmt.Errorf("naming segment: %w", err)
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		return fmt.Errorf("naming segment: %w", err)
	}
	// What bears the name in a folder that was put in the place of ours is no file of ours.
	if err := s.fs.InPlace(p.file, s.path(t.Name()), s.opt.SegmentBytes); err != nil {
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
	return binary.BigEndian.Uint32(b[:])
}
