package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/nhs"
)

// trail is the trail with what is needed to ask it about a patient.
type trail struct {
	audit.Trail
	store     audit.Store
	protector *protect.Protector
	keys      *protect.Keys
	keysPath  string
}

// openTrail opens the trail that the settings name, a file or a clickhouse:// address, with
// the deployment's keys. It reads only.
func openTrail(ctx context.Context, s *settings) (*trail, error) {
	t := &trail{}
	if _, err := caddymodule.TrailAddress(s.dsn); err != nil {
		return nil, fmt.Errorf("the trail: %w", err)
	}
	k, err := protect.LoadKeys(s.keysFile)
	if err != nil {
		return nil, fmt.Errorf("reading the deployment's keys: %w; name their file with --keys (%s)", err, s.whence())
	}
	t.keys, t.keysPath = k, s.keysFile
	if t.protector, err = protect.NewProtector(k, protect.Masked); err != nil {
		return nil, err
	}
	store, err := openAsking(ctx, s)
	if err != nil {
		return nil, err
	}
	t.Trail, t.store = store, store
	return t, nil
}

// asked is a store that is asked, and never written to.
type asked interface {
	audit.Trail
	audit.Store
}

// openAsking opens the trail that the settings name, for asking only.
func openAsking(ctx context.Context, s *settings) (asked, error) {
	dsn, err := caddymodule.TrailAddress(s.dsn)
	if err != nil {
		return nil, fmt.Errorf("the trail: %w", err)
	}
	if strings.HasPrefix(dsn, clickhouse.Scheme) {
		opt, err := clickhouse.ParseDSN(dsn)
		if err != nil {
			return nil, err
		}
		opt.Asking = true
		return clickhouse.Open(opt)
	}
	if _, err := os.Stat(dsn); err != nil {
		return nil, fmt.Errorf("there is no trail at %s; name it with --trail (%s)", dsn, s.whence())
	}
	return sqlite.OpenTrail(ctx, dsn)
}

func (t *trail) Close() error { return t.store.Close() }

// about gives the records about a patient.
func (t *trail) about(ctx context.Context, number nhs.Number, scope audit.Scope) ([]*audit.Record, error) {
	return t.Trail.Patient(ctx, t.protector.Find(number), scope)
}

// unfound says how many records cannot be found by patient with these keys.
func (t *trail) unfound(ctx context.Context, out io.Writer, scope audit.Scope) error {
	counts, err := t.Trail.Count(ctx, scope, audit.Filter{OtherEpochs: t.protector.Epochs()}, audit.Overall)
	if err != nil {
		return err
	}
	for _, c := range counts {
		fmt.Fprintf(out, "NOT ALL: %d records stand under keys that %s has not; those about this patient are not found, and it cannot be told which they are.\n", c.Total, t.keysPath)
	}
	return nil
}

// demoTrail is the trail as the demo's script asks it.
type demoTrail struct{ *trail }

// Patient gives the records about a patient.
func (t demoTrail) Patient(ctx context.Context, number nhs.Number) ([]*audit.Record, error) {
	return t.about(ctx, number, audit.Scope{})
}

// Refused gives the records of requests that were not released.
func (t demoTrail) Refused(ctx context.Context) ([]*audit.Record, error) {
	return t.Trail.Refused(ctx, audit.Scope{})
}
