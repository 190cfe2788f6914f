package ship

import (
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Block is what was delivered of one block of numbers of a chain.
type Block struct {
	audit.Digest
	Numbers []Range // of its records, ascending: two or more only where numbers were lost
}

// Range is of consecutive numbers, both bounds included.
type Range struct{ First, Last uint64 }

// run is a digest of consecutive numbers of one chain, within one block.
type run struct {
	Chain string
	audit.Digest
}

// extend adds a record that was delivered, and gives the run that it ends, if it ends one.
func (r *run) extend(chain string, e *spool.Entry, id string) (ended run) {
	if r.Count > 0 && (r.Chain != chain || e.Seq != r.Last+1 || e.Seq/audit.BlockRecords != r.Last/audit.BlockRecords) {
		ended, *r = *r, run{}
	}
	r.Chain = chain
	r.Add(e.Seq, e.Hash, id)
	return ended
}

// advance notes that a batch is in the store: in what was delivered, then in the mark. Each
// block that is complete goes into the file of its chain, once; what is not complete yet
// stands in the checkpoint itself, so that together they are always all that is acknowledged.
func (c *Checkpoint) advance(b audit.Batch, m audit.Mark) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := c.run
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.Seq <= c.mark.Seq {
			continue // delivered before, and counted then
		}
		if ended := open.extend(b.Broker, e, b.Columns[i].ID); ended.Count > 0 {
			if err := c.kept.append(ended); err != nil {
				return fmt.Errorf("noting what was delivered: %w", err)
			}
		}
	}
	return c.put(m, open)
}

// Chains gives the names of the chains of which it is known what was delivered.
func (c *Checkpoint) Chains() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := c.kept.chains()
	for _, name := range names {
		if name == c.run.Chain {
			return names
		}
	}
	if c.run.Count > 0 {
		names = append(names, c.run.Chain)
	}
	return names
}

// Delivered gives what was delivered of a chain by blocks, ascending, from the one that holds
// the number from, at most most of them. What it does not give was never delivered, or is not
// known: delivered by a version that kept no digests, or its entry was lost or altered.
func (c *Checkpoint) Delivered(chain string, from uint64, most int) ([]Block, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from -= from % audit.BlockRecords
	runs, err := c.kept.read(chain, from, most)
	if err != nil {
		return nil, fmt.Errorf("reading what was delivered: %w", err)
	}
	if c.run.Chain == chain && c.run.Count > 0 && c.run.Last >= from {
		runs = append(runs, c.run.Digest)
	}
	var blocks []Block
	for _, r := range runs {
		n := len(blocks)
		if n == 0 || blocks[n-1].Last/audit.BlockRecords != r.First/audit.BlockRecords {
			if n == most {
				break
			}
			blocks, n = append(blocks, Block{}), n+1
		}
		last := &blocks[n-1]
		last.Join(r)
		if k := len(last.Numbers); k > 0 && last.Numbers[k-1].Last+1 == r.First {
			last.Numbers[k-1].Last = r.Last
		} else {
			last.Numbers = append(last.Numbers, Range{r.First, r.Last})
		}
	}
	return blocks, nil
}

// rebuild makes again what is not known of the acknowledged end of the chain, from what the
// spool still holds of it: after an upgrade, or when the file of it was lost.
func (c *Checkpoint) rebuild(sp *spool.Spool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, open := c.mark, c.run
	after, end := max(c.kept.last(m.Broker), m.Begun), m.Seq
	if open.Chain == m.Broker && open.Count > 0 {
		end = open.First - 1
	}
	if after >= end {
		return nil
	}
	var fresh run
	for after < end {
		entries, err := sp.Read(after, 1000)
		if err != nil {
			return fmt.Errorf("rebuilding what was delivered: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		columns, _ := columnsOf(entries, m.Broker)
		for i := range entries {
			if after = entries[i].Seq; after > end {
				break
			}
			if ended := fresh.extend(m.Broker, &entries[i], columns[i].ID); ended.Count > 0 {
				if err := c.kept.append(ended); err != nil {
					return fmt.Errorf("rebuilding what was delivered: %w", err)
				}
			}
		}
	}
	if fresh.Count == 0 {
		return nil
	}
	if open.Count == 0 {
		return c.put(m, fresh)
	}
	if open.Chain == fresh.Chain {
		if err := c.kept.append(fresh); err != nil {
			return fmt.Errorf("rebuilding what was delivered: %w", err)
		}
	}
	return nil
}
