package caddymodule

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/completeness"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Records are written and delivered, and somebody must look all the same: health is red,
// with how long records are held.
func TestHealthIsRedWhenHoldCannotBeKept(t *testing.T) {
	sp, err := spool.Open(t.TempDir(), spool.Options{SegmentBytes: 16 << 10, MaxBytes: 64 << 10, MinFreeBytes: -1, Hold: time.Hour, Yield: true})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	p := &shared{spool: sp}
	write := func(n int) {
		for range n {
			e, err := sp.Append(t.Context(), []byte(strings.Repeat("x", 4000)))
			if err != nil {
				t.Fatal(err)
			}
			if err := sp.Ack(e.Seq); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(3)
	if red := p.spoolRed(); len(red) > 0 {
		t.Errorf("with room: %v", red)
	}
	write(20)
	red := p.spoolRed()
	if err := red["spool-hold"]; len(red) != 1 || err == nil || !strings.Contains(err.Error(), "hold is 1h0m0s") {
		t.Errorf("without room: %v", red)
	}
	for part := range red {
		if inWords[part] == "" {
			t.Errorf("strangers are told nothing of %s", part)
		}
	}
}

// Rows lack of a day against what was served: health is red, in words, until they are back.
func TestHealthIsRedWhenADayIsNotComplete(t *testing.T) {
	sp, err := spool.Open(t.TempDir(), spool.Options{MinFreeBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	served := int64(2)
	p := &shared{spool: sp, watch: completeness.Begin(completeness.Sources{
		Broker: "wend-1", Rows: rowsOf{{Day: "2026-03-01", Broker: "wend-1", SourceOrg: "RZ1", Requests: 2}}, Clock: func() time.Time { return now },
		Pending: func() int64 { return 0 },
		Days: func(string, string) ([]completeness.Day, error) {
			return []completeness.Day{{Day: "2026-03-01", Organisations: map[string]completeness.Counts{"RZ1": {Served: served, Records: served}}}}, nil
		},
	}, time.Hour, slog.New(slog.DiscardHandler))}
	defer p.watch.Close()
	p.watch.Check(t.Context())
	if red := p.spoolRed(); len(red) > 0 {
		t.Errorf("complete: %v", red)
	}
	served = 3
	p.watch.Check(t.Context())
	red := p.spoolRed()
	if err := red["trail-not-complete"]; len(red) != 1 || err == nil || !strings.Contains(err.Error(), "1 records are not in the store any more") {
		t.Errorf("a row lacks: %v", red)
	}
	if inWords["trail-not-complete"] == "" {
		t.Error("strangers are told nothing of it")
	}
}

// rowsOf is a store that counts.
type rowsOf []audit.Rows

func (r rowsOf) CountRows(context.Context, time.Time, time.Time) ([]audit.Rows, error) { return r, nil }

// A damaged file of what was delivered costs no record, but can deliver nothing again: who
// operates the broker reads of it, until the file is taken away.
func TestHealthIsRedWhileADamagedFileIsAside(t *testing.T) {
	dir := t.TempDir()
	open := func() *spool.Spool {
		t.Helper()
		sp, err := spool.Open(dir, spool.Options{SegmentBytes: 16 << 10, MinFreeBytes: -1, Hold: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		return sp
	}
	sp := open()
	e, err := sp.Append(t.Context(), []byte(strings.Repeat("x", 4000)))
	if err = errors.Join(err, sp.Ack(e.Seq), sp.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	text[bytes.IndexByte(text, 'x')+9] = 'y'
	if err := os.WriteFile(files[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"set aside", "at the next start"} {
		sp := open()
		red := (&shared{spool: sp}).spoolRed()
		if err := red["spool-flaws"]; len(red) != 1 || err == nil || !strings.Contains(err.Error(), ".seg.damaged") {
			t.Errorf("%s: %v", when, red)
		}
		if err := sp.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(files[0] + ".damaged"); err != nil {
		t.Fatal(err)
	}
	sp = open()
	defer sp.Close()
	if red := (&shared{spool: sp}).spoolRed(); len(red) > 0 {
		t.Errorf("taken away: %v", red)
	}
}
