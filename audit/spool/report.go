package spool

// Report says what recovery found, and what reading has found since.
type Report struct {
	// Lost are the entries that were acknowledged to their writers, not yet
	// acknowledged by the reader, and can no longer be read.
	Lost []Loss
	// Torn are the commits that a crash cut short. Their writers were never told
	// that they are durable.
	Torn []Torn
	// Flaws are faults that cost no entry: an altered header, altered padding, an
	// acknowledgement that cannot be read.
	Flaws []Flaw
	// Aside are the names of the files set aside, those of earlier openings
	// included. They stay until an operator takes them away.
	Aside []string
}

// Loss is a range of numbers whose entries are gone.
type Loss struct {
	First, Last uint64
	// AtLeast says that more may be gone after Last: the damage is at the end of
	// the log, where nothing says how far it went.
	AtLeast bool
	// AtMost says that fewer may be gone: First is, and nothing tells how many
	// entries after it there were. None of these numbers is given again.
	AtMost  bool
	Segment string
}

// Torn is what is left of a commit that never ended.
type Torn struct {
	Segment string
	After   uint64 // the last whole entry before it
	Bytes   int64
}

// Flaw is a fault that cost no entry.
type Flaw struct {
	Segment string
	What    string
}

// Clean says that nothing was lost or altered. Torn commits do not count: they
// are what a loss of power is expected to leave.
func (r Report) Clean() bool { return len(r.Lost) == 0 && len(r.Flaws) == 0 }

// LostRecords counts the numbers that are lost, at most or at least where Lost says so.
func (r Report) LostRecords() (n uint64) {
	for _, l := range r.Lost {
		n += l.Last - l.First + 1
	}
	return n
}
