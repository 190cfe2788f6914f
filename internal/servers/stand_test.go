//go:build servers

package servers_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/cors"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	registrysqlite "github.com/mycarerecord/mcr/registry/sqlite"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
	"github.com/mycarerecord/mcr/upstreams"
)

// stand is a whole broker in front of the world's FHIR server: real tokens, a
// real registry, the real policies, and a real journal, spool and store. Only
// Caddy is not there; a plain transport does its part.
type stand struct {
	world
	t        *testing.T
	base     string // public address of the broker's FHIR API
	host     string // host:port of it
	front    http.Handler
	issuer   *tokentest.Issuer
	registry *registry.Registry
	dir      string

	shipper *ship.Shipper
	spool   *spool.Spool
	store   *sqlite.Store
	chain   string

	mu        sync.Mutex
	asked     int      // requests that reached the broker, without browsers' preflights
	answers   []answer // that its client had
	forwarded []string // what the source was asked, path and query
	onForward func()   // called before the source is asked
}

const (
	brokerID = "broker-1"
	path     = "/acute/fhir"
)

// newStand starts a broker. Changes adjust the source that it believes in.
func newStand(t *testing.T, w world, changes ...func(*upstreams.Source)) *stand {
	t.Helper()
	s := &stand{world: w, t: t, dir: t.TempDir()}
	s.issuer = tokentest.NewIssuer(t, "https://issuer.example")
	s.openRegistry()
	journal, protector := s.openTrail()
	log := s.log()
	verifier, err := token.New(token.Config{Logger: log, Issuers: []token.Issuer{{
		Name: s.issuer.Name, JWKSURL: s.issuer.URL, Audience: []string{tokentest.Audience}, Algorithms: []string{"ES256"}, Preset: "cis2",
	}}})
	s.must(err)
	t.Cleanup(func() { s.try(verifier.Close()) })
	pages, err := broker.NewPages(nil)
	s.must(err)
	holder, err := nhs.ParseODSCode(acute)
	s.must(err)
	source := upstreams.Source{ID: "acute", Name: "Acute Trust", ODS: holder, Kind: "acute", BaseURL: w.hapi, Timeout: time.Minute, MaxBytes: 16 << 20}
	for _, change := range changes {
		change(&source)
	}
	cfg := broker.Config{
		Broker: brokerID, Source: source, Path: path,
		Verifier: verifier, Gatherer: s.registry, Decider: decision.NewEngine(w.policies), Recorder: journal,
		Prepare: broker.Preparing(s.registry.Prepare), Protector: protector, Pages: pages, Log: log,
	}
	if w.configure != nil {
		w.configure(&cfg)
	}
	b, err := broker.New(cfg)
	s.must(err)
	next := s.toSource()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.Serve(w, r, next) })
	s.front = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		if !cors.IsPreflight(r) {
			s.asked++
		}
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	})
	server := httptest.NewUnstartedServer(s.front)
	server.Config.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	server.Start()
	t.Cleanup(server.Close)
	s.base, s.host = server.URL+path, strings.TrimPrefix(server.URL, "http://")
	return s
}

// toSource is what stands in the place of Caddy's HTTP transport: it sends what the broker
// built, as it is, and notes it.
func (s *stand) toSource() broker.Next {
	carrier := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32}
	s.t.Cleanup(carrier.CloseIdleConnections)
	next := broker.Through(carrier)
	return func(w http.ResponseWriter, r *http.Request) error {
		s.mu.Lock()
		s.forwarded = append(s.forwarded, r.URL.RequestURI())
		s.mu.Unlock()
		if s.onForward != nil {
			s.onForward()
		}
		return next(w, r)
	}
}

// log goes to a file, which is searched for patients like the others.
func (s *stand) log() *slog.Logger {
	s.t.Helper()
	f, err := os.Create(filepath.Join(s.dir, "broker.log"))
	s.must(err)
	s.t.Cleanup(func() { s.try(f.Close()) })
	return slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (s *stand) openRegistry() {
	s.t.Helper()
	var err error
	store, err := registrysqlite.Open(filepath.Join(s.dir, "registry.db"), registrysqlite.Options{})
	s.must(err)
	s.registry = registry.New(store, registry.Options{})
	s.t.Cleanup(func() { s.try(s.registry.Close()) })
}

func (s *stand) openTrail() (*audit.Journal, *protect.Protector) {
	s.t.Helper()
	ctx := context.Background()
	keys, err := protect.CreateKeys(filepath.Join(s.dir, "keys"))
	s.must(err)
	protector, err := protect.NewProtector(keys, protect.Encrypted)
	s.must(err)
	s.spool, err = spool.Open(filepath.Join(s.dir, "spool"), spool.Options{SegmentBytes: 1 << 20})
	s.must(err)
	s.t.Cleanup(func() { s.try(s.spool.Close()) })
	s.store, err = sqlite.Open(ctx, filepath.Join(s.dir, "trail.db"))
	s.must(err)
	s.t.Cleanup(func() { s.try(s.store.Close()) })
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(s.dir, "checkpoint"), keys, brokerID)
	s.must(err)
	start, err := ship.StartCheck(ctx, s.spool, s.store, checkpoint)
	s.must(err)
	s.chain = start.Broker
	s.shipper = ship.Begin(s.spool, s.store, checkpoint, start, ship.Options{Drain: time.Minute})
	s.t.Cleanup(s.judgeTrail)
	return audit.NewJournal(s.spool, start.Broker), protector
}

