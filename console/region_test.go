package console_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/vouch"
)

// regionClock is the time of the one region that all tests share.
var regionClock = &timepiece{at: morning}

// theRegion is the demo's sources and issuer: making the patients takes longer than
// all the tests do.
var theRegion = sync.OnceValues(func() (*demo.Region, error) {
	return demo.Start(context.Background(), demo.Options{Clock: regionClock.now})
})

// region is a console before real brokers, with a registry of its own.
type region struct {
	*kit
	described demo.Description
	spool     *spool.Spool
	collector *collect.Collector
	down      map[string]bool // sources that do not answer
	asked     []string        // what the brokers were asked, without queries
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
	g := &region{kit: &kit{t: t, clock: regionClock}, down: map[string]bool{}}
	data := t.TempDir()
	reg, err := registry.Open(filepath.Join(data, "registry.db"), registry.Options{Clock: regionClock.now})
	must(err)
	t.Cleanup(func() { must(reg.Close()) })
	facts, err := started.RegistryNDJSON()
	must(err)
	_, err = reg.Import(t.Context(), facts, "demo")
	must(err)
	g.spool, err = spool.Open(filepath.Join(data, "spool"), spool.Options{MinFreeBytes: -1})
	must(err)
	t.Cleanup(func() { must(g.spool.Close()) })
	keys, err := protect.CreateKeys(filepath.Join(data, "keys"))
	must(err)
	protector, err := protect.NewProtector(keys, protect.Encrypted)
	must(err)
	log := slog.New(slog.NewTextHandler(&g.log, nil))
	verifier, err := token.New(token.Config{Clock: regionClock.now, Logger: log, Issuers: []token.Issuer{{
		Name: started.Issuer(), JWKSURL: started.Issuer() + "/jwks", Audience: []string{issuer.Audience},
		Algorithms: []string{"ES256"}, Preset: token.PresetCIS2, MaxAge: 10_000 * time.Hour,
	}}})
	must(err)
	t.Cleanup(func() { _ = verifier.Close() })
	fsys := changed(t, settings...)
	rev, err := decision.Load(t.Context(), fsys, decision.Options{})
	must(err)
	engine := decision.NewEngine(rev)
	pages, err := broker.NewPages(nil)
	must(err)
	journal := audit.NewJournal(g.spool, "region")
	signer := vouch.NewSigner(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), regionClock.now)
	vouched, err := vouch.NewVerifier(map[string]string{signer.PublicKey(): "the console"}, vouch.NewSeen(), regionClock.now)
	must(err)
	brokers := map[string]http.Handler{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
		g.mu.Lock()
		down := g.down[id]
		g.asked = append(g.asked, r.Method+" "+r.URL.Path)
		g.mu.Unlock()
		if h, ok := brokers[id]; ok && !down {
			h.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(front.Close)
	var sources []collect.Source
	for _, s := range started.Sources() {
		target, err := url.Parse(s.Base)
		must(err)
		s.BaseURL = s.Base
		proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host }}
		b, err := broker.New(broker.Config{
			Broker: "region", Path: "/" + s.ID + "/fhir", Source: s.Source, Verifier: verifier, Gatherer: reg, Decider: engine,
			Recorder: journal, Prepare: broker.Preparing(reg.Prepare), Protector: protector, Pages: pages, Clock: regionClock.now,
			AppendWithin: 30 * time.Second, Vouched: vouched,
		})
		must(err)
		brokers[s.ID] = b.Handler(proxy)
		sources = append(sources, collect.Source{ID: s.ID, Name: s.Name, Organisation: s.ODS, Kind: s.Kind, Telephone: s.Telephone, Broker: front.URL + "/" + s.ID + "/fhir"})
	}
	g.collector, err = collect.New(collect.Config{
		Sources: sources, Clock: regionClock.now, Log: log, Verifier: verifier, Reasons: engine, Recorder: journal, Protector: protector, Signer: signer,
	})
	must(err)
	g.described = started.Describe(front.URL)
	g.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.console.ServeHTTP(w, r) }))
	t.Cleanup(g.front.Close)
	g.address = strings.Replace(g.front.URL, "127.0.0.1", "localhost", 1)
	g.issuer = &httptest.Server{URL: started.Issuer()}
	g.console, err = console.New(console.Config{
		PublicURL: g.address, Issuer: started.Issuer(), ClientID: "mcr-console", Verifier: verifier, Collector: g.collector,
		Engine: engine, Gatherer: reg, Policies: fsys, Clock: regionClock.now, Log: log,
	})
	must(err)
	return g
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
	for _, p := range g.described.Patients {
		for _, f := range p.Flags {
			if f == flag {
				return p
			}
		}
	}
	g.t.Fatalf("no patient is %s", flag)
	return demo.DescribedPatient{}
}

// find looks a patient up, as typed from the described one.
func (g *region) find(s *surfer, p demo.DescribedPatient) *surfer {
	g.t.Helper()
	year, month, day := p.Born[:4], p.Born[5:7], p.Born[8:]
	return s.open(g.url("/patients")).submit("/console/patients", search(p.NHSNumber, day, month, year))
}

// here is the address of the page about the patient, without what comes after.
func here(s *surfer) string {
	parts := strings.Split(s.at.Path, "/")
	return strings.Join(parts[:min(len(parts), 4)], "/")
}

// records are those that the brokers wrote of an action.
func (g *region) records(action access.Action) (found []audit.Record) {
	g.t.Helper()
	entries, err := g.spool.Read(0, 100_000)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, e := range entries {
		var rec audit.Record
		if err := json.Unmarshal(e.Payload, &rec); err != nil {
			g.t.Fatal(err)
		}
		if rec.Action == string(action) {
			found = append(found, rec)
		}
	}
	return found
}
