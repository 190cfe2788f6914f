package ship

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/durable"
)

// The spool holds what was delivered for some time, as it was written: its hashes go along
// all of it. So it holds details that were erased from the store since, and would give them
// back to a store that loses the record. Beside the checkpoint stands which they are, and
// whatever leaves the spool has been stripped of them. The file names no patient; it says no
// more than the receipts in the trail, which a store may lose together with the records.

// erasures are those that concern one spool, by number and chain.
type erasures struct {
	path string
	by   map[place]stripped
	kept bool // the file says so too
}

type place struct {
	chain  string
	number uint64
}

// stripped is one record: whose details, and the entry of the whole document, so that none is
// taken for another that was given the same number.
type stripped struct {
	whose audit.Whose
	entry string // hex
}

// openErasures reads the file; none is no erasure. A damaged one is an error: nobody would
// know what must not come back.
func openErasures(path string) (*erasures, error) {
	e := &erasures{path: path, by: map[place]stripped{}, kept: true}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	var all []retention.Erasure
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s is damaged: it says whose details must not come back out of the spool. Take it away with the "+
			"broker stopped, and have it made again from the trail's receipts: mcr audit erase --finish", path)
	}
	for _, one := range all {
		e.add(one)
	}
	e.kept = true
	return e, nil
}

// add adds what is new in an erasure.
func (e *erasures) add(one retention.Erasure) {
	for _, r := range one.Records {
		at, whose := place{r.Chain, r.Number}, one.Whose
		old, is := e.by[at]
		if is && old.entry == r.Entry && old.whose != whose {
			whose = audit.OfBoth
		}
		if now := (stripped{whose, r.Entry}); now != old {
			e.by[at], e.kept = now, false
		}
	}
}

// keep makes them durable, unless they are.
func (e *erasures) keep() error {
	if e.kept {
		return nil
	}
	by := map[audit.Whose]*retention.Erasure{}
	all := []*retention.Erasure{}
	for at, s := range e.by {
		if by[s.whose] == nil {
			by[s.whose] = &retention.Erasure{Whose: s.whose}
			all = append(all, by[s.whose])
		}
		by[s.whose].Records = append(by[s.whose].Records, retention.ErasedEntry{Chain: at.chain, Number: at.number, Entry: s.entry})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := durable.Replace(e.path, append(text, '\n')); err != nil {
		return err
	}
	e.kept = true
	return nil
}

// NoteErased makes durable that details of records were erased, before they are: what leaves
// the spool from now on is without them. Those of other brokers' chains are passed over.
func (c *Checkpoint) NoteErased(all ...retention.Erasure) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range all {
		own := retention.Erasure{Whose: one.Whose}
		for _, r := range one.Records {
			if audit.BrokerOf(r.Chain) == audit.BrokerOf(c.mark.Broker) {
				own.Records = append(own.Records, r)
			}
		}
		c.erased.add(own)
	}
	if err := c.erased.keep(); err != nil {
		return fmt.Errorf("noting what was erased: %w", err)
	}
	return nil
}

// strip takes out of entries of a chain, in their place, what was erased. Number, hash and id
// of a record stay, and what its leaf in the Merkle logs is made of.
func (c *Checkpoint) strip(chain string, entries []spool.Entry, columns []audit.Columns) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.erased.by) == 0 {
		return nil
	}
	for i := range entries {
		s, is := c.erased.by[place{chain, entries[i].Seq}]
		if !is || fmt.Sprintf("%x", audit.EntryOf(entries[i].Payload)) != s.entry {
			continue
		}
		document, err := retention.EraseDetails(entries[i].Payload, s.whose)
		if err == nil {
			entries[i].Payload = document
			columns[i], err = audit.ReadColumns(document)
		}
		if err != nil {
			return fmt.Errorf("record %d of %s, whose details were erased: %w", entries[i].Seq, chain, err)
		}
	}
	return nil
}
