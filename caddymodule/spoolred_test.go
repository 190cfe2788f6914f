package caddymodule

import (
	"strings"
	"testing"
	"time"

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
