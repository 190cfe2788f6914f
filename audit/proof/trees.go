package proof

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Tree is one log of the chain that is verified, against what was signed of it.
type Tree struct {
	// Organisation is whose records it holds; "" is the broker's own log, of all records.
	Organisation string
	// Signed is the checkpoint that the records must give.
	Signed signed.Checkpoint
	// Log has the entries as they were when the records were written, so that it can be said
	// which record is another one now. Nil: only that some are.
	Log *merkle.Log
}

// tree computes one log again.
type tree struct {
	Tree
	again merkle.Accumulator
	last  uint64 // number of the last record that went in
	first uint64 // the first record that is not what went into the log; 0 when there is none

	// What the log has from the leaf from on: read some at once.
	from    int64
	numbers []uint64
	entries [][32]byte
}

// kept gives what the log has at the next leaf; false when it cannot be read: the root tells.
func (t *tree) kept() (number uint64, entry [32]byte, ok bool) {
	at := t.again.Size() - t.from
	if at >= int64(len(t.numbers)) {
		var err error
		t.from, at = t.again.Size(), 0
		if t.numbers, t.entries, err = t.Log.Leaves(t.from, pieces, t.Signed.Size); err != nil || len(t.numbers) == 0 {
			return 0, entry, false
		}
	}
	return t.numbers[at], t.entries[at], true
}

// takes says whether a record belongs into the log.
func (t *tree) takes(e *spool.Entry, organisation string) bool {
	return e.Seq > t.Signed.Begun.Number && t.again.Size() < t.Signed.Size && (t.Organisation == "" || t.Organisation == organisation)
}

// put adds a piece to the trees that it belongs to.
func (w *walk) put(entries []spool.Entry, all []computed) {
	for i := range entries {
		for _, t := range w.trees {
			w.overRetired(t, entries[i].Seq)
			if !t.takes(&entries[i], all[i].organisation) {
				continue
			}
			if t.Log != nil && t.first == 0 {
				w.compare(t, &entries[i], &all[i])
			}
			t.again.Add(all[i].hash)
			t.last = entries[i].Seq
		}
	}
}

// overRetired adds to a tree what its log kept of records that were retired, up to a
// number. Whether their receipts are whole is found out along the chain.
func (w *walk) overRetired(t *tree, until uint64) {
	if t.Log == nil || len(w.receipts.retired[w.report.Broker]) == 0 || t.first != 0 {
		return
	}
	for t.again.Size() < t.Signed.Size {
		number, entry, ok := t.kept()
		if !ok || number >= until || !w.receipts.covers(w.report.Broker, number) {
			return
		}
		t.again.Add(tlog.RecordHash(entry[:]))
		t.last = number
	}
}

// compare finds the first record that is another one than when it went into the log.
func (w *walk) compare(t *tree, e *spool.Entry, l *computed) {
	number, entry, ok := t.kept()
	if !ok || number == e.Seq && entry == l.entry {
		return
	}
	t.first = e.Seq
	switch {
	case number < e.Seq:
		w.report.add(Unlogged, number, e.Seq-1, "the log %s has them, or one of them, and the store has not", t.Signed.Origin)
	case number > e.Seq:
		w.report.add(Unlogged, e.Seq, number-1, "the store has them, or one of them, and the log %s has not: put in afterwards", t.Signed.Origin)
	default:
		w.report.add(Unlogged, e.Seq, e.Seq, "it is another record than the one that went into the log %s", t.Signed.Origin)
	}
}

// endTrees compares the trees with what was signed.
func (w *walk) endTrees() {
	for _, t := range w.trees {
		c := t.Signed
		said := TreeReport{Origin: c.Origin, Organisation: t.Organisation, Size: c.Size, Root: c.Root}
		switch {
		case t.again.Size() < c.Size:
			w.report.add(Unlogged, t.last+1, c.Head.Number, "the log %s was signed with %d entries, the store gives %d: the rest was taken away, or has not been delivered yet", c.Origin, c.Size, t.again.Size())
		case t.again.Root() != c.Root:
			w.report.add(Unlogged, c.Begun.Number+1, c.Head.Number, "the store gives another root than the log %s signed at %d entries: some were altered, moved, put in or taken away", c.Origin, c.Size)
		default:
			said.Whole = true
		}
		w.report.Trees = append(w.report.Trees, said)
		for _, h := range w.receipts.heads[w.report.Broker] {
			w.grown(t, h)
		}
	}
}

// grown checks that a log still begins with the tree that a receipt names: what it proves of
// the records that were retired then, it proves today.
func (w *walk) grown(t *tree, h headSaid) {
	c := t.Signed
	if h.Log != c.Origin || h.Entries == 0 {
		return
	}
	if h.Entries > c.Size {
		w.report.add(Unlogged, h.first, h.last, "record %d of %s, the receipt of their retirement, says that the log %s had %d entries; it was signed with %d: it was rolled back",
			h.at.number, h.at.chain, c.Origin, h.Entries, c.Size)
		return
	}
	root, err := tlog.ParseHash(h.Root)
	if err == nil && h.Entries > 0 {
		switch {
		case h.Entries == c.Size && root == c.Root:
			return
		case h.Entries < c.Size && t.Log == nil:
			return // no files to tell by
		case h.Entries < c.Size:
			var p tlog.TreeProof
			if p, err = t.Log.ProveGrowth(h.Entries, tlog.Tree{N: c.Size, Hash: c.Root}); err != nil {
				w.report.add(Unlogged, h.first, h.last, "the files of the log %s are damaged: whether it holds what it held when they were retired cannot be told: %v", c.Origin, err)
				return
			}
			if tlog.CheckTree(p, c.Size, c.Root, h.Entries, root) == nil {
				return
			}
		}
	}
	w.report.add(Unlogged, h.first, h.last, "the log %s does not hold what record %d of %s, the receipt of their retirement, says that it held at %d entries: forked or rewritten",
		c.Origin, h.at.number, h.at.chain, h.Entries)
}

// TreeReport is what came of one log.
type TreeReport struct {
	Origin, Organisation string
	Size                 int64
	Root                 tlog.Hash
	Whole                bool // the records give what was signed
}

func (t TreeReport) String() string {
	if t.Whole {
		return fmt.Sprintf("the log %s gives the root that was signed: size %d, root %v", t.Origin, t.Size, t.Root)
	}
	return fmt.Sprintf("the log %s DOES NOT give the root that was signed: size %d, root %v", t.Origin, t.Size, t.Root)
}
