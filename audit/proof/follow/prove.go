package follow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/evidence"
	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/signed"
)

// Why a record has no proof.
var (
	// ErrNoLog says that the data folder has no log of that chain or organisation.
	ErrNoLog = errors.New("there is no such log")
	// ErrNotCovered says that the log does not cover the record: it was written before the log
	// began, or no published checkpoint is as far yet.
	ErrNotCovered = errors.New("the log does not cover the record")
	// ErrAltered says that what the store has is not what went into the log.
	ErrAltered = errors.New("the record is not the one that went into the log")
)

// Kept is one log of a data folder, as it was published last.
type Kept struct {
	Prefix, Chain, Organisation string
	// Signed is what the log signed last; Published and Raw are what it serves, with its
	// cosignatures; Raw is nil when nothing was published yet.
	Signed    signed.Checkpoint
	Published signed.Checkpoint
	Raw       []byte
	dir       string
}

// Logs gives the logs of a data folder, of which a broker may be running. Without any it
// is an error wrapping ErrNoLog. No signature is verified: that is for who holds keys.
func Logs(data string) ([]Kept, error) {
	text, err := os.ReadFile(filepath.Join(data, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNoLog, data)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was signed: %w", err)
	}
	var file stateFile
	if json.Unmarshal(text, &file) != nil || file.Version != 1 {
		return nil, fmt.Errorf("%w: %s is damaged", ErrForked, stateName)
	}
	var all []Kept
	for i := range file.Logs {
		e := &file.Logs[i]
		k := Kept{Prefix: e.Prefix, Chain: e.Chain, Organisation: e.Organisation, dir: folder(data, e.Prefix, e.Chain, e.Organisation)}
		if k.Signed, err = e.peek(); err != nil {
			return nil, err
		}
		if raw, err := os.ReadFile(filepath.Join(k.dir, "checkpoint")); err == nil {
			text, _ := textOf(raw)
			if k.Published, err = signed.ParseCheckpoint(text); err != nil {
				return nil, fmt.Errorf("reading a published checkpoint: %s: %w", k.Signed.Origin, err)
			}
			k.Raw = raw
		}
		all = append(all, k)
	}
	return all, nil
}

// Find gives the log of a chain and an organisation, "" for the broker's own; of several, under
// different origins, the last that was begun.
func Find(logs []Kept, chain, organisation string) (Kept, error) {
	for i := len(logs) - 1; i >= 0; i-- {
		if logs[i].Chain == chain && logs[i].Organisation == organisation {
			return logs[i], nil
		}
	}
	of := ""
	if organisation != "" {
		of = " about the records of " + organisation
	}
	return Kept{}, fmt.Errorf("%w: chain %s%s", ErrNoLog, chain, of)
}

// Open opens the files of what was published, for reading.
func (k Kept) Open() (*merkle.Log, error) {
	if k.Raw == nil {
		return nil, fmt.Errorf("%w: of %s no checkpoint was published yet", ErrNotCovered, k.Signed.Origin)
	}
	return merkle.Read(k.dir, k.Published.Size, k.Published.Root)
}

// Prove makes the proof that a record of a number stands in the log, as it was published
// last. The record's document goes into it; take it out for a proof without.
func (k Kept) Prove(number uint64, document []byte) (evidence.Proof, error) {
	l, err := k.Open()
	if err != nil {
		return evidence.Proof{}, err
	}
	defer l.Close() //nolint:errcheck // it was only read
	return prove(l, note{k.Published, k.Raw}, number, document)
}

// prove makes a proof from a log's files and its published checkpoint.
func prove(l *merkle.Log, published note, number uint64, document []byte) (evidence.Proof, error) {
	c := published.says
	index, found, err := l.Index(number, c.Size)
	switch {
	case err != nil:
		return evidence.Proof{}, err
	case !found && number <= c.Begun.Number:
		return evidence.Proof{}, fmt.Errorf("%w: it was written before the log began; the chain proves it: mcr audit verify", ErrNotCovered)
	case !found && number > c.Head.Number:
		return evidence.Proof{}, fmt.Errorf("%w yet: the newest published checkpoint goes up to record %d, this is record %d", ErrNotCovered, c.Head.Number, number)
	case !found:
		return evidence.Proof{}, fmt.Errorf("%w: record %d is not in %s, though it goes up to %d: it is about another organisation's records, "+
			"or was put into the store afterwards", ErrAltered, number, c.Origin, c.Head.Number)
	}
	entry, err := l.Entry(index)
	if err != nil {
		return evidence.Proof{}, err
	}
	if audit.EntryOf(document) != entry {
		return evidence.Proof{}, fmt.Errorf("%w: record %d of the store was altered after it was written", ErrAltered, number)
	}
	if audit.LeafEntry(document) != entry {
		document = entry[:] // its details were erased: what is proved is that it was there
	}
	hashes, err := l.Prove(treeOf(c), index)
	if err != nil {
		return evidence.Proof{}, err
	}
	return evidence.Proof{Extra: document, Index: index, Hashes: hashes, Checkpoint: published.raw}, nil
}

// Prove makes the proof file of a record of this process's chains, from the log of an
// organisation, or with "" from the broker's own.
func (f *Follower) Prove(chain, organisation string, number uint64, document []byte) ([]byte, error) {
	f.mu.RLock()
	defer f.mu.RUnlock() // the files stay open
	for _, t := range f.all() {
		if t.chain != chain || t.organisation != organisation {
			continue
		}
		n := t.published.Load()
		if n == nil {
			return nil, fmt.Errorf("%w yet: no checkpoint is published", ErrNotCovered)
		}
		p, err := prove(t.tree, *n, number, document)
		if err != nil {
			return nil, err
		}
		return p.Format(), nil
	}
	return nil, fmt.Errorf("%w here: chain %s", ErrNoLog, chain)
}

// Heads gives the published checkpoints of this process's brokers' own logs.
func (f *Follower) Heads() (heads []signed.Checkpoint) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, t := range f.all() {
		if n := t.published.Load(); n != nil && t.organisation == "" {
			heads = append(heads, n.says)
		}
	}
	return heads
}
