package spool

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"github.com/mycarerecord/mcr/audit/spool/format"
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
		if g.Base != v.next {
			before = nil
		}
		whole := g.limit > v.acked || i >= len(v.segments)-2
		var err error
		if b, err = load(fs, dir, g, b, whole); err != nil {
			return err
		}
		head, ok := format.ParseHeader(b, g.Title)
		if trusted != nil && ok {
			trusted.newest = head.Begun // no entry of it is newer than its successor
		}
		if trusted = nil; !whole {
			if ok {
				g.trust(head)
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
	if v.ack.reached >= v.next {
		v.report.Flaws = append(v.report.Flaws, Flaw{"", fmt.Sprintf(
			"the log ends at %d and had come to %d: its end is gone", v.next-1, v.ack.reached)})
		v.next, v.guessed = v.ack.reached+1, false
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
func (g *segment) trust(h format.Header) {
	g.newest = h.Begun
	g.runs = []format.Run{{First: g.Base, Last: g.limit, Off: format.Page, End: g.size, Prev: h.Prev, Anchored: true}}
}

// examine scans a segment, sets it aside if it is damaged, and gives the hash
// that the entry after it links to, if that is known.
func (v *recovered) examine(fs FS, dir string, g *segment, b []byte, before *Hash) (*Hash, error) {
	s := format.Scan(b, g.Title, g.limit, before)
	d := format.Judge(b, s, g.Title, g.limit, v.ack.reached)
	g.runs, g.newest = d.Runs, s.Newest
	last := g.limit == math.MaxUint64
	switch {
	case !s.Whole:
		v.flaw(g, "the header is damaged")
	case before != nil && *before != s.Prev:
		v.flaw(g, "it does not link to the segment before it")
	case s.Stray:
		v.flaw(g, "bytes between entries were altered")
	case last && s.Short:
		v.flaw(g, "the end of the file was cut off")
	}
	if d.Torn > 0 {
		v.report.Torn = append(v.report.Torn, Torn{g.file, g.last(), d.Torn})
	}
	if d.Damaged || !last && g.last() < g.limit {
		setAside(fs, dir, g, &v.report)
	} else if i := len(v.segments) - 1; g == v.segments[i] {
		v.filled = format.Up(max(s.End, format.Page), format.Page)
	}
	v.next = max(v.next, g.last()+1, d.Claimed+1)
	v.guessed = v.next > g.last()+1 && d.Guessed
	if !last {
		v.next = g.limit + 1
	}
	end := g.runs[len(g.runs)-1]
	if !last && g.last() < g.limit || end.Last < end.First && !end.Anchored {
		return nil, nil // what stood before the next entry is not there
	}
	return &end.Tail, nil
}

// setAside gives a damaged segment another name, under which it stays readable
// as far as it can be read, and is never deleted. Where the disk does not allow
// that it keeps its name until the next opening looks at it again.
func setAside(fs FS, dir string, g *segment, r *Report) {
	if g.aside {
		return
	}
	name := g.file + format.DamagedEnd
	err := fs.Rename(filepath.Join(dir, g.file), filepath.Join(dir, name))
	if err == nil {
		g.file = name
		err = fs.SyncDir(dir)
	}
	if err != nil {
		r.Flaws = append(r.Flaws, Flaw{g.file, fmt.Sprintf("it is damaged and could not be set aside: %v", err)})
	}
	g.aside = true
	r.Aside = append(r.Aside, g.file)
}

// load reads the whole of a segment, or its first page, into b.
func load(fs FS, dir string, g *segment, b []byte, whole bool) ([]byte, error) {
	f, err := fs.Open(filepath.Join(dir, g.file))
	if err != nil {
		return nil, fmt.Errorf("opening segment %s: %w", g.file, err)
	}
	defer f.Close()
	if p, ok := f.(*packedFile); ok {
		g.packed = p.image.Stored()
	}
	if b, err = readFile(f, b, whole, &g.size); err != nil {
		return nil, fmt.Errorf("reading segment %s: %w", g.file, err)
	}
	g.Version = format.VersionOf(b, g.Title)
	return b, nil
}

func readFile(f File, b []byte, whole bool, size *int64) ([]byte, error) {
	n, err := f.Size()
	if err != nil {
		return nil, err
	}
	*size = n
	if n > 2*format.MaxSegment {
		return nil, fmt.Errorf("%d bytes are too many for a segment", n)
	}
	if !whole {
		n = min(n, format.Page)
	}
	b = slices.Grow(b[:0], int(n))[:n]
	// An error of the disk is not damage: whoever reads may try again.
	if got, err := f.ReadAt(b, 0); err != nil && !(errors.Is(err, io.EOF) && got == len(b)) {
		return nil, err
	}
	return b, nil
}
