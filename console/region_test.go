package console_test

import (
	"context"
	"crypto/ed25519"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/brokers"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/surfer"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/vouch"
)

// regionClock is the time of the one region that all tests share.
var regionClock = brokers.NewClock(morning)

// theRegion is the demo's sources and issuer: making the patients takes longer than
// all the tests do.
var theRegion = sync.OnceValues(func() (*demo.Region, error) {
	return demo.Start(context.Background(), demo.Options{Clock: regionClock.Now})
})

// region is a console before real brokers, with a registry of its own.
type region struct {
	*kit
	*brokers.Region
	described demo.Description
	collector *collect.Collector
	cfg       console.Config
}

// newRegion starts brokers by the policies, with changes to their settings.
func newRegion(t *testing.T, settings ...string) *region {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	started, err := theRegion()
	must(err)
	g := &region{kit: &kit{t: t, clock: regionClock}}
	fsys := changed(t, settings...)
	rev, err := decision.Load(t.Context(), fsys, decision.Options{})
	must(err)
	engine := decision.NewEngine(rev)
	signer := vouch.NewSigner(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), regionClock.Now)
	vouched, err := vouch.NewVerifier(map[string]string{signer.PublicKey(): "the console"}, vouch.NewSeen(), regionClock.Now)
	must(err)
	log := slog.New(slog.NewTextHandler(&g.log, nil))
	opt := brokers.OfDemo(t, started)
	opt.Clock, opt.Decider, opt.Log = regionClock.Now, engine, log
	opt.Change = func(c *broker.Config) { c.Vouched = vouched }
	g.Region = brokers.Start(t, opt)
	g.described = started.Describe(g.URL)
	g.collector, err = collect.New(collect.Config{
		Sources: g.Collected(started), Clock: regionClock.Now, Log: log, Verifier: g.Verifier, Reasons: engine,
		Recorder: g.Journal, Protector: g.Protector, Signer: signer,
	})
	must(err)
	g.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.console.ServeHTTP(w, r) }))
	t.Cleanup(g.front.Close)
	g.address = strings.Replace(g.front.URL, "127.0.0.1", "localhost", 1)
	g.issuer = &httptest.Server{URL: started.Issuer()}
	g.cfg = console.Config{
		PublicURL: g.address, Issuer: started.Issuer(), ClientID: "mcr-console", Verifier: g.Verifier, Collector: g.collector,
		Engine: engine, Gatherer: g.Registry, Policies: fsys, Clock: regionClock.Now, Log: log,
	}
	g.startAgain()
	return g
}

// startAgain puts another console in place of the one before: a process that was started
// again, or that runs beside it. It knows nothing of what sessions looked up.
func (g *region) startAgain() {
	g.t.Helper()
	var err error
	if g.console, err = console.New(g.cfg); err != nil {
		g.t.Fatal(err)
	}
}

// changed is the policies with settings replaced: old, new, old, new.
func changed(t *testing.T, pairs ...string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policies.FS, path)
		if path == "data/settings.json" {
			for i := 0; i+1 < len(pairs); i += 2 {
				if !strings.Contains(string(text), pairs[i]) {
					t.Fatalf("the settings do not hold %s", pairs[i])
				}
				text = []byte(strings.Replace(string(text), pairs[i], pairs[i+1], 1))
			}
		}
		out[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// patient is the first patient with a flag.
func (g *region) patient(flag string) demo.DescribedPatient {
	g.t.Helper()
	return brokers.Flagged(g.t, g.described, flag)
}

// find looks a patient up, as typed from the described one.
func (g *region) find(s *surfer.Surfer, p demo.DescribedPatient) *surfer.Surfer {
	g.t.Helper()
	year, month, day := p.Born[:4], p.Born[5:7], p.Born[8:]
	return s.Open(g.url("/patients")).Submit("/console/patients", search(p.NHSNumber, day, month, year))
}

// here is the address of the page about the patient, without what comes after.
func here(s *surfer.Surfer) string {
	parts := strings.Split(s.At.Path, "/")
	return strings.Join(parts[:min(len(parts), 4)], "/")
}

// records are those that the brokers wrote of an action.
func (g *region) records(action access.Action) []audit.Record {
	g.t.Helper()
	return g.Records(g.t, func(r *audit.Record) bool { return r.Action == string(action) })
}
