package suite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
)

func TestEveryVersionIsThere(t *testing.T) {
	now := noon
	r := openWith(t, filepath.Join(t.TempDir(), "registry.db"), registry.Options{Clock: func() time.Time { return now }})
	q := states(asks(number(1)), access.RecordPermission, access.Statement{How: "in-person"})
	record(t, r, q, "p1")
	q = states(asks(number(1)), access.Withdraw, access.Statement{Permission: "p1", How: "telephone"})
	now = noon.Add(time.Hour)
	q.Time = now
	record(t, r, q, "w1")
	versions, err := r.History(context.Background(), "p1")
	if err != nil {
		t.Fatal(err)
	}
	first := registry.Entry{ID: "p1", Version: 1, Kind: registry.KindPermission, Status: registry.Active, Patient: number(1),
		Organisation: ods("RXA01"), UserID: "u1", Validity: access.Validity{From: noon, Until: noon.Add(30 * 24 * time.Hour)},
		Detail: registry.Detail{Given: true, How: "in-person"}, RecordedBy: "u1", RecordedAt: noon}
	second := first
	second.Version, second.Status, second.Detail.EndedBy, second.RecordedAt = 2, registry.Withdrawn, "w1", noon.Add(time.Hour)
	if diff := cmp.Diff([]registry.Entry{first, second}, versions, compared); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	all, err := r.Entries(context.Background(), number(1), "")
	if err != nil || len(all) != 3 {
		t.Errorf("entries are %+v, %v", all, err)
	}
	if only, err := r.Entries(context.Background(), number(1), registry.KindPermission); err != nil || len(only) != 2 {
		t.Errorf("permissions are %+v, %v", only, err)
	}
	if _, err := r.History(context.Background(), "none"); err == nil {
		t.Error("an entry that is not there has a history")
	}
}