// judgeTrail comes when the test is over: every request has left exactly one
// record, the chain is whole, every answer has its record, and nothing of the
// patients stands in what the broker kept.
func (s *stand) judgeTrail() {
	records := s.records()
	// A batch, and everything of a patient, are many requests of one trace, and one
	// record more for the whole (decision 15).
	many := []string{"batch", "everything"}
	wholes := map[string]bool{}
	for _, rec := range records {
		if slices.Contains(many, rec.Interaction) && rec.Action == "" { // else it was refused whole
			wholes[rec.TraceID] = true
		}
	}
	within := 0
	for _, rec := range records {
		if whole := slices.Contains(many, rec.Interaction) && rec.Action == ""; wholes[rec.TraceID] && !whole {
			within++
			if rec.Interaction == "" && rec.Outcome != audit.Refused { // an entry that was not understood
				s.t.Errorf("record %d, within others, tells neither what was asked nor that it was refused: %+v", rec.Sequence, rec)
			}
		}
	}
	if len(records)-within != s.asked {
		s.t.Errorf("%d requests, %d records and %d more within others: each must leave exactly one", s.asked, len(records)-within, within)
	}
	byID := map[string]*audit.Record{}
	for _, rec := range records {
		byID[rec.ID] = rec
		// What is the same for everyone, and the whole of many, is not decided on, and has
		// no reason.
		undecided := slices.Contains(append(many, "capabilities", "smart-configuration"), rec.Interaction)
		if rec.Outcome == "" || rec.Status == 0 || len(rec.Reasons) == 0 && !undecided {
			s.t.Errorf("record %d tells no outcome, status or reason: %+v", rec.Sequence, rec)
		}
	}
	for _, a := range s.answers {
		rec := byID[a.header.Get("X-Record-Id")]
		switch {
		case rec == nil:
			s.t.Errorf("%s was answered %d without a record", a.asked, a.status)
		case rec.Status != a.status:
			s.t.Errorf("%s was answered %d, recorded as %d", a.asked, a.status, rec.Status)
		case a.status == http.StatusOK && rec.BytesReleased != int64(len(a.body)) && len(a.body) > 0:
			s.t.Errorf("%s: %d bytes left, %d recorded", a.asked, len(a.body), rec.BytesReleased)
		}
	}
	s.judgeFiles()
}

// records gives the whole trail, once what is under way has arrived. It ends the
// shipping.
func (s *stand) records() []*audit.Record {
	s.t.Helper()
	ctx := context.Background()
	if err := s.shipper.Close(ctx); err != nil {
		s.t.Error(err)
	}
	report, err := proof.Verify(ctx, s.store, s.chain)
	if err != nil || !report.OK() {
		s.t.Errorf("the trail is not whole: %v\n%v", err, report)
	}
	records, err := s.store.Tail(ctx, audit.Scope{Limit: 100_000})
	if err != nil {
		s.t.Error(err)
	}
	return records
}

// judgeFiles looks for patients in what the broker keeps. The registry is the one
// part that must know NHS numbers; nothing keeps record content.
func (s *stand) judgeFiles() {
	err := filepath.WalkDir(s.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for i, p := range s.patients {
			if bytes.Contains(text, []byte(p.Name)) {
				s.t.Errorf("%s holds the name of patient %d", filepath.Base(name), i)
			}
			if !strings.HasPrefix(d.Name(), "registry.db") && bytes.Contains(text, []byte(p.Number.Digits())) {
				s.t.Errorf("%s holds the NHS number of patient %d", filepath.Base(name), i)
			}
		}
		return nil
	})
	s.try(err)
}

// reached gives what the source was asked since the last call.
func (s *stand) reached() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.forwarded
	s.forwarded = nil
	return all
}

func (s *stand) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) try(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Error(err)
	}
}
