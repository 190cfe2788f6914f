//go:build servers

package browser_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/sqlite"
	_ "github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/internal/browser"
	"github.com/mycarerecord/mcr/internal/demo"
)

// world is the demo region as `mcr demo` runs it: sources, issuer, brokers,
// collector and console, all in this process.
type world struct {
	*demo.Region
	demo.Description
	stage   *stage
	data    string
	address string // where brokers and console listen
	shop    demo.Workshop
	numbers []string
	used    map[string]bool
	visited [2]*audit.Record // by aVisit
}

var theWorld = sync.OnceValues(func() (*world, error) {
	data, err := os.MkdirTemp("", "mcr-browser-")
	if err != nil {
		return nil, err
	}
	atEnd = append(atEnd, func() error { return os.RemoveAll(data) })
	w := &world{stage: newStage(), data: data, used: map[string]bool{}}
	if w.Region, err = demo.Start(context.Background(), demo.Options{Trail: filepath.Join(data, "trail.db"), Before: w.stage.before}); err != nil {
		return nil, err
	}
	atEnd = append(atEnd, func() error { w.Region.Close(); return nil })
	if w.shop, err = demo.OpenWorkshop(context.Background(), filepath.Join(data, "policies"), time.Now()); err != nil {
		return nil, err
	}
	if err := importFacts(w.Region, data); err != nil {
		return nil, err
	}
	if err := w.makeUp(context.Background()); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.address = l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	w.Description = w.Region.Describe("http://" + w.address)
	for _, p := range w.Patients {
		w.numbers = append(w.numbers, p.NHSNumber)
	}
	if err := w.load(nil); err != nil {
		return nil, err
	}
	atEnd = append(atEnd, caddy.Stop)
	return w, nil
})

func importFacts(region *demo.Region, data string) error {
	facts, err := region.RegistryNDJSON()
	if err != nil {
		return err
	}
	return demo.Know(context.Background(), filepath.Join(data, "registry.db"), facts)
}

// patient lets collector and console wait for a source for as long as a story waits for a
// page, nearly: a machine that much else runs on is no source that does not answer.
const patient = "within 45s\n\t\tin_all 50s\n\t\t"

// hasty lets them give a source up as soon as they do by default.
func hasty(text string) string { return strings.ReplaceAll(text, patient, "") }

// load starts, or starts again with other settings, what stands before the
// sources. change, if given, has the last word on the Caddyfile.
func (w *world) load(change func(string) string, global ...string) error {
	options := demo.CaddyfileOptions{Listen: w.address, Data: w.data, Global: global, TrailNotice: notice, Workshop: &w.shop}
	if slices.ContainsFunc(global, func(line string) bool { return strings.HasPrefix(line, "policies ") }) {
		options.Workshop = nil // a broker goes by one of the two
	}
	text, err := w.Region.Caddyfile(options)
	if err != nil {
		return err
	}
	text = strings.ReplaceAll(text, "brokers http://", patient+"brokers http://")
	if change != nil {
		text = change(text)
	}
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return fmt.Errorf("adapting the region's Caddyfile: %w", err)
	}
	if err := caddy.Load(config, true); err != nil {
		return fmt.Errorf("loading the region's Caddyfile: %w", err)
	}
	return until(30*time.Second, func() error {
		resp, err := http.Get("http://" + w.address + "/readyz")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("not ready: %s", body)
		}
		return nil
	})
}

// until asks until there is no error, and gives the last one when time is up.
func until(limit time.Duration, ask func() error) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-deadline.C:
			return err
		case <-tick.C:
		}
	}
}

func inTheRegion(t *testing.T) *world {
	t.Helper()
	w, err := theWorld()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.stage.clear)
	return w
}

func (w *world) base() string { return "http://" + w.address + "/console" }

// flagged is the first patient of the story with a flag.
func (w *world) flagged(t *testing.T, flag string) demo.DescribedPatient {
	t.Helper()
	i := slices.IndexFunc(w.Patients, func(p demo.DescribedPatient) bool { return slices.Contains(p.Flags, flag) })
	if i < 0 {
		t.Fatalf("nobody is flagged %s", flag)
	}
	return w.Patients[i]
}

