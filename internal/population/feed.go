package population

import (
	"fmt"
	"io"
)

// Feed says which of a region's feeds.
type Feed struct {
	Generation int  // 0 to Generations-1
	Whole      bool // everything as it is by then, not what is new alone
}

// Told counts what a feed told.
type Told struct {
	Patients      int // resources, as the others
	Relationships int
	Consents      int
	Bytes         int64
}

// Lines is how many lines it had.
func (t Told) Lines() int { return t.Patients + t.Relationships + t.Consents }

// Write writes a feed, one system's resources after another's.
func (r Region) Write(out io.Writer, f Feed) (Told, error) {
	if f.Generation < 0 || f.Generation >= Generations {
		return Told{}, fmt.Errorf("writing feed %d of a region: there are 0 to %d", f.Generation, Generations-1)
	}
	w := writer{region: r, feed: f, out: out, line: make([]byte, 0, full+longest)}
	for _, system := range []func(*writer, int){(*writer).patient, encounters, episodes, referrals, caseloads, (*writer).consents} {
		for i := range r.patients {
			if system(&w, i); w.err != nil {
				return w.told, fmt.Errorf("writing a region: %w", w.err)
			}
		}
	}
	w.flush()
	if w.err != nil {
		return w.told, fmt.Errorf("writing a region: %w", w.err)
	}
	return w.told, nil
}

const (
	full    = 64 << 10 // bytes that are written at once
	longest = 4 << 10  // of a line
)

// writer writes the lines of a feed.
type writer struct {
	region Region
	feed   Feed
	out    io.Writer
	line   []byte // what is not written yet
	told   Told
	err    error
}

// tells says whether the feed tells of something, and in which version.
func (w *writer) tells(h history, r rates, most int) (version, since int, tells bool) {
	version, since, there, now := h.told(r, w.feed.Generation, most)
	return version, since, now || there && w.feed.Whole
}

// end ends a line, and counts it.
func (w *writer) end(count *int) {
	w.line = append(w.line, '\n')
	*count++
	if len(w.line) >= full {
		w.flush()
	}
}

func (w *writer) flush() {
	if w.err == nil {
		var n int
		n, w.err = w.out.Write(w.line)
		w.told.Bytes += int64(n)
	}
	w.line = w.line[:0]
}
