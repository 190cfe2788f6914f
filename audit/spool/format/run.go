package format

import "sort"

// Run is a stretch of entries without a gap. A segment has one, unless damage
// has cut it into several.
type Run struct {
	First, Last uint64 // numbers; Last < First: empty
	Off, End    int64  // in the segment
	Prev        Hash   // before First
	Anchored    bool   // Prev is known: the first entry can be verified against it
	Tail        Hash   // of Last
	marks       []Mark
}

// Mark is a place in a run to start reading at, about one in markEvery bytes.
type Mark struct {
	Seq  uint64
	Off  int64
	Time int64 // of the entry, nanoseconds since 1970; 0: not known
	Prev Hash  // that the entry links to
}

const markEvery = 32 << 10

// Add extends a run by a frame that stands at off.
func (r *Run) Add(f *Frame, off int64) {
	if len(r.marks) == 0 || off-r.marks[len(r.marks)-1].Off >= markEvery {
		r.marks = append(r.marks, Mark{Seq: f.Seq, Off: off, Time: f.Time, Prev: r.Tail})
	}
	r.Last, r.Tail, r.End = f.Seq, f.Hash, off+f.Size
}

// Mark gives the last mark at or before seq.
func (r *Run) Mark(seq uint64) Mark {
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].Seq > seq })
	if i == 0 {
		return Mark{Seq: r.First, Off: r.Off, Prev: r.Prev}
	}
	return r.marks[i-1]
}
