package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/postgres"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// alice, bob and carol are patients of the range set aside for tests.
var alice, bob, carol = number(1), number(2), number(3)

// number gives the i-th valid NHS number of the range set aside for tests.
func number(i int) nhs.Number {
	for check := range 10 {
		if n, err := nhs.ParseNumber(fmt.Sprintf("999%06d%d", i*7, check)); err == nil {
			return n
		}
	}
	return number(i + 100_000) // no check digit fits
}

func ods(s string) nhs.ODSCode {
	code, err := nhs.ParseODSCode(s)
	if err != nil {
		panic(err)
	}
	return code
}

// prepare makes the schema of the databases that tests have.
func prepare(address string) error {
	_, _, err := postgres.Migrate(context.Background(), address, postgres.Options{Logger: quiet})
	return err
}

var quiet = slog.New(slog.DiscardHandler)

// open opens a store until the end of the test.
func open(t testing.TB, address string, opt postgres.Options) *postgres.Store {
	t.Helper()
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.NewTextHandler(writer{t}, nil))
	}
	s, err := postgres.Open(context.Background(), address, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// writer leaves what a store logs with the test.
type writer struct{ t testing.TB }

func (w writer) Write(text []byte) (int, error) {
	w.t.Logf("%s", text)
	return len(text), nil
}

// seen gives the path of a file that keeps what was seen.
func seen(t testing.TB) string { return filepath.Join(t.TempDir(), "registry.seen") }

// objects gives a version of a patient's opt-out.
func objects(who nhs.Number, version int, status registry.Status) registry.Entry {
	return registry.Entry{ID: "o" + who.Digits()[3:], Version: version, Kind: registry.KindOptOut, Status: status, Patient: who,
		RecordedBy: "tester", RecordedAt: noon}
}

// add adds entries in a transaction of their own.
func add(s registry.Store, entries ...registry.Entry) error {
	ctx := context.Background()
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := tx.Lock(ctx, e.Patient); err != nil {
			tx.Rollback()
			return err
		}
	}
	if err := tx.Add(ctx, entries...); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// read gives what is on record under a number.
func read(s registry.Reader, who nhs.Number) (all []registry.Entry, err error) {
	err = s.Versions(context.Background(), who, func(e *registry.Entry) error {
		all = append(all, *e)
		return nil
	})
	return all, err
}
