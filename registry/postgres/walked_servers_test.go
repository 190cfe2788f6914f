//go:build servers

package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	enforcement "github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/internal/servers/postgres"
	store "github.com/mycarerecord/mcr/registry/postgres"
)

// walks waits until a broker says of a person whether they try one patient after another.
func walks(t *testing.T, w *enforcement.Walking, want bool, person string) {
	t.Helper()
	until(t, func() error {
		if got := w.Walks(person, time.Now()); got != want {
			return fmt.Errorf("%s walks: %v", person, got)
		}
		return nil
	})
}

// refused has a broker refuse a person for a patient.
func refused(w *enforcement.Walking, person string, patient int) {
	w.Note(access.Question{Subject: access.Subject{UserID: person}, Patient: number(patient), Time: time.Now()}, access.Decision{Effect: access.Deny})
}

func TestServersWhoWalksFromBrokerToBrokerIsNoticedAtAll(t *testing.T) {
	server := postgres.Start(t)
	address := server.Database(t, prepare)
	var stores []*store.Store
	var all []*enforcement.Walking
	for range 3 {
		s := open(t, address, store.Options{})
		w := enforcement.NewWalking(6, time.Hour)
		w.Share(s.Walk(time.Hour))
		stores, all = append(stores, s), append(all, w)
	}
	for i, w := range all {
		refused(w, "dr-walker", 2*i) // two at each, six in all
		refused(w, "dr-walker", 2*i+1)
		for n := range 5 {
			refused(w, "dr-same", n) // the same five everywhere
		}
	}
	for _, w := range all {
		walks(t, w, true, "dr-walker")
		if w.Walks("dr-same", time.Now()) || w.Walks("dr-other", time.Now()) {
			t.Error("who was refused for five, or for nobody, is stopped")
		}
	}
	name := address[strings.LastIndex(address, "/")+1:]
	if got := server.SQL(t, name, "SELECT count(*), count(DISTINCT person) FROM registry.walked"); got != "11|2" {
		t.Errorf("there are %s", got)
	}
	if text := server.SQL(t, name, "SELECT * FROM registry.walked"); strings.Contains(text, "walker") || strings.Contains(text, number(1).Digits()) {
		t.Error("somebody is named")
	}
	together := func(want float64) {
		t.Helper()
		for _, s := range stores {
			until(t, func() error {
				if got := metric(t, s, "mcr_walking_shared"); got != want {
					return fmt.Errorf("counted together: %v", got)
				}
				return nil
			})
		}
	}
	together(1)
	// A crash empties the table. Who was heard of stays stopped; each counts on alone.
	server.Kill(t)
	together(0)
	walks(t, all[0], true, "dr-walker")
	for n := range 6 {
		refused(all[0], "dr-alone", 100+n)
	}
	walks(t, all[0], true, "dr-alone")
	if all[1].Walks("dr-alone", time.Now()) {
		t.Error("another knew")
	}
	server.Start(t)
	together(1)
	walks(t, all[1], true, "dr-alone") // is told when it is back
	// A broker that is started later knows what is on record.
	server.SQL(t, name, "UPDATE registry.walked SET at = at - interval '10 minutes'")
	w := enforcement.NewWalking(6, time.Hour)
	w.Share(open(t, address, store.Options{}).Walk(time.Hour))
	walks(t, w, true, "dr-alone")
}
