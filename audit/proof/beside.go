package proof

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// piece is what was read at once.
type piece struct {
	entries []spool.Entry
	err     error
}

// read reads a chain in pieces, ahead of who takes them.
func read(ctx context.Context, trail audit.Trail, broker string) <-chan piece {
	out := make(chan piece, 1)
	go func() {
		defer close(out)
		var after uint64
		for {
			var p piece
			p.entries, p.err = trail.Entries(ctx, broker, after, pieces)
			if p.err != nil {
				p.err = fmt.Errorf("verifying %s after %d: %w", broker, after, p.err)
			}
			before := after
			for i := range p.entries {
				after = max(after, p.entries[i].Seq)
			}
			if p.err == nil && len(p.entries) > 0 && after <= before {
				p.err = fmt.Errorf("verifying %s after %d: the trail gives the same records again", broker, before)
			}
			select {
			case out <- p:
			case <-ctx.Done():
				return
			}
			if p.err != nil || len(p.entries) == 0 {
				return
			}
		}
	}()
	return out
}

// computed is what is hashed of one record, on any processor, before the walk comes by.
type computed struct {
	// fits says that the record's hash is that of its content behind a record with the hash
	// behind: that of the one that was read before it.
	fits   bool
	behind spool.Hash
	// What the trees need; nothing without trees.
	entry        [32]byte
	hash         tlog.Hash
	organisation string
}

// compute hashes the records of a piece, on all processors, behind a hash. The order of a
// chain hinders nobody: each record's hash is there, and the next one's is made of that.
func compute(entries []spool.Entry, behind spool.Hash, trees []*tree) []computed {
	organisations := false
	for _, t := range trees {
		organisations = organisations || t.Organisation != ""
	}
	all := make([]computed, len(entries))
	share := (len(entries) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for from := 0; from < len(entries); from += share {
		wait.Go(func() {
			for i := from; i < min(from+share, len(entries)); i++ {
				e, c := &entries[i], &all[i]
				if c.behind = behind; i > 0 {
					c.behind = entries[i-1].Hash
				}
				c.fits = spool.Link(c.behind, e.Seq, e.Payload) == e.Hash
				if len(trees) == 0 {
					continue
				}
				c.entry = audit.EntryOf(e.Payload)
				c.hash = tlog.RecordHash(c.entry[:])
				if organisations {
					columns, _ := audit.ReadColumns(e.Payload) // what is no record is in the broker's log alone
					c.organisation = columns.SourceOrg
				}
			}
		})
	}
	wait.Wait()
	return all
}
