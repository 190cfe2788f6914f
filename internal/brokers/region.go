// Package brokers puts real brokers in front of sources, for tests: one broker for each source, all
// with one registry, one spool and one set of keys behind them, as a region has in front of its
// professionals. Policies, tokens and records are real. Caddy is not there (net/http's transport
// does its part), nor a store that the spool is sent to.
//
// A Region may be used by many goroutines at once.
package brokers

import (
	"encoding/json"
	"io"
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
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/upstreams"
)

// Options say what stands where. All but Facts, Log and Change are needed.
type Options struct {
	// Name is what the brokers call themselves in their records.
	Name string
	// Sources are what the brokers stand in front of, each at its BaseURL.
	Sources []upstreams.Source
	// Issuer is the one whose tokens are taken.
	Issuer token.Issuer
	// Decider decides for all brokers.
	Decider broker.Decider
	// Clock is the time of everything that is here.
	Clock func() time.Time
	// Facts are imported into the registry: FHIR resources, one a line.
	Facts io.Reader
	// Log hears what is said of tokens; nil: nobody does.
	Log *slog.Logger
	// Change has the last word on the configuration of each broker.
	Change func(*broker.Config)
}

// Region is what runs until the test ends.
type Region struct {
	// URL is where the brokers are: that of the source "acute" at URL + "/acute/fhir".
	URL       string
	Registry  *registry.Registry
	Spool     *spool.Spool
	Journal   *audit.Journal
	Protector *protect.Protector
	Verifier  *token.Verifier

	brokers map[string]http.Handler // by the source's id

	mu   sync.Mutex
	down map[string]bool
}

// Start brings a region up.
func Start(t testing.TB, opt Options) *Region {
	t.Helper()
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
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	r := &Region{brokers: map[string]http.Handler{}, down: map[string]bool{}}
	data := t.TempDir()
	var err error
	store, err := sqlite.Open(filepath.Join(data, "registry.db"), sqlite.Options{Clock: opt.Clock})
	must(err)
	r.Registry = registry.New(store, registry.Options{Clock: opt.Clock})
	closing(r.Registry.Close)
	if opt.Facts != nil {
		_, err = intake.Import(t.Context(), r.Registry, opt.Facts, intake.Options{By: opt.Name, Clock: opt.Clock})
		must(err)
	}
	// Small segments: a test writes little, and hundreds of regions are made.
	r.Spool, err = spool.Open(filepath.Join(data, "spool"), spool.Options{SegmentBytes: 256 << 10, MinFreeBytes: -1})
	must(err)
	closing(r.Spool.Close)
	r.Journal = audit.NewJournal(r.Spool, opt.Name)
	keys, err := protect.CreateKeys(filepath.Join(data, "keys"))
	must(err)
	r.Protector, err = protect.NewProtector(keys, protect.Encrypted)
	must(err)
	r.Verifier, err = token.New(token.Config{Clock: opt.Clock, Logger: opt.Log, Issuers: []token.Issuer{opt.Issuer}})
	must(err)
	closing(r.Verifier.Close)
	pages, err := broker.NewPages(nil)
	must(err)
	carrier := &http.Transport{DisableCompression: true}
	t.Cleanup(carrier.CloseIdleConnections)
	asking := broker.Through(carrier)
	for _, source := range opt.Sources {
		cfg := broker.Config{
			Broker: opt.Name, Path: "/" + source.ID + "/fhir", Source: source, Verifier: r.Verifier, Gatherer: r.Registry,
			Decider: opt.Decider, Recorder: r.Journal, Prepare: broker.Preparing(r.Registry.Prepare), Protector: r.Protector,
			Pages: pages, Clock: opt.Clock, AppendWithin: 30 * time.Second, // the machine may be busy
		}
		if opt.Change != nil {
			opt.Change(&cfg)
		}
		b, err := broker.New(cfg)
		must(err)
		r.brokers[source.ID] = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { b.Serve(w, req, asking) })
	}
	front := httptest.NewServer(r)
	t.Cleanup(front.Close)
	r.URL = front.URL
	return r
}

// ServeHTTP gives a request to the broker that the first part of its path names. It is no
// ServeMux, which would clean the path before the broker sees it.
func (r *Region) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	id, _, _ := strings.Cut(strings.TrimPrefix(req.URL.EscapedPath(), "/"), "/")
	r.mu.Lock()
	down := r.down[id]
	r.mu.Unlock()
	switch b, ok := r.brokers[id]; {
	case !ok:
		http.NotFound(w, req)
	case down:
		w.WriteHeader(http.StatusBadGateway)
	default:
		b.ServeHTTP(w, req)
	}
}

// Stop lets the brokers of sources answer no more.
func (r *Region) Stop(sources ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range sources {
		r.down[id] = true
	}
}

// Records are those of the brokers' records that a test wants, in order.
func (r *Region) Records(t testing.TB, want func(*audit.Record) bool) (found []audit.Record) {
	t.Helper()
	entries, err := r.Spool.Read(0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var record audit.Record
		if err := json.Unmarshal(e.Payload, &record); err != nil {
			t.Fatal(err)
		}
		if want(&record) {
			found = append(found, record)
		}
	}
	return found
}
