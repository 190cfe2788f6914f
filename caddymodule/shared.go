package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/zstd"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/place"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/postgres"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/token/ended"
	"github.com/mycarerecord/mcr/vouch"
)

// pool keeps what must survive a reload: Caddy provisions the new configuration
// before it stops the old one, and there can be one spool of a folder only.
var pool = caddy.NewUsagePool()

// shared are the parts of one data folder.
type shared struct {
	key      string
	settings settings
	spool    *spool.Spool
	journal  *audit.Journal
	shipper  *ship.Shipper
	// reconciler sees to it that what was shipped stays in the store.
	reconciler *reconcile.Reconciler
	follower   *follow.Follower
	counts     *completeness.Counter
	watch      *completeness.Watch
	store      audit.Store
	registry   *registry.Registry
	postgres   *postgres.Store // nil where the registry is a file
	ended      *ended.List
	junk       *junk
	places     *place.Watch
	began      time.Time
	protector  *protect.Protector
	signer     *vouch.Signer
	seen       *vouch.Seen
	pages      *broker.Pages
	walking    *broker.Walking
	directory  *broker.Walking
	hour       *broker.Hour
	documents  *broker.Places
	wholes     *broker.Places
	room       *room.Room
}

// settings are what the shared parts were made of. They cannot change while the
// parts are in use.
type settings struct {
	id, patient   string
	registry      Registry
	trail         Trail
	spool         Spool
	proof         Proof
	walkingMost   int
	walkingWithin caddy.Duration
	maxHeld       int64
}

// open makes the shared parts, or finds those of the configuration before.
func (a *App) open() (*shared, error) {
	data, err := filepath.Abs(a.Data)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	want := settings{
		id: a.ID, registry: a.Registry, patient: a.Patient, trail: a.Trail, spool: a.Spool, proof: a.Proof,
		walkingMost: a.WalkingMost, walkingWithin: a.WalkingWithin, maxHeld: a.MaxHeld,
	}
	value, found, err := pool.LoadOrNew(data, func() (caddy.Destructor, error) { return a.make(data, want) })
	if err != nil {
		return nil, err
	}
	parts := value.(*shared)
	if found && parts.settings != want { // what no option says, such as what a file holds
		_, _ = pool.Delete(data)
		return nil, Fault{inBroker, "what the trail's password or the proof's policy stands for has changed: this needs a restart, not a reload"}
	}
	return parts, nil
}

func (a *App) make(data string, want settings) (_ *shared, err error) {
	parts := &shared{key: data, settings: want, began: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, parts.Destruct())
		}
	}()
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	keys, err := protect.LoadOrCreateKeys(filepath.Join(data, "keys"))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	showing := protect.Encrypted
	if want.patient == masked {
		showing = protect.Masked
	}
	if parts.protector, err = protect.NewProtector(keys, showing); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if err = parts.forwards(data); err != nil {
		return nil, fmt.Errorf("forwarding: %w", err)
	}
	if parts.pages, err = broker.NewPages(nil); err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	if want.walkingMost > 0 {
		parts.walking = broker.NewWalking(want.walkingMost, time.Duration(want.walkingWithin))
		parts.directory = broker.NewWalking(broker.MostOfDirectory, time.Duration(want.walkingWithin))
	}
	parts.hour = broker.NewHour(broker.MostInHour)
	parts.documents = broker.NewPlaces(broker.MostDocuments, broker.DocumentsEach)
	parts.wholes = broker.NewPlaces(broker.MostWholes, broker.WholesEach)
	parts.room = room.New(want.maxHeld, broker.RoomWithin)
	if file := want.registry.file(data); file != "" {
		if _, err := os.Stat(filepath.Dir(file)); err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
	}
	sign, err := ranOn(data)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	checkpoint, start, err := parts.openTrail(data, keys)
	gone := parts.registryGone(data, want.registry.file(data), sign, err)
	if gone != nil && errors.Is(err, spool.ErrLocked) {
		err = nil // the lock alone is no fault of the configuration
	}
	// All that is gone is said at once: who restores one of two would think that it was all.
	if err = errors.Join(gone, err); err != nil {
		return nil, err
	}
	// Only now: a registry that is made by a start that then fails is there at the next.
	if err = parts.openEnded(data); err != nil {
		return nil, err
	}
	if err = parts.openRegistry(data, sign, a.log); err != nil {
		return nil, err
	}
	parts.ended.Begin()
	if err = parts.begin(data, keys, checkpoint, start, a); err != nil {
		return nil, err
	}
	return parts, nil
}

// forwards finds or makes the key with which the collector says where people asked from,
// and writes beside it what brokers of other processes are told (forwarded_by).
func (p *shared) forwards(data string) error {
	key, err := vouch.LoadOrCreateKey(filepath.Join(data, "forwarding"))
	if err != nil {
		return err
	}
	p.signer, p.seen = vouch.NewSigner(key, nil), vouch.NewSeen()
	return os.WriteFile(filepath.Join(data, "forwarding.pub"), []byte(p.signer.PublicKey()+"\n"), 0o644)
}

