package spool

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"time"
)

// readSegments scans every segment that has an entry to deliver, and the last
// two, which say how the chain goes on. Of the others only the first page is
// read; their entries are verified when they are read.
func (v *recovered) readSegments(fs FS, dir string) error {
	v.next = 1
	before := new(Hash) // of the entry v.next-1; nil when it is not known
	var b []byte
	var trusted *segment // the one before, if it was not read
	for i, g := range v.segments {
		if g.base != v.next {
			before = nil
		}
		whole := g.limit > v.acked || i >= len(v.segments)-2
		var err error
		if b, err = load(fs, dir, g, b, whole); err != nil {
			return err
		}
		prev, begun, ok := parseHeader(b, g.title)
		if trusted != nil && ok {
			trusted.newest = begun // no entry of it is newer than its successor
		}
		if trusted = nil; !whole {
			if ok {
				g.trust(prev, begun)
				trusted = g
				v.next, before = g.limit+1, nil
				continue
			}
			if b, err = load(fs, dir, g, b, true); err != nil {
				return err
			}
		}
		if before, err = v.examine(fs, dir, g, b, before); err != nil {
			return err
		}
	}
	for _, g := range v.segments {
		v.last = max(v.last, g.last())
		if g.aside {
			v.aside += g.disk()
		}
	}
	if v.acked >= v.next {
		v.report.Flaws = append(v.report.Flaws, Flaw{"", fmt.Sprintf(
			"the log ends at %d and %d was acknowledged: its end is gone", v.next-1, v.acked)})
		v.next, v.again = v.acked+1, nil
	}
	if before != nil {
		v.tail, v.hash = *before, *before
		v.takeAgain(b)
	} else {
		v.report.Flaws = append(v.report.Flaws, Flaw{"", "the end of the chain is gone: it begins anew"})
	}
	return nil
}

// trust takes the whole range of the segment for one run, unread.
func (g *segment) trust(prev Hash, begun time.Time) {
	g.newest = begun
	g.runs = []run{{first: g.base, last: g.limit, off: page, end: g.size, prev: prev, anchored: true}}
}

// examine scans a segment, sets it aside if it is damaged, and gives the hash
// that the entry after it links to, if that is known.
func (v *recovered) examine(fs FS, dir string, g *segment, b []byte, before *Hash) (*Hash, error) {
	s := scan(b, g.title, g.limit, before)
	d := judge(b, s, g.limit)
	g.runs, g.newest = d.runs, s.newest
	last := g.limit == math.MaxUint64
	switch {
	case !s.header:
		v.flaw(g, "the header is damaged")
	case before != nil && *before != s.prev:
		v.flaw(g, "it does not link to the segment before it")
	case s.stray:
		v.flaw(g, "bytes between entries were altered")
	}
	if d.torn > 0 {
		v.report.Torn = append(v.report.Torn, Torn{g.file, g.last(), d.torn})
	}
	if d.damaged || !last && g.last() < g.limit {
		name, err := setAside(fs, dir, g)
		if err != nil {
			return nil, err
		}
		if !g.aside {
			v.report.Aside = append(v.report.Aside, name)
		}
		g.file, g.aside = name, true
	} else if rest := up(max(s.end, page), page); last && g.size > rest {
		if err := cut(fs, filepath.Join(dir, g.file), rest); err != nil {
			return nil, err
		}
		g.size = rest
	}
	v.next = max(v.next, g.last()+1, d.claimed+1)
	if !last {
		v.next = g.limit + 1
	}
	end := g.runs[len(g.runs)-1]
	if !last && g.last() < g.limit || end.last < end.first && !end.anchored {
		return nil, nil // what stood before the next entry is not there
	}
	return &end.tail, nil
}

// setAside gives a damaged segment another name, under which it stays readable
// as far as it can be read, and is never deleted.
func setAside(fs FS, dir string, g *segment) (string, error) {
	if g.aside {
		return g.file, nil
	}
	name := g.file + damagedEnd
	if err := fs.Rename(filepath.Join(dir, g.file), filepath.Join(dir, name)); err != nil {
		return "", fmt.Errorf("setting segment %s aside: %w", g.file, err)
	}
	if err := fs.SyncDir(dir); err != nil {
		return "", fmt.Errorf("setting segment %s aside: %w", g.file, err)
	}
	return name, nil
}

// load reads the whole of a segment, or its first page, into b.
func load(fs FS, dir string, g *segment, b []byte, whole bool) ([]byte, error) {
	f, err := fs.Open(filepath.Join(dir, g.file))
	if err != nil {
		return nil, fmt.Errorf("opening segment %s: %w", g.file, err)
	}
	if p, ok := f.(*packedFile); ok {
		g.packed = p.size
	}
	b, err = readFile(f, b, whole, &g.size)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("reading segment %s: %w", g.file, err)
	}
	return b, nil
}

func readFile(f File, b []byte, whole bool, size *int64) ([]byte, error) {
	n, err := f.Size()
	if err != nil {
		return nil, err
	}
	*size = n
	if n > 2*maxSegment {
		return nil, fmt.Errorf("%d bytes are too many for a segment", n)
	}
	if !whole {
		n = min(n, page)
	}
	b = slices.Grow(b[:0], int(n))[:n]
	// An error of the disk is not damage: whoever reads may try again.
	if got, err := f.ReadAt(b, 0); err != nil && !(err == io.EOF && got == len(b)) {
		return nil, err
	}
	return b, nil
}

// cut shortens a file that ends in zeros.
func cut(fs FS, name string, size int64) error {
	f, err := fs.Edit(name)
	if err != nil {
		return fmt.Errorf("cutting off zeros: %w", err)
	}
	if err = f.Truncate(size); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cutting off zeros: %w", err)
	}
	return nil
}
