package ship

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

func TestWhatTheSpoolCannotKeepIsLoggedOnceAnHour(t *testing.T) {
	var log strings.Builder
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	opt := Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Clock: func() time.Time { return now }}
	var say teller
	said := func(st spool.Stats, want ...string) {
		t.Helper()
		log.Reset()
		say.look(st, opt)
		for _, words := range want {
			if !strings.Contains(log.String(), words) {
				t.Errorf("%q is not in %q", words, log.String())
			}
		}
		if len(want) == 0 && log.Len() > 0 {
			t.Errorf("said %q", log.String())
		}
	}
	short := spool.Stats{Short: true, Held: 3 * time.Hour, Hold: 24 * time.Hour}
	said(spool.Stats{Hold: 24 * time.Hour})
	said(short, "level=WARN", "held=3h0m0s", "hold=24h0m0s")
	said(short)
	now = now.Add(time.Hour)
	said(short, "level=WARN", "held=3h0m0s")
	said(spool.Stats{Hold: 24 * time.Hour}, "level=INFO", "again")
	said(short, "level=WARN")

	unpacked := spool.Stats{PackFault: errors.New("no room")}
	said(spool.Stats{}, "level=INFO")
	said(unpacked, "level=WARN", "no room")
	said(unpacked)
	said(spool.Stats{}, "packed again")
	said(spool.Stats{})
}
