package scenario

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
	"github.com/mycarerecord/mcr/upstreams"
)

// clock is the time of one story. It stands still until the story moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// issuer signs the tokens of all stories; a key for each would take longer than
// the stories do.
var issuer = sync.OnceValue(func() *tokentest.Issuer { return tokentest.Start("https://issuer.example") })

// whole is a whole region for one story: a broker in front of every source, with
// one registry and one trail behind them.
type whole struct {
	address    string // host:port of the brokers
	sourceBase string
	clock      *clock
	registry   *registry.Registry
	engine     *noting
	spool      *spool.Spool
	source     *scripted
}

// build makes everything that is real, and the source, for one story.
func build(t testing.TB, s *Story, engine *decision.Engine) *whole {
	t.Helper()
	w := &whole{clock: &clock{at: Noon}, engine: &noting{Engine: engine}, source: &scripted{}}
	data := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	closing := func(end func() error) {
		t.Cleanup(func() {
			if err := end(); err != nil {
				t.Error(err)
			}
		})
	}
	var err error
	w.registry, err = registry.Open(filepath.Join(data, "registry.db"), registry.Options{Clock: w.clock.now})
	must(err)
	closing(w.registry.Close)
	w.spool, err = spool.Open(filepath.Join(data, "spool"), spool.Options{SegmentBytes: 256 << 10, MinFreeBytes: -1})
	must(err)
	closing(w.spool.Close)
	keys, err := protect.CreateKeys(filepath.Join(data, "keys"))
	must(err)
	protector, err := protect.NewProtector(keys, protect.Encrypted)
	must(err)
	verifier, err := token.New(token.Config{Clock: w.clock.now, Logger: slog.New(slog.DiscardHandler), Issuers: []token.Issuer{{
		Name: issuer().Name, JWKSURL: issuer().URL, Audience: []string{tokentest.Audience},
		Algorithms: []string{"ES256"}, Preset: token.PresetCIS2,
		MaxAge: 1000 * time.Hour, // stories let days pass in no time
	}}})
	must(err)
	closing(verifier.Close)
	pages, err := broker.NewPages(nil)
	must(err)

	behind := httptest.NewServer(w.source)
	t.Cleanup(behind.Close)
	w.sourceBase = behind.URL + "/fhir"
	carrier := &http.Transport{DisableCompression: true}
	t.Cleanup(carrier.CloseIdleConnections)
	asking := broker.Through(carrier)
	var walking, directory *broker.Walking
	if s.Settings.WalkingMost > 0 {
		walking = broker.NewWalking(s.Settings.WalkingMost, time.Duration(s.Settings.WalkingMinutes)*time.Minute)
	}
	if s.Settings.DirectoryMost > 0 {
		directory = broker.NewWalking(s.Settings.DirectoryMost, 10*time.Minute)
	}
	mux := map[string]http.Handler{}
	journal := audit.NewJournal(w.spool, "scenario")
	for id, source := range sources {
		held := organisations[source.organisation]
		ods, err := nhs.ParseODSCode(held.ods)
		must(err)
		b, err := broker.New(broker.Config{
			Broker: "scenario", Path: "/" + id + "/fhir",
			Source: upstreams.Source{ID: id, Name: held.name, ODS: ods, Kind: source.kind, Telephone: held.telephone,
				BaseURL: w.sourceBase, Timeout: 10 * time.Second, MaxBytes: 1 << 20},
			Verifier: verifier, Gatherer: w.registry, Decider: w.engine, Recorder: journal,
			Prepare: broker.Preparing(w.registry.Prepare), Protector: protector, Pages: pages, Walking: walking, Directory: directory,
			Smart: s.Settings.Smart, Origins: s.Settings.Origins,
			AppendWithin: 30 * time.Second, Clock: w.clock.now,
		})
		must(err)
		mux[id] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { b.Serve(rw, r, asking) })
	}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		// Not a ServeMux: it would clean the path before the broker sees it.
		id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
		if handler, ok := mux[id]; ok {
			handler.ServeHTTP(rw, r)
			return
		}
		http.NotFound(rw, r)
	}))
	t.Cleanup(front.Close)
	w.address = strings.TrimPrefix(front.URL, "http://")
	return w
}

// learn imports facts into the registry.
func (w *whole) learn(t testing.TB, facts string) {
	t.Helper()
	if strings.TrimSpace(facts) == "" {
		return
	}
	if _, err := w.registry.Import(context.Background(), strings.NewReader(facts), "scenario"); err != nil {
		t.Fatal(err)
	}
}
