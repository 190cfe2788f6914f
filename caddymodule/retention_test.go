package caddymodule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/retention"
)

// mcr audit retain, for which the broker is stopped, goes by what the broker had in force.
func TestWhatIsInForceIsWhatIsRetiredBy(t *testing.T) {
	data := t.TempDir()
	holds := func(what string, want retention.Periods) {
		t.Helper()
		got, err := Periods(data)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
	holds("no broker ran yet", retention.DefaultPeriods())
	for what, a := range map[string]*App{
		"set":     {Retention: retention.Periods{retention.AccessClass: 2928, retention.LookClass: 30}},
		"forever": {Retention: retention.Periods{}},
		"not set": {},
	} {
		a.shared = &shared{key: data}
		if err := a.checkRetention(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		for range 2 {
			if err := a.keepRetention(); err != nil {
				t.Fatal(err)
			}
		}
		holds(what, a.periods())
	}
	for what, wrong := range map[string]retention.Periods{"another class": {"viewing": 30}, "no day": {retention.LookClass: 0}} {
		if err := (&App{Retention: wrong}).checkRetention(); err == nil || !strings.Contains(err.Error(), "retention: reading periods") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// What cannot be read is not taken for the default: it may be shorter than what was set.
	if err := os.WriteFile(filepath.Join(data, RetentionFile), []byte(`{"look`), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := Periods(data); err == nil {
		t.Errorf("a damaged file: %v", p)
	}
}
