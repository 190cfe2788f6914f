package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/policy"
	"golang.org/x/mod/sumdb/tlog"
)

// What can be wrong with a proof whose file can be read. policy.ErrNotGood is a third: its
// checkpoint is not good.
var (
	// ErrNotProved says that the record does not stand in the log at that place: the record,
	// the index or the hashes were altered, or belong to another proof.
	ErrNotProved = errors.New("it is not proved")
	// ErrNoRecord says that the file bears no record, and none was given.
	ErrNoRecord = errors.New("which record is proved is not said")
)

// Result is what a file proves.
type Result struct {
	policy.Verdict
	Index int64
	// Record is the document that is proved; empty when the file bears only its entry and no
	// document was given.
	Record []byte
	Entry  [32]byte
}

// Check says what a proof proves by a policy, or what is wrong, in words. record is the
// document when it was had otherwise than with the file; it must then be the one in the
// file, if the file bears one. Every error wraps one of ErrNotProved, ErrNoRecord and
// policy.ErrNotGood; with an error nothing is proved.
func Check(p Proof, by *policy.Policy, record []byte) (Result, error) {
	r := Result{Index: p.Index, Record: record}
	switch {
	case len(p.Extra) == len(r.Entry):
		r.Entry = [32]byte(p.Extra)
		if record != nil && audit.LeafEntry(record) != r.Entry {
			return r, fmt.Errorf("%w: the record that was given is not the one that the file is about", ErrNotProved)
		}
	case len(p.Extra) > 0:
		if record != nil && !bytes.Equal(record, p.Extra) {
			return r, fmt.Errorf("%w: the record that was given is not the one in the file", ErrNotProved)
		}
		r.Record, r.Entry = p.Extra, audit.LeafEntry(p.Extra)
	case record != nil:
		r.Entry = audit.LeafEntry(record)
	default:
		return r, fmt.Errorf("%w: the file has no extra line: give the record too", ErrNoRecord)
	}
	var err error
	if r.Verdict, err = by.Judge(p.Checkpoint); err != nil {
		return r, err
	}
	c := r.Checkpoint
	if p.Index >= c.Size {
		return r, fmt.Errorf("%w: the file says entry %d, and the checkpoint is of a log with %d entries", ErrNotProved, p.Index, c.Size)
	}
	if tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, tlog.RecordHash(r.Entry[:])) != nil {
		return r, fmt.Errorf("%w: the checkpoint is good, but this record is not entry %d of its log: the record, the index or the "+
			"hashes were altered, or belong to another proof", ErrNotProved, p.Index)
	}
	return r, nil
}

// String says in words what is proved.
func (r Result) String() string {
	var b strings.Builder
	c := r.Checkpoint
	fmt.Fprintf(&b, "Proved: the record is entry %d of the log %s, which had %d entries.\n", r.Index, c.Origin, c.Size)
	fmt.Fprintf(&b, "  The log signed this: size %d, root %v.\n", c.Size, c.Root)
	for _, by := range r.Cosignatures {
		fmt.Fprintf(&b, "  %s (%s) cosigned it on %s.\n", by.Witness, by.Key, by.At.Format("Monday 2 January 2006 at 15:04:05 UTC"))
	}
	if len(r.Cosignatures) == 0 {
		b.WriteString("  No witness of the policy cosigned it: that it is the same log for everybody rests on the log alone.\n")
	}
	fmt.Fprintf(&b, "  The policy asks for %s.", r.Quorum)
	if len(r.Lacking) > 0 {
		fmt.Fprintf(&b, " These did not cosign: %s.", strings.Join(r.Lacking, ", "))
	}
	b.WriteString("\n")
	if c.Tied {
		fmt.Fprintf(&b, "  The log covers the records of %s after number %d up to number %d, whose hash in the chain is %x.\n",
			c.Chain, c.Begun.Number, c.Head.Number, c.Head.Hash)
	}
	if len(r.Record) == 0 {
		fmt.Fprintf(&b, "  The file bears no record, but its entry alone: %x. Give the record with --record to see that it is this one.\n", r.Entry)
	}
	return b.String()
}
