//go:build servers

package browser_test

import (
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/internal/browser"
)

// A browser's own name and address stand in the record of every source that the console
// asked for the person in front of it, and in none of them the console's.
func TestServersBrowserIsInTheRecordsOfEverySource(t *testing.T) {
	w := inTheRegion(t)
	begin := time.Now()
	p := w.flagged(t, "own-record")
	tab := w.signIn(t, "own-gp")
	find(tab, p)
	confirm(tab)
	agent := browser.Value[string](tab, `navigator.userAgent`)
	gp := w.member(t, "own-gp").Name
	for _, source := range w.Description.Sources {
		w.trail(t, "of "+source.ID+" and from the browser", func(r *audit.Record) bool {
			return r.Source == source.ID && r.UserName == gp && r.TimeIn.After(begin) && r.UserAgent == agent && r.ClientIP == "127.0.0.1" && r.Via != ""
		})
	}
	store, err := sqlite.OpenTrail(t.Context(), w.Description.Trail)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	records, err := store.Tail(t.Context(), audit.Scope{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.UserName == gp && r.TimeIn.After(begin) && r.UserAgent != agent {
			t.Errorf("%s at %s: from %q", r.Action, r.Source, r.UserAgent)
		}
	}
}
