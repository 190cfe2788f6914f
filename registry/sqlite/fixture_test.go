package sqlite_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// alice and bob are two patients of the range set aside for tests.
var alice, bob = mustNumber("9990000018"), mustNumber("9990000026")

// compared lets cmp see into the identifiers, and takes nil lists for empty ones.
var compared = cmp.Options{
	cmp.Comparer(func(a, b nhs.Number) bool { return a == b }),
	cmp.Comparer(func(a, b nhs.ODSCode) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func mustNumber(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

func ods(s string) nhs.ODSCode {
	code, err := nhs.ParseODSCode(s)
	if err != nil {
		panic(err)
	}
	return code
}

// store opens a file until the end of the test.
func store(t testing.TB, path string, opt sqlite.Options) *sqlite.Store {
	t.Helper()
	if opt.Clock == nil {
		opt.Clock = func() time.Time { return noon }
	}
	opt.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := sqlite.Open(path, opt)
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

// over makes a registry over a store.
func over(s *sqlite.Store) *registry.Registry {
	return registry.New(s, registry.Options{Clock: func() time.Time { return noon }, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// open opens the registry in a file until the end of the test.
func open(t testing.TB, path string) *registry.Registry {
	t.Helper()
	return over(store(t, path, sqlite.Options{}))
}

func fresh(t testing.TB) string { return filepath.Join(t.TempDir(), "registry.db") }

// asks is the question of user u1 of RXA01 about a patient at noon.
func asks(who nhs.Number) access.Question {
	return access.Question{Time: noon, Patient: who, Action: access.View, Purpose: access.DirectCare,
		Subject: access.Subject{UserID: "u1", Organisation: ods("RXA01")}}
}

// agrees makes the question a patient's yes to its subject.
func agrees(q access.Question) access.Question {
	q.Action = access.RecordPermission
	q.Statement = &access.Statement{Patient: q.Patient, UserID: q.Subject.UserID, Organisation: q.Subject.Organisation}
	return q
}

// record prepares and commits a statement.
func record(t testing.TB, r *registry.Registry, q access.Question, id string) {
	t.Helper()
	c, err := r.Prepare(context.Background(), q, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Commit(); err != nil {
		t.Fatal(err)
	}
}

func gather(r *registry.Registry, who nhs.Number) access.Facts {
	return r.Gather(context.Background(), asks(who))
}

// objects gives a version of a patient's opt-out.
func objects(version int, status registry.Status) registry.Entry {
	return registry.Entry{ID: "o", Version: version, Kind: registry.KindOptOut, Status: status, Patient: alice,
		RecordedBy: "tester", RecordedAt: noon}
}

// add adds entries in a transaction of their own.
func add(r interface {
	Begin(ctx context.Context) (registry.Tx, error)
}, entries ...registry.Entry) error {
	tx, err := r.Begin(context.Background())
	if err != nil {
		return err
	}
	if err := tx.Add(context.Background(), entries...); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}
