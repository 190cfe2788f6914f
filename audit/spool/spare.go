package spool

import "fmt"

// prepared is a file full of zeros that waits to become a segment.
//
// Writing the zeros first costs each byte twice, away from the request, and
// makes a commit cheap: the blocks are there and initialised, so fdatasync has
// one device flush to do and no journal of the file system to write. Measured
// here (ext4, virtio): a commit of 32 KiB takes 0.23 ms in such a file and
// 0.40 ms to 0.47 ms in one that grows or was only fallocated. Segments are not
// reused: with a holding time they come free long after the next is needed, and
// stale frames would be there to be mistaken for new ones.
type prepared struct {
	file File
	name string
	err  error
}

// prepare makes the file for the segment with the given ordinal.
func (s *Spool) prepare(ordinal uint32) prepared {
	if err := s.makeRoom(); err != nil {
		return prepared{err: err}
	}
	p := prepared{name: fmt.Sprintf("%08x", ordinal) + tempEnd}
	if p.file, p.err = s.fs.Create(s.path(p.name)); p.err == nil {
		p.err = fill(p.file, s.opt.SegmentBytes)
	}
	if p.err != nil {
		p.err = fmt.Errorf("preparing segment: %w", p.err)
		if p.file != nil {
			p.file.Close()
			p.file = nil
		}
		_ = s.fs.Remove(s.path(p.name))
		s.reserve(-s.opt.SegmentBytes)
	}
	return p
}

// fill writes zeros and makes them durable.
func fill(f File, size int64) error {
	b := make([]byte, min(size, 256<<10))
	for off := int64(0); off < size; off += int64(len(b)) {
		if _, err := f.WriteAt(b[:min(int64(len(b)), size-off)], off); err != nil {
			return err
		}
	}
	return f.Sync()
}

// prepareSpare makes the next file in the background.
func (s *Spool) prepareSpare() {
	if s.opt.inline {
		return
	}
	ch := make(chan prepared, 1)
	s.c.spare = ch
	ordinal := s.c.ordinal + 1
	go func() { ch <- s.prepare(ordinal) }()
}

// takeSpare gives the file made in the background, waiting for it. Why there is
// none does not matter: it is tried again, and that error is today's.
func (s *Spool) takeSpare() prepared {
	if s.c.spare == nil {
		return prepared{}
	}
	p := <-s.c.spare
	s.c.spare = nil
	return p
}

// discardSpare removes it; what is left of it is removed at the next Open.
func (s *Spool) discardSpare() {
	if p := s.takeSpare(); p.file != nil {
		p.file.Close()
		_ = s.fs.Remove(s.path(p.name))
	}
}
