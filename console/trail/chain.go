package trail

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// around is how many records before and after one are computed again to show that
// it stands where it was written. The whole chain is verified by `mcr audit
// verify`: it may have millions of records, which is nothing for a page.
const around = 50

// standing is a record's place in the chain of its broker. It tells numbers and
// hashes, never what stands in a neighbour: that may be another organisation's.
type standing struct {
	Broker   string
	Number   uint64
	Hash     string // of the record, in hex
	Before   int    // neighbours whose links were computed again and hold
	After    int
	Whole    bool     // everything that was computed holds
	Findings []string // what does not
	Alone    bool     // nothing stands before it that it could be linked to
}

// place computes the links around a record again, from the documents as the store
// gives them.
func place(ctx context.Context, t audit.Trail, r *audit.Record) (standing, error) {
	s := standing{Broker: r.Broker, Number: r.Sequence}
	from := uint64(0)
	if r.Sequence > around+1 {
		from = r.Sequence - around - 2 // one more, whose hash the first link needs
	}
	entries, err := t.Entries(ctx, r.Broker, from, 2*around+2)
	if err != nil {
		return s, err
	}
	find := func(text string) { s.Findings = append(s.Findings, text) }
	var before *spool.Entry
	found := false
	for i := range entries {
		e := &entries[i]
		if e.Seq > r.Sequence+around {
			break
		}
		holds := false
		switch {
		case before != nil && e.Seq == before.Seq+1:
			_, _, erased := audit.ErasedIn(e.Payload)
			switch holds = spool.Link(before.Hash, e.Seq, e.Payload) == e.Hash; {
			case holds:
			case erased: // by itself a document that says so proves nothing
				find("The details of record " + thousands(int(e.Seq)) + " were erased. Whether a receipt of the trail names it, mcr audit verify says.")
			default:
				find("Record " + thousands(int(e.Seq)) + " does not fit the one before it: one of the two was altered.")
			}
		case before != nil:
			find("Records are missing before number " + thousands(int(e.Seq)) + ".")
		case e.Seq == 1:
			holds = spool.Link(spool.Hash{}, e.Seq, e.Payload) == e.Hash
			if !holds {
				find("The first record of the chain was altered.")
			}
		default:
			after, previous, _, _, begins := audit.GapBefore(e.Payload)
			if begins && after+1 == e.Seq {
				if holds = spool.Link(previous, e.Seq, e.Payload) == e.Hash; !holds {
					find("The first record after an accepted gap was altered.")
				}
			} else if e.Seq > from+1 {
				find("Records are missing before number " + thousands(int(e.Seq)) + ".")
			}
			s.Alone = e.Seq == r.Sequence && !begins
		}
		if e.Seq == r.Sequence {
			found = true
			s.Hash = hex.EncodeToString(e.Hash[:])
			if !same(e.Payload, r) {
				find("The record shown here is not the one that stands at its place in the chain.")
			}
		}
		switch {
		case holds && e.Seq < r.Sequence:
			s.Before++
		case holds && e.Seq > r.Sequence:
			s.After++
		}
		before = e
	}
	if !found {
		find("The chain has no record of this number.")
	}
	s.Whole = len(s.Findings) == 0
	return s, nil
}

// same says that the document at a record's place is the record that is shown.
func same(document []byte, r *audit.Record) bool {
	var there audit.Record
	if json.Unmarshal(document, &there) != nil {
		return false
	}
	there.Sequence = r.Sequence // it stands beside the document
	a, err := json.Marshal(&there)
	if err != nil {
		return false
	}
	b, err := json.Marshal(r)
	return err == nil && string(a) == string(b)
}
