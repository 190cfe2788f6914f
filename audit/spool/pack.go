package spool

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit/spool/format"
	"github.com/mycarerecord/mcr/audit/spool/packed"
)

// pack puts a packed file in the place of the segment g, which is no longer written to
// and has a successor. At each moment one of the two is whole and durable under its name:
//
//  1. the segment is read, and each entry in it verified;
//  2. the packed file is written under another name and synced;
//  3. it is read back, unpacked and compared with the segment, byte for byte;
//  4. it gets its name, and the directory is synced;
//  5. the segment is removed, and the directory is synced.
//
// What a crash leaves between 4 and 5 is settled at the next Open.
func (s *Spool) pack(g *segment) (err error) {
	b, from, err := s.packable(g)
	if err != nil {
		return err
	}
	temp := from.file + format.PackedEnd + tempEnd
	f, err := s.fs.Create(s.path(temp))
	if err != nil {
		return err
	}
	named := false
	defer func() {
		err = errors.Join(err, f.Close())
		s.packs(0)
		if !named {
			_ = s.fs.Remove(s.path(temp)) // what is left of it is removed at the next Open
		}
	}()
	image := packed.Image{Title: from.Title, Limit: from.limit, Bytes: b, Block: s.opt.block}
	size, err := s.writePacked(f, image)
	if err != nil {
		return err
	}
	if err := s.compare(f, from.file, image); err != nil {
		return err
	}
	named, err = s.exchange(g, from.file, temp, size)
	return err
}

// packable reads the segment and makes sure that its entries are whole and that the disk
// has room for a second copy of it beside the segment that is made next.
func (s *Spool) packable(g *segment) ([]byte, *segment, error) {
	s.mu.Lock()
	from := &segment{Title: g.Title, file: g.file, limit: g.limit}
	first := g.runs[0]
	need := uint64(g.size + s.opt.SegmentBytes + s.opt.MinFreeBytes)
	s.mu.Unlock()
	free, err := s.fs.Free(s.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("asking for free space: %w", err)
	}
	if free < need {
		return nil, nil, fmt.Errorf("%w: %d bytes are free on the volume, packing needs %d", ErrFull, free, need)
	}
	b, err := load(s.fs, s.dir, from, nil, true)
	if err != nil {
		return nil, nil, err
	}
	before := &first.Prev
	if !first.Anchored {
		before = nil
	}
	found := format.Scan(b, from.Title, from.limit, before)
	if format.Judge(b, found, from.Title, from.limit, from.limit).Damaged || found.Runs[len(found.Runs)-1].Last < from.limit {
		return nil, nil, fmt.Errorf("%w: segment %s", ErrDamaged, from.file)
	}
	return b, from, nil
}

// writePacked writes the packed file and syncs it.
func (s *Spool) writePacked(f File, image packed.Image) (int64, error) {
	size, err := packed.Write(f, s.opt.Codec, image, func(written int64, took time.Duration) error {
		s.packs(written)
		return s.restAfter(took)
	})
	if err != nil {
		return 0, err
	}
	s.packs(size)
	return size, f.Sync()
}

// compare reads a packed file back and unpacks it, as every later reader does.
func (s *Spool) compare(f File, name string, image packed.Image) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	how, err := packed.Differs(f, size, name+format.PackedEnd, s.opt.Codec, image, s.restAfter)
	if err == nil && how != "" {
		return fmt.Errorf("%w: what was packed of %s %s", ErrDamaged, name, how)
	}
	return err
}

// restAfter rests for three times as long as a block took: packing has all the time until
// the next segment is full, and the processor belongs to requests.
func (s *Spool) restAfter(took time.Duration) error { return s.rest(3 * took) }

// exchange gives the packed file its name and removes the segment, unless that has been
// deleted or set aside in the meantime. named says that the file has left its first name.
func (s *Spool) exchange(g *segment, file, temp string, size int64) (named bool, err error) {
	s.cleanMu.Lock()
	defer s.cleanMu.Unlock()
	s.mu.Lock()
	there := slices.Contains(s.segments, g) && g.file == file
	s.mu.Unlock()
	if !there {
		return false, nil
	}
	name := file + format.PackedEnd
	if err = s.fs.Rename(s.path(temp), s.path(name)); err != nil {
		return false, err
	}
	if err = s.fs.SyncDir(s.dir); err != nil {
		// The segment stays as it is. Nobody knows whether the name would last; if it
		// does, the next Open finds both, each whole.
		_ = s.fs.Remove(s.path(name))
		return true, err
	}
	s.mu.Lock()
	g.file, g.packed = name, size
	s.mu.Unlock()
	if err = s.fs.Remove(s.path(file)); err == nil {
		err = s.fs.SyncDir(s.dir)
	}
	return true, err
}
