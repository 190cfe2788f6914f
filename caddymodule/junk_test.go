package caddymodule_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/internal/heard"
)

// Junk at broker_logout leaves so many records, and then one a minute that says how many more
// there were.
func TestJunkAtTheLogoutLeavesFewRecords(t *testing.T) {
	var records []*audit.Record
	var fail error
	var said heard.Text
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	var due func()
	j := caddymodule.NewJunk(func(_ context.Context, r *audit.Record) error { records = append(records, r); return fail }, "wend-1",
		slog.New(slog.NewTextHandler(&said, nil)), func() time.Time { return now },
		func(wait time.Duration, then func()) *time.Timer {
			if wait != time.Minute || due != nil {
				t.Errorf("a record is due in %v", wait)
			}
			due = then
			return time.NewTimer(time.Hour)
		})
	recorded := func(n int) (yes int) {
		for range n {
			if j.Recorded() {
				yes++
			}
		}
		return yes
	}
	if got := recorded(1000); got != 20 {
		t.Errorf("%d of a thousand are recorded, want 20", got)
	}
	now = now.Add(30 * time.Second)
	if got := recorded(100); got != 3 {
		t.Errorf("%d are recorded half a minute later, want 3", got)
	}
	now = now.Add(30 * time.Second)
	then := due
	due = nil
	then()
	if len(records) != 1 {
		t.Fatalf("%d records tell of the others, want 1", len(records))
	}
	r := records[0]
	if r.Query != "refused=1077" || r.Broker != "wend-1" || r.Action != audit.EndSessionAction || r.Outcome != audit.Refused || r.Status != 429 ||
		len(r.Reasons) != 1 || r.Reasons[0] != "logouts-not-recorded" || !r.TimeIn.Equal(now.Add(-time.Minute)) || !r.TimeOut.Equal(now) || r.ID == "" {
		t.Errorf("the record: %+v", r)
	}
	then()
	if len(records) != 1 {
		t.Error("a record tells of nothing")
	}
	recorded(10) // 3 again, and 7 that the end of the process tells
	fail = errors.New("the disk is full")
	j.Close()
	if len(records) != 2 || records[1].Query != "refused=7" || !strings.Contains(said.String(), "refused=7") {
		t.Errorf("%d records, the last %+v; the log: %s", len(records), records[len(records)-1], said.String())
	}
}
