package spool

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// recovered is the state of a directory as it was found.
type recovered struct {
	segments []*segment
	ack      ack
	acked    uint64
	last     uint64 // highest entry that can be read
	next     uint64 // number of the next entry
	tail     Hash   // hash that the next entry links to
	hash     Hash   // of last
	ordinal  uint32 // highest in use
	aside    int64  // bytes set aside
	report   Report
	filled   int64 // length of the last segment without the zeros at its end; 0: not to be cut
	guessed  bool  // next is a bound

	// again are the payloads of the last commit found, whose first number is next.
	// A process that ended between its write and its sync, or after a sync that
	// failed, leaves a commit that can be read, from memory, and is not on the
	// disk; and the system may think that it is, so that another sync does
	// nothing. So it is written once more, into the new segment.
	again [][]byte
}

// recoverDir reads the directory. It destroys nothing that holds a byte of an
// entry: only files prepared ahead are removed.
func recoverDir(fs FS, dir string) (*recovered, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, fmt.Errorf("listing segments: %w", err)
	}
	v := &recovered{}
	if names, err = v.settle(fs, dir, names); err != nil {
		return nil, fmt.Errorf("settling packed segments: %w", err)
	}
	for _, name := range names {
		t, aside, ok := format.ParseTitle(name)
		switch {
		case ok:
			v.segments = append(v.segments, &segment{Title: t, file: name, aside: aside, limit: math.MaxUint64})
			v.ordinal = max(v.ordinal, t.Ordinal)
			if aside {
				v.report.Aside = append(v.report.Aside, name)
			}
		case strings.HasSuffix(name, tempEnd):
			// One that stays takes room until it is written over, or removed next time.
			if err := fs.Remove(filepath.Join(dir, name)); err != nil {
				v.report.Flaws = append(v.report.Flaws, Flaw{name, fmt.Sprintf("a file prepared ahead could not be removed: %v", err)})
			}
		}
	}
	slices.Sort(v.report.Aside)
	slices.SortFunc(v.segments, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(a.Base, b.Base), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	for i := range v.segments[:max(len(v.segments)-1, 0)] {
		v.segments[i].limit = v.segments[i+1].Base - 1
	}
	if err := v.bound(fs, dir); err != nil {
		return nil, err
	}
	if err := v.readAck(fs, dir); err != nil {
		return nil, err
	}
	if n := len(v.segments); n > 0 {
		if g := v.segments[n-1]; g.Ordinal == v.ack.ended && v.ack.reached >= g.Base-1 {
			g.limit = v.ack.reached // closed in order: nothing came after
		}
	}
	if err := v.readSegments(fs, dir); err != nil {
		return nil, err
	}
	v.report.Lost = losses(v.segments, v.acked+1, v.next+uint64(len(v.again)))
	// Of a log that was closed in order it is known how far it went.
	closed := len(v.segments) > 0 && v.segments[len(v.segments)-1].limit != never
	if n := len(v.report.Lost); n > 0 && v.report.Lost[n-1].Last > v.last && !closed {
		last := &v.report.Lost[n-1]
		last.AtLeast, last.AtMost = !v.guessed, v.guessed
	}
	return v, nil
}

// readAck finds how far the reader had come.
func (v *recovered) readAck(fs FS, dir string) error {
	a, state, err := loadAck(fs, dir)
	if err != nil {
		return err
	}
	if state != ackThere && len(v.segments) > 0 {
		// Everything is delivered once more. Segments are deleted only after the
		// acknowledgement is durable, so a log that starts at 1 is whole.
		a.seq = v.segments[0].Base - 1
		a.reached = a.seq
	}
	v.ack, v.acked = a, a.seq
	if state == ackUnreadable || state == ackMissing && a.seq > 0 {
		v.report.Flaws = append(v.report.Flaws, Flaw{ackNames[0], fmt.Sprintf(
			"neither copy of the acknowledgement can be read: what is here is delivered again, "+
				"and nothing tells whether the %d entries before it had been delivered", a.seq)})
	}
	return nil
}

// losses walks over what can be read and gives the numbers that are missing from
// expect on, up to the one before next.
func losses(segments []*segment, expect, next uint64) []Loss {
	var lost []Loss
	holder := ""
	for _, g := range segments {
		for _, r := range g.runs {
			if r.Last < r.First || r.Last < expect {
				continue
			}
			if r.First > expect {
				if r.First > g.Base {
					holder = g.file
				}
				lost = append(lost, Loss{First: expect, Last: r.First - 1, Segment: holder})
			}
			expect = r.Last + 1
		}
		holder = ""
		if g.limit >= expect && g.limit >= g.Base {
			holder = g.file
		}
	}
	if next > expect {
		lost = append(lost, Loss{First: expect, Last: next - 1, Segment: holder})
	}
	return lost
}

// flaw notes a fault that cost no entry.
func (v *recovered) flaw(g *segment, what string) {
	v.report.Flaws = append(v.report.Flaws, Flaw{g.file, what})
}
