package spool

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"slices"
	"time"
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
	temp := from.file + packedEnd + tempEnd
	f, err := s.fs.Create(s.path(temp))
	if err != nil {
		return err
	}
	named := false
	defer func() {
		err = errors.Join(err, f.Close())
		s.packs(0)
		if !named {
			s.fs.Remove(s.path(temp)) // what is left of it is removed at the next Open
		}
	}()
	size, err := s.writePacked(f, from, b)
	if err != nil {
		return err
	}
	if err := s.compare(f, from, b); err != nil {
		return err
	}
	named, err = s.exchange(g, from.file, temp, size)
	return err
}

// packable reads the segment and makes sure that its entries are whole and that the disk
// has room for a second copy of it beside the segment that is made next.
func (s *Spool) packable(g *segment) ([]byte, *segment, error) {
	s.mu.Lock()
	from := &segment{title: g.title, file: g.file, limit: g.limit}
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
	before := &first.prev
	if !first.anchored {
		before = nil
	}
	found := scan(b, from.title, from.limit, before)
	if judge(b, found, from.title, from.limit, from.limit).damaged || found.runs[len(found.runs)-1].last < from.limit {
		return nil, nil, fmt.Errorf("%w: segment %s", ErrDamaged, from.file)
	}
	return b, from, nil
}

// writePacked writes the packed file and syncs it. After each block it rests for three
// times as long as that took: packing has all the time until the next segment is full,
// and the processor belongs to requests.
func (s *Spool) writePacked(f File, from *segment, b []byte) (int64, error) {
	h := packHead{title: from.title, codec: s.opt.Codec.Name(), limit: from.limit, image: int64(len(b)), block: s.opt.block}
	off := headSize(int(count(h.image, h.block)))
	var packed []byte
	for i := range int(count(h.image, h.block)) {
		began := time.Now()
		start, end := h.span(i)
		packed = s.opt.Codec.Append(packed[:0], b[start:end])
		if _, err := f.WriteAt(packed, off); err != nil {
			return 0, err
		}
		h.blocks = append(h.blocks, packedBlock{
			size: int64(len(packed)), crc: crc32.Update(h.key, castagnoli, packed), before: crc32.Update(h.key, castagnoli, b[start:end]),
		})
		off += int64(len(packed))
		s.packs(off)
		if err := s.rest(3 * time.Since(began)); err != nil {
			return 0, err
		}
	}
	head := h.append(nil)
	if _, err := f.WriteAt(head, off); err != nil {
		return 0, err
	}
	if _, err := f.WriteAt(head, 0); err != nil {
		return 0, err
	}
	s.packs(off + int64(len(head)))
	return off + int64(len(head)), f.Sync()
}

// compare reads a packed file back and unpacks it, as every later reader does.
func (s *Spool) compare(f File, from *segment, b []byte) error {
	p, err := openPacked(f, from.file+packedEnd, s.opt.Codec)
	if err != nil {
		return err
	}
	if !p.whole || p.head.image != int64(len(b)) {
		return fmt.Errorf("%w: what was packed of %s cannot be read back", ErrDamaged, from.file)
	}
	part := make([]byte, max(s.opt.block, page))
	for i := range p.head.blocks {
		began := time.Now()
		start, end := p.head.span(i)
		if _, err := p.ReadAt(part[:end-start], start); err != nil {
			return err
		}
		if !p.good || !bytes.Equal(part[:end-start], b[start:end]) {
			return fmt.Errorf("%w: what was packed of %s unpacks to something else", ErrDamaged, from.file)
		}
		if err := s.rest(3 * time.Since(began)); err != nil {
			return err
		}
	}
	return nil
}

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
	name := file + packedEnd
	if err = s.fs.Rename(s.path(temp), s.path(name)); err != nil {
		return false, err
	}
	if err = s.fs.SyncDir(s.dir); err != nil {
		// The segment stays as it is. Nobody knows whether the name would last.
		s.fs.Remove(s.path(name))
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

// settle looks for segments that have two files, which is what a crash leaves of packing,
// and gives the names of one for each. A packed file that is whole is the verified copy of
// a segment whose every entry was: the segment is removed. One that is not is set aside.
func (v *recovered) settle(fs FS, dir string, names []string) ([]string, error) {
	best := map[title]string{}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b)) })
	kept := names[:0]
	for _, name := range names {
		t, aside, ok := parseTitle(name)
		other, twice := best[t]
		switch {
		case !ok || !twice:
			kept = append(kept, name)
			if ok {
				best[t] = name
			}
		case aside:
			v.report.Aside = append(v.report.Aside, name)
		default:
			stays, err := v.choose(fs, dir, other, name)
			if err != nil {
				return nil, fmt.Errorf("%s and %s: %w", other, name, err)
			}
			best[t] = stays
			kept[slices.Index(kept, other)] = stays
		}
	}
	return kept, nil
}

// rank orders the files that a segment may have: the segment, a packed one, those set aside.
func rank(name string) int {
	_, aside, _ := parseTitle(name)
	n := 0
	if isPacked(name) {
		n = 1
	}
	if aside {
		n += 2
	}
	return n
}

// choose gives the one of the two files of a segment that stays.
func (v *recovered) choose(fs FS, dir, plain, packed string) (string, error) {
	f, err := fs.Open(filepath.Join(dir, packed))
	if err != nil {
		return "", err
	}
	sound, err := f.(*packedFile).sound()
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if !sound {
		setAside(fs, dir, &segment{file: packed}, &v.report)
		return plain, nil
	}
	if err := fs.SyncDir(dir); err != nil { // its name must be there before the other goes
		return "", err
	}
	return packed, fs.Remove(filepath.Join(dir, plain))
}

// bound finds where the last segment ends, if it is packed: it had a successor then, so
// whatever is missing up to there is lost, not torn.
func (v *recovered) bound(fs FS, dir string) error {
	if len(v.segments) == 0 || !isPacked(v.segments[len(v.segments)-1].file) {
		return nil
	}
	g := v.segments[len(v.segments)-1]
	f, err := fs.Open(filepath.Join(dir, g.file))
	if err != nil {
		return fmt.Errorf("opening segment %s: %w", g.file, err)
	}
	if p := f.(*packedFile); p.head.limit != 0 {
		g.limit = p.head.limit
	}
	return f.Close()
}
