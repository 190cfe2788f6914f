package spool

import (
	"github.com/mycarerecord/mcr/audit/spool/format"
)

// recentBytes is what is kept in memory of the newest entries, twice at most.
const recentBytes = 2 << 20

// recent are the newest durable entries, as they were written. Several read each entry within a moment
// of its commit: what the file system would give them is what was just given to it, at the cost of
// reading it and of all its checksums for each of them. Whoever comes later reads the file, and so
// does the packer, which verifies every entry once more.
type recent struct {
	old, young []Entry // in order, without a gap
	bytes      int     // of the young ones
}

// add takes the entries of a commit. Their payloads are the appenders' own, and are copied.
func (r *recent) add(frames []format.Frame) {
	size := 0
	for i := range frames {
		size += len(frames[i].Payload)
	}
	if r.bytes+size > recentBytes {
		r.old, r.young, r.bytes = r.young, nil, 0
	}
	copies := make([]byte, 0, size)
	for i := range frames {
		f := &frames[i]
		from := len(copies)
		copies = append(copies, f.Payload...)
		r.young = append(r.young, Entry{Seq: f.Seq, Hash: f.Hash, Payload: copies[from:len(copies):len(copies)]})
		f.Payload = nil
	}
	r.bytes += size
}

// after gives up to limit entries after a number, if the first of them is here: as many as there are, as
// readers of the files do.
func (r *recent) after(number uint64, limit int) (out []Entry) {
	for _, part := range [...][]Entry{r.old, r.young} {
		if len(part) == 0 || number+1 < part[0].Seq || number >= part[len(part)-1].Seq {
			continue
		}
		from := int(number + 1 - part[0].Seq)
		out = append(out, part[from:min(len(part), from+limit-len(out))]...)
		number = out[len(out)-1].Seq
	}
	return out
}

// lately gives entries from memory; none where the files have to be read, or do not have the first of
// them any more.
func (s *Spool) lately(after uint64, limit int) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, r := find(s.segments, after+1); s.closing || g == nil || r.First > after+1 {
		return nil
	}
	return s.recent.after(after, limit)
}