// openTrail opens the spool and its store, and compares their ends.
func (p *shared) openTrail(data string, keys *protect.Keys) (c *ship.Checkpoint, start ship.Start, err error) {
	p.spool, err = spool.Open(filepath.Join(data, "spool"), spool.Options{
		MaxBytes: p.settings.spool.MaxBytes, MinFreeBytes: p.settings.spool.MinFree,
		Hold: time.Duration(p.settings.spool.Hold), Yield: true, Codec: zstd.Codec{},
	})
	if err != nil {
		return nil, start, fmt.Errorf("spool: %w", err)
	}
	// Without a limit: a trail of an older version is brought up to date first.
	if p.store, err = p.settings.trail.open(context.Background()); err != nil {
		return nil, start, fmt.Errorf("trail: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := ship.TakeWord(ship.WordAt(data), filepath.Join(data, "checkpoint"), p.spool, keys, p.settings.id); err != nil {
		return nil, start, fmt.Errorf("checkpoint: %w", err)
	}
	c, err = ship.OpenCheckpoint(filepath.Join(data, "checkpoint"), keys, p.settings.id)
	if err != nil {
		return nil, start, fmt.Errorf("checkpoint: %w", err)
	}
	start, err = ship.StartCheck(ctx, p.spool, p.store, c)
	if err != nil {
		return nil, start, fmt.Errorf("trail: %w; when you have looked: mcr audit accept-gap (docs/operating.md)", err)
	}
	return c, start, nil
}

// begin starts the shipping, and all that watches it.
func (p *shared) begin(data string, keys *protect.Keys, checkpoint *ship.Checkpoint, start ship.Start, a *App) (err error) {
	last, _ := p.spool.Last()
	p.counts, err = completeness.Open(filepath.Join(data, "counts"), completeness.Options{Fresh: last == 0, Log: a.log})
	if err != nil {
		return err
	}
	p.journal = audit.NewJournal(p.spool, start.Broker)
	p.junk = newJunk(recorder{p}.Append, p.settings.id, a.log)
	every := time.Duration(p.settings.spool.CompareEvery)
	if p.reconciler, err = reconcile.New(p.spool, p.store, checkpoint, keys, reconcile.Options{Every: every, Receipts: reconcile.ReceiptsIn(p.store), Log: a.log}); err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	p.shipper = ship.Begin(p.spool, p.store, checkpoint, start, ship.Options{Log: a.log, Back: p.reconciler.Back, Delivered: p.counts.Shipped})
	p.reconciler.Begin()
	if err := p.follow(a, checkpoint.Mark()); err != nil {
		return err
	}
	if counted, ok := p.compared(); ok {
		p.watch = completeness.Begin(counted, compareEvery, a.log)
	}
	return p.watchPlaces(data, p.settings.registry.file(data), keys, start.Broker, a.log)
}

// compareEvery is how often requests, records and rows are compared for the metrics.
const compareEvery = 5 * time.Minute

// compared are those whose numbers are compared; not ok: the store cannot count.
func (p *shared) compared() (completeness.Sources, bool) {
	rows, ok := p.store.(audit.RowCounter)
	return completeness.Sources{
		Broker: p.settings.id, Days: p.counts.Days, Rows: rows, Leaves: p.follower,
		Pending: func() int64 { return int64(p.spool.Stats().Pending) },
	}, ok
}

// complete compares them for the console.
func (p *shared) complete(ctx context.Context, from, to time.Time) ([]completeness.Line, error) {
	counted, ok := p.compared()
	if !ok {
		return nil, errors.New("the trail's store cannot count its records")
	}
	return completeness.Lines(ctx, counted, from, to)
}

// open opens the trail's store. A ClickHouse that is away is no reason not to
// start: records wait in the spool.
func (t Trail) open(ctx context.Context) (audit.Store, error) {
	if t.Kind == "clickhouse" {
		opt, err := clickhouse.ParseDSN(t.address)
		if err != nil {
			return nil, err
		}
		return clickhouse.Open(opt)
	}
	return sqlite.Open(ctx, t.address)
}

// recording says why records cannot be made durable; nil when they can.
func (p *shared) recording() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return p.journal.Check(ctx)
}

// spoolRed gives what somebody must look at though records are written and delivered.
func (p *shared) spoolRed() map[string]error {
	st, red := p.spool.Stats(), map[string]error{}
	if st.Short {
		red["spool-hold"] = fmt.Errorf("delivered records are held for %v, and hold is %v: at %.0f bytes a record max_size is too small (docs/operating.md)",
			st.Held.Round(time.Second), st.Hold, st.BytesPerEntry)
	}
	if len(st.Report.Lost) > 0 {
		red["spool-lost"] = fmt.Errorf("records that the spool had are lost: %v", st.Report.Lost)
	} else if len(st.Report.Flaws)+len(st.Report.Aside) > 0 { // what is set aside cannot be delivered again
		red["spool-flaws"] = fmt.Errorf("faults were found in the spool's files, which cost no record: %v; damaged files, to be taken away when you have looked: %v",
			st.Report.Flaws, st.Report.Aside)
	}
	if st.PackFault != nil {
		red["spool-packing"] = fmt.Errorf("full segments take eight times the room: %w", st.PackFault)
	}
	if p.watch != nil {
		if err := p.watch.Red(); err != nil {
			red["trail-not-complete"] = err
		}
	}
	return red
}

// Destruct closes everything: the journal first, so that nothing more comes in,
// then the logs, and the shipper, which drains what it can.
func (p *shared) Destruct() error {
	var faults []error
	if p.junk != nil {
		p.junk.close()
	}
	if p.places != nil {
		p.places.Close()
	}
	if p.watch != nil {
		p.watch.Close()
	}
	if p.follower != nil {
		faults = append(faults, p.follower.Close())
	}
	if p.shipper != nil {
		faults = append(faults, p.shipper.Close(context.Background()))
	}
	if p.reconciler != nil {
		p.reconciler.Close()
	}
	if p.counts != nil {
		faults = append(faults, p.counts.Close())
	}
	if p.spool != nil {
		faults = append(faults, p.spool.Close())
	}
	if p.store != nil {
		faults = append(faults, p.store.Close())
	}
	if p.ended != nil {
		faults = append(faults, p.ended.Close())
	}
	if p.registry != nil {
		faults = append(faults, p.registry.Close())
	}
	return errors.Join(faults...)
}

var _ caddy.Destructor = (*shared)(nil)