func (w *world) member(t *testing.T, id string) demo.DescribedMember {
	t.Helper()
	i := slices.IndexFunc(w.Cast, func(m demo.DescribedMember) bool { return m.ID == id })
	if i < 0 {
		t.Fatalf("nobody of the cast is %s", id)
	}
	return w.Cast[i]
}

// trail waits until the trail holds a record that fits, and gives it.
func (w *world) trail(t *testing.T, what string, fits func(*audit.Record) bool) *audit.Record {
	t.Helper()
	store, err := sqlite.OpenTrail(t.Context(), w.Description.Trail)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var found *audit.Record
	err = until(15*time.Second, func() error {
		records, err := store.Tail(t.Context(), audit.Scope{Limit: 1000})
		if err != nil {
			return err
		}
		for _, rec := range slices.Backward(records) {
			if fits(rec) {
				found = rec
				return nil
			}
		}
		return fmt.Errorf("none of the last %d records is %s", len(records), what)
	})
	if err != nil {
		t.Fatalf("asking the trail: %v", err)
	}
	return found
}

// person opens a browser for somebody, and judges in the end what it did: it may
// have talked to the console, the issuer and the others that are named.
func (w *world) person(t *testing.T, others ...string) *browser.Tab {
	t.Helper()
	tab := start(t).Person(t, w.base())
	t.Cleanup(func() {
		for _, wrong := range tab.Judge(w.base(), w.numbers, append(others, w.Description.Issuer)...) {
			t.Errorf("the browser saw: %s", wrong)
		}
	})
	return tab
}

// signIn signs in a member of the cast.
func (w *world) signIn(t *testing.T, id string, others ...string) *browser.Tab {
	t.Helper()
	tab := w.person(t, others...)
	w.enter(t, tab, id)
	return tab
}

// enter goes to the console and signs in, in the browser of a tab.
func (w *world) enter(t *testing.T, tab *browser.Tab, id string) {
	t.Helper()
	tab.Open("/")
	if tab.Has("Sign in") {
		tab.Follow("Sign in")
	}
	tab.Sees("Who are you?")
	tab.Follow(w.member(t, id).Name)
	tab.Sees("You are signed in as", w.member(t, id).Name)
}

// spaced writes an NHS number as people do: 999 000 0018.
func spaced(number string) string { return number[:3] + " " + number[3:6] + " " + number[6:] }

// stage stands before each source and can let it fail.
type stage struct {
	mu     sync.Mutex
	play   map[string]http.HandlerFunc // by source: what answers in its place
	lately time.Time                   // when a source ended its last answer
}

func newStage() *stage { return &stage{play: map[string]http.HandlerFunc{}} }

func (s *stage) before(source string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		play := s.play[source]
		if play == nil {
			play = s.play["*"]
		}
		s.mu.Unlock()
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.lately = time.Now()
		}()
		if play == nil {
			next.ServeHTTP(w, r)
			return
		}
		play(w, r.WithContext(context.WithValue(r.Context(), nextKey{}, next)))
	})
}

type nextKey struct{}

// set lets a source ("*": every one) be played by somebody else, until the test ends.
func (s *stage) set(source string, play http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.play[source] = play
}

func (s *stage) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.play)
}

// answered is when a source, any of them, ended its last answer.
func (s *stage) answered() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lately
}

// down is a source whose connections break.
func down(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// silent is a source that takes the question and never answers.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// saying is a source in whose answers some words stand in the place of others.
func saying(pairs ...string) http.HandlerFunc {
	words := strings.NewReplacer(pairs...)
	return func(w http.ResponseWriter, r *http.Request) {
		kept := &keeper{ResponseWriter: w, status: http.StatusOK}
		r.Context().Value(nextKey{}).(http.Handler).ServeHTTP(kept, r)
		w.Header().Del("Content-Length")
		w.WriteHeader(kept.status)
		_, _ = io.WriteString(w, words.Replace(kept.body.String()))
	}
}

type keeper struct {
	http.ResponseWriter
	status int
	body   strings.Builder
}

func (k *keeper) WriteHeader(status int)      { k.status = status }
func (k *keeper) Write(p []byte) (int, error) { return k.body.Write(p) }

// permissionOf fits the permission that somebody recorded last.
func permissionOf(name string) func(*audit.Record) bool {
	return func(r *audit.Record) bool {
		return r.Action == "record-permission" && r.Outcome == audit.Released && r.UserName == name
	}
}
