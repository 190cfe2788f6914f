package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Kind is what is wrong with records.
type Kind string

// The kinds.
const (
	Missing   Kind = "missing"   // the numbers are not there
	Altered   Kind = "altered"   // content and hash do not belong together
	Moved     Kind = "moved"     // the record stood elsewhere when it was written
	Unlinked  Kind = "unlinked"  // whole, but after another record than when it was written
	Duplicate Kind = "duplicate" // the number is there more than once
	Rewritten Kind = "rewritten" // the hash is another than is known from elsewhere
	Undone    Kind = "undone"    // a receipt says that it was erased or retired, and it is there
	Unlogged  Kind = "unlogged"  // not what was signed in a Merkle log
)

// Finding is one thing that is wrong, with a run of numbers.
type Finding struct {
	Kind        Kind   `json:"kind"`
	First, Last uint64 // numbers
	Detail      string `json:"detail,omitempty"`
}

// Report is what is to be said about one chain.
type Report struct {
	Broker      string
	Records     uint64 // read
	First, Last uint64 // numbers; 0 when there are none
	Hash        spool.Hash
	// Unverified counts records that could only be taken as they are, since the
	// one before them is missing.
	Unverified uint64
	// Follows is the chain that this one follows after an accepted gap, which
	// was known to go up to FollowsAt.
	Follows   string
	FollowsAt uint64
	// Erased are records whose details were erased, Retired those that were taken out of
	// the store; each is named by a receipt that is itself a whole record of the trail.
	Erased, Retired uint64
	// Elsewhere counts, by chain, those whose receipt stands in the chain of another broker:
	// they are in order if that chain is.
	Elsewhere map[string]uint64
	Findings  []Finding
	// Trees says of each Merkle log that was given whether the records give it.
	Trees []TreeReport
	// Further counts what is wrong beyond the findings listed.
	Further uint64
}

// maxFindings bounds a report: after so many nobody reads on.
const maxFindings = 1000

// OK says that nothing is wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) add(k Kind, first, last uint64, format string, args ...any) {
	if len(r.Findings) >= maxFindings {
		r.Further++
		return
	}
	r.Findings = append(r.Findings, Finding{Kind: k, First: first, Last: last, Detail: fmt.Sprintf(format, args...)})
}

// String gives the report in words.
func (r Report) String() string {
	var b strings.Builder
	if r.Records == 0 && r.OK() {
		return fmt.Sprintf("%s: no records\n", r.Broker)
	}
	fmt.Fprintf(&b, "%s: %d records, numbers %d to %d: ", r.Broker, r.Records, r.First, r.Last)
	if r.OK() {
		b.WriteString("whole and unaltered\n")
	} else {
		fmt.Fprintf(&b, "NOT IN ORDER, %d findings\n", uint64(len(r.Findings))+r.Further)
	}
	if r.Erased > 0 {
		fmt.Fprintf(&b, "  of %d of them details were erased, each under a receipt in the trail\n", r.Erased)
	}
	if r.Retired > 0 {
		fmt.Fprintf(&b, "  %d further ones were retired, each under a receipt in the trail\n", r.Retired)
	}
	for _, chain := range slices.Sorted(maps.Keys(r.Elsewhere)) {
		fmt.Fprintf(&b, "  %d of these have their receipt in %s, the chain of another broker: see whether that one is whole, and logged\n", r.Elsewhere[chain], chain)
	}
	if r.Follows != "" {
		fmt.Fprintf(&b, "  begins after a gap that was accepted: it follows %s, known up to number %d\n", r.Follows, r.FollowsAt)
	}
	for _, t := range r.Trees {
		fmt.Fprintf(&b, "  %s\n", t)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	if r.Further > 0 {
		fmt.Fprintf(&b, "  and %d further\n", r.Further)
	}
	if r.Records > 0 {
		fmt.Fprintf(&b, "  last hash %x: keep it, and give it to the next verification\n", r.Hash)
	}
	return b.String()
}

// String gives the finding in words: "records 7 to 9 are missing".
func (f Finding) String() string {
	what := map[Kind]string{
		Missing: "missing", Altered: "altered", Moved: "in the wrong place",
		Unlinked: "not linked to what stands before", Duplicate: "there more than once", Rewritten: "rewritten", Undone: "there as if no receipt named it",
		Unlogged: "not what was signed",
	}[f.Kind]
	s := fmt.Sprintf("record %d is %s", f.First, what)
	if f.Last > f.First {
		s = fmt.Sprintf("records %d to %d are %s", f.First, f.Last, what)
	}
	if f.Detail != "" {
		s += ": " + f.Detail
	}
	return s
}
