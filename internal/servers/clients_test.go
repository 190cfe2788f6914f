//go:build servers

package servers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/policies"
)

// Client libraries that nobody here wrote ask through the broker, each as its
// users write it down, and get what asks says. A HAPI FHIR server is the source.
func TestServersClients(t *testing.T) {
	allowed, elsewhere := newApp(t), newApp(t)
	s, tap := standForClients(t, allowed.URL)
	got := map[string]outcome{}
	for _, l := range libraries {
		t.Run(l.name, func(t *testing.T) {
			for _, o := range l.run(t, s, tap) {
				got[l.name+": "+o.Ask] = o
			}
		})
	}
	t.Run("browser", func(t *testing.T) {
		for _, o := range s.browse(t, tap, allowed, elsewhere) {
			got["browser: "+o.Ask] = o
		}
	})
	judgeAsks(t, got)
	tap.write(t)
}

// standForClients is a broker in front of a HAPI server that holds one small
// record, for a professional elsewhere whom its patient has permitted to see it.
// Pages of one origin may read its answers.
func standForClients(t *testing.T, origin string) (*stand, *tap) {
	t.Helper()
	revision, err := decision.Load(context.Background(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatalf("loading the policies: %v", err)
	}
	w := world{hapi: servers.HAPI(t), policies: revision}
	w.patients = []servers.Patient{
		{LocalID: "p1", Number: servers.Number(700), Name: "Clientworth"},
		{LocalID: "p2", Number: servers.Number(701), Name: "Otherby"},
	}
	w.configure = func(cfg *broker.Config) {
		cfg.Origins = []string{origin}
		cfg.Smart = &broker.Smart{AuthorizationEndpoint: "https://issuer.example/authorize", TokenEndpoint: "https://issuer.example/token"}
	}
	s := newStand(t, w)
	s.holdRecord()
	p := w.patients[0]
	s.know(admitted(p, hospital))
	s.permit(visitor, p)
	return s, newTap(t, s)
}

// judgeAsks compares what came with what should, prints the table, and names the
// cells that differ.
func judgeAsks(t *testing.T, got map[string]outcome) {
	t.Helper()
	count := map[string]*tally{}
	for _, name := range clientNames {
		count[name] = &tally{}
	}
	seen := map[string]bool{}
	for _, a := range asks {
		for _, name := range clientsOf(a.by) {
			key := name + ": " + a.name
			seen[key] = true
			o, asked := got[key]
			wrong := "it was not asked"
			if asked {
				wrong = a.want.differs(o)
			}
			switch c := count[name]; {
			case wrong != "":
				c.failed++
				t.Errorf("%s: %s; want %s, got %s", key, wrong, a.want, o)
			case a.want.code != "":
				c.refused++
			default:
				c.works++
			}
		}
	}
	for key := range got {
		if !seen[key] {
			t.Errorf("%s is asked, and the table has no such ask", key)
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "\n%-14s %5s %6s %8s %7s\n", "client", "asks", "works", "refused", "failed")
	for _, name := range clientNames {
		c := count[name]
		fmt.Fprintf(&table, "%-14s %5d %6d %8d %7d\n", name, c.works+c.refused+c.failed, c.works, c.refused, c.failed)
	}
	t.Log(table.String())
}

// tally counts the asks of one client; refused are those that are meant to be.
type tally struct{ works, refused, failed int }

func decoded(t *testing.T, line []byte) (o outcome) {
	t.Helper()
	if err := json.Unmarshal(line, &o); err != nil {
		t.Fatalf("a client printed %q: %v", line, err)
	}
	return o
}
