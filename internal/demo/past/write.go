package past

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/zstd"
)

// Place is where a broker will write its records.
type Place struct {
	Data   string // its data folder, which is there
	Broker string // its id
	Trail  string // the file of the SQLite trail
	// Origin begins the names of its Merkle logs. Default "mcr", as the broker's.
	Origin string
}

// origin is the broker's default.
const origin = "mcr"

// Begun says whether a broker, or Write, has begun to write at a place: then its past is what it is.
func (p Place) Begun() (bool, error) {
	for _, name := range []string{"spool", "checkpoint", "counts"} {
		if _, err := os.Lstat(filepath.Join(p.Data, name)); !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

// together are how many records are written at a time: they wait for the disk once.
const together = 500

// Write writes records where nobody has begun to, before the broker does, through a spool and a journal
// as the broker's: numbered and chained. The broker's Merkle logs are begun before the first of them, so
// that it puts all of them in; and each is counted as a request that was answered, as the broker counts,
// since who compares answers with records would miss them.
func Write(ctx context.Context, p Place, records []*audit.Record) (err error) {
	if p.Origin == "" {
		p.Origin = origin
	}
	fail := func(err error) error { return fmt.Errorf("writing a made-up past: %w", err) }
	if begun, err := p.Begun(); begun || err != nil {
		return fail(errors.Join(err, errors.New("there is one already")))
	}
	keys, err := protect.LoadOrCreateKeys(filepath.Join(p.Data, "keys"))
	if err != nil {
		return fail(err)
	}
	sp, err := spool.Open(filepath.Join(p.Data, "spool"), spool.Options{Codec: zstd.Codec{}})
	if err != nil {
		return fail(err)
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	store, err := sqlite.Open(ctx, p.Trail)
	if err != nil {
		return fail(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(p.Data, "checkpoint"), keys, p.Broker)
	if err != nil {
		return fail(err)
	}
	start, err := ship.StartCheck(ctx, sp, store, checkpoint)
	if err != nil {
		return fail(err)
	}
	silent := slog.New(slog.DiscardHandler)
	logs := follow.Begin(sp, store, checkpoint.Mark(), follow.Options{Data: p.Data, Origin: p.Origin, Log: silent})
	if err := logs.Close(); err != nil { // it has signed that there is nothing yet
		return fail(err)
	}
	for what, red := range logs.Red() {
		return fail(fmt.Errorf("%s: %w", what, red))
	}
	counts, err := completeness.Open(filepath.Join(p.Data, "counts"), completeness.Options{Fresh: true, Log: silent})
	if err != nil {
		return fail(err)
	}
	defer func() { err = errors.Join(err, counts.Close()) }()
	for _, r := range records {
		if audit.OfRequest(r.Source) {
			counts.Served(r.TimeIn, r.SourceOrg, true)
		}
	}
	journal := audit.NewJournal(sp, start.Broker)
	for ; len(records) > 0; records = records[min(together, len(records)):] {
		if err := appendAll(ctx, journal, records[:min(together, len(records))]); err != nil {
			return fail(err)
		}
	}
	return nil
}

// appendAll makes records durable, all at once.
func appendAll(ctx context.Context, journal *audit.Journal, records []*audit.Record) error {
	faults := make([]error, len(records))
	var wait sync.WaitGroup
	for i, r := range records {
		wait.Go(func() { faults[i] = journal.Append(ctx, r) })
	}
	wait.Wait()
	return errors.Join(faults...)
}
