package intake_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/intake"
	"github.com/mycarerecord/mcr/decision/release/releasetest"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// place is a place of publication, with those who publish.
type place struct {
	releasetest.People
	t   *testing.T
	dir string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return &place{releasetest.NewPeople(t), t, t.TempDir()}
}

func (p *place) made(s release.Statement, keys ...release.Key) []byte {
	p.t.Helper()
	s.Revision = fmt.Sprintf("r%d", s.Serial)
	return releasetest.Made(p.t, policytest.Copied(p.t), s, now, keys, p.Publisher)
}

func (p *place) good(serial uint64) []byte {
	return p.made(release.Statement{Serial: serial}, p.Ann, p.Ben)
}

func (p *place) put(packed []byte) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, release.Current), packed, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// broker is who goes by what comes.
type broker struct {
	*intake.Intake
	takes   intake.Takes
	taken   []uint64
	refused []release.Code
	err     error // of taking, or of refusing
}

func (p *place) broker(data string, from intake.Source, clock func() time.Time) *broker {
	b := &broker{Intake: intake.New(intake.Config{Source: from, Trust: p.Trust, Data: data, Key: []byte("the deployment's"), Clock: clock})}
	b.takes = intake.Takes{
		Take: func(_ context.Context, a *intake.Arrived, held func() error) error {
			if b.err != nil {
				return b.err
			}
			if err := held(); err != nil {
				return err
			}
			b.taken = append(b.taken, a.Statement.Serial)
			return nil
		},
		Refuse: func(_ context.Context, r *intake.Refused) error {
			if b.err != nil {
				return b.err
			}
			b.refused = append(b.refused, r.Because.Code)
			return nil
		},
	}
	return b
}

func (b *broker) looks(t *testing.T) {
	t.Helper()
	if err := b.Look(t.Context(), b.takes); err != nil {
		t.Fatal(err)
	}
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// served counts what is asked of a web server, and what it sends.
type served struct {
	http.Handler
	asked, sent int
}

func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked++
	counted := httptest.NewRecorder()
	s.Handler.ServeHTTP(counted, r)
	s.sent += counted.Body.Len()
	for name, values := range counted.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(counted.Code)
	_, _ = w.Write(counted.Body.Bytes())
}

// What was taken is not fetched again while it is what it was, by entity tag and by time of writing;
// a newer one is; and what was accepted last is there for the next start.
func TestAReleaseIsFetchedOnceAndKept(t *testing.T) {
	p := newPlace(t)
	for name, handler := range map[string]http.Handler{
		"an entity tag": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, err := os.ReadFile(filepath.Join(p.dir, release.Current))
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(text)))
			http.ServeContent(w, r, "x", time.Time{}, strings.NewReader(string(text)))
		}),
		"a time of writing": http.FileServer(http.Dir(p.dir)),
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "releases")
			server := &served{Handler: handler}
			web := httptest.NewServer(server)
			defer web.Close()
			first := p.good(1)
			p.put(first)
			long := time.Now().Add(-time.Hour)
			if err := os.Chtimes(filepath.Join(p.dir, release.Current), long, long); err != nil {
				t.Fatal(err)
			}
			b := p.broker(data, intake.FromURL(web.URL+"/"+release.Current), at(now))
			if _, err := b.Kept(); !errors.Is(err, intake.ErrNone) {
				t.Error(err)
			}
			for range 3 {
				b.looks(t)
			}
			if len(b.taken) != 1 || server.asked != 3 || server.sent != len(first) {
				t.Errorf("taken: %v; %d asked, %d of %d bytes sent", b.taken, server.asked, server.sent, len(first))
			}
			p.put(p.good(2))
			b.looks(t)
			kept, err := p.broker(data, nil, nil).Kept()
			if err != nil || kept.Statement.Serial != 2 || kept.Signer != "publisher" || len(b.taken) != 2 {
				t.Errorf("kept: %v, %v; taken: %v", kept != nil, err, b.taken)
			}
			if left, _ := filepath.Glob(filepath.Join(data, "*.mcr")); len(left) != 1 {
				t.Errorf("kept: %v", left)
			}
			web.Close()
			if err := b.Look(t.Context(), b.takes); err == nil || b.State().Fault == nil || !b.State().Contact.Equal(now) {
				t.Errorf("the server is away: %v", err)
			}
		})
	}
}

// A refusal is told once, and one that could not be told is told again. What was accepted stays, and
// is the lowest that the next must be above, for a later start too.
func TestWhatIsRefusedIsToldOnce(t *testing.T) {
	p := newPlace(t)
	data := filepath.Join(t.TempDir(), "releases")
	clock := now
	b := p.broker(data, intake.FromFolder(p.dir), func() time.Time { return clock })
	if err := b.Look(t.Context(), b.takes); err == nil || !strings.Contains(err.Error(), "nothing is published") {
		t.Error(err)
	}
	p.put(p.good(5))
	b.looks(t)
	clock = clock.Add(time.Hour)
	p.put(p.made(release.Statement{Serial: 6}, p.Ann))
	b.err = errors.New("the disk is full")
	for range 2 {
		if err := b.Look(t.Context(), b.takes); !errors.Is(err, b.err) {
			t.Error(err)
		}
	}
	b.err = nil
	for range 3 {
		b.looks(t)
	}
	state := b.State()
	if fmt.Sprint(b.refused) != "[not-approved]" || state.Refused == nil || state.Refused.Release.Statement.Serial != 6 || !state.Contact.Equal(clock) {
		t.Errorf("refused: %v, contact %s", b.refused, state.Contact)
	}
	clock = clock.Add(time.Hour)
	p.put([]byte("nobody's"))
	b.looks(t)
	b.looks(t)
	if state := b.State(); state.Refused == nil || state.Refused.Release != nil || !state.Contact.Equal(clock.Add(-time.Hour)) {
		t.Errorf("what nobody signed is a word from the place: %s", state.Contact)
	}
	again := p.broker(data, intake.FromFolder(p.dir), at(clock))
	if _, err := again.Kept(); err != nil {
		t.Fatal(err)
	}
	p.put(p.good(4))
	again.looks(t)
	if fmt.Sprint(again.refused) != "[older]" || len(again.taken) != 0 {
		t.Errorf("an older one, after a start: %v", again.refused)
	}
	p.put(p.good(7))
	again.looks(t)
	if fmt.Sprint(again.taken) != "[7]" || again.State().Refused != nil {
		t.Errorf("taken: %v", again.taken)
	}
}

// One that cannot be taken now is tried again; one that must not be is not.
func TestWhatCannotBeTakenNowIsTriedAgain(t *testing.T) {
	p := newPlace(t)
	b := p.broker(filepath.Join(t.TempDir(), "releases"), intake.FromFolder(p.dir), at(now))
	p.put(p.good(1))
	b.err = errors.New("the trail is away")
	if err := b.Look(t.Context(), b.takes); !errors.Is(err, b.err) {
		t.Error(err)
	}
	b.err = nil
	b.looks(t)
	if fmt.Sprint(b.taken) != "[1]" {
		t.Errorf("taken: %v", b.taken)
	}
	b.takes.Take = func(context.Context, *intake.Arrived, func() error) error {
		panic("a rule that the compiler falls over")
	}
	p.put(p.good(3))
	for range 2 {
		if err := b.Look(t.Context(), b.takes); err == nil || !strings.Contains(err.Error(), "falls over") || b.State().Fault == nil {
			t.Error("a fault: ", err)
		}
	}
	b.takes.Take = func(context.Context, *intake.Arrived, func() error) error {
		return &release.Refusal{Code: release.DoesNotPass, Text: "a case fails"}
	}
	p.put(p.good(2))
	b.looks(t)
	b.looks(t)
	if fmt.Sprint(b.refused) != "[does-not-pass]" {
		t.Errorf("refused: %v", b.refused)
	}
}

// One that holds from later on is taken when its time has come; until then nothing is wrong.
func TestAReleaseWaitsForItsTime(t *testing.T) {
	p := newPlace(t)
	clock := now
	b := p.broker(filepath.Join(t.TempDir(), "releases"), intake.FromFolder(p.dir), func() time.Time { return clock })
	p.put(p.made(release.Statement{Serial: 1, NotBefore: now.Add(time.Hour)}, p.Ann, p.Ben))
	for range 2 {
		b.looks(t)
	}
	if s := b.State(); len(b.taken)+len(b.refused) != 0 || !s.From.Equal(now.Add(time.Hour)) || !s.Contact.Equal(now) {
		t.Errorf("%v %v, from %s", b.taken, b.refused, s.From)
	}
	clock = now.Add(time.Hour)
	b.looks(t)
	if fmt.Sprint(b.taken) != "[1]" || !b.State().From.IsZero() {
		t.Errorf("taken: %v", b.taken)
	}
}

// What is kept is sealed: nobody who can write the folder alone has a broker start by something else,
// or take an earlier release again.
func TestWhatIsKeptCannotBeChanged(t *testing.T) {
	p := newPlace(t)
	data := filepath.Join(t.TempDir(), "releases")
	b := p.broker(data, intake.FromFolder(p.dir), at(now))
	p.put(p.good(1))
	b.looks(t)
	ledger := filepath.Join(data, "accepted.json")
	text, err := os.ReadFile(ledger)
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string, text []byte) {
		t.Helper()
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, forged := range map[string]string{
		"another serial": strings.Replace(string(text), `"serial":1`, `"serial":0`, 1), "cut off": string(text[:40]), "empty": "", "no seal": `{"version":1,"serial":0}`,
	} {
		write(ledger, []byte(forged))
		if r, err := p.broker(data, nil, nil).Kept(); err == nil || errors.Is(err, intake.ErrNone) {
			t.Errorf("%s: %v, %v", name, r != nil, err)
		}
	}
	write(ledger, text)
	all, _ := filepath.Glob(filepath.Join(data, "*.mcr"))
	write(all[0], p.good(2))
	if r, err := p.broker(data, nil, nil).Kept(); err == nil || !strings.Contains(err.Error(), "is not what was accepted") {
		t.Errorf("another release: %v, %v", r != nil, err)
	}
	if r, err := intake.New(intake.Config{Data: data, Key: []byte("another")}).Kept(); err == nil {
		t.Errorf("under another key: serial %d", r.Statement.Serial)
	}
}

// Whatever a server answers, nothing is taken but a release, and it is said what is wrong.
func TestAServerThatIsNone(t *testing.T) {
	p := newPlace(t)
	good := p.good(1)
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter)
		says   string
	}{
		"not found":           {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, "status 404"},
		"a redirect":          {func(w http.ResponseWriter) { w.Header().Set("Location", "/x"); w.WriteHeader(http.StatusFound) }, "status 302"},
		"nothing changed":     {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotModified) }, "status 304"},
		"it breaks off":       {func(w http.ResponseWriter) { w.Header().Set("Content-Length", "9999999"); _, _ = w.Write(good) }, "broke off"},
		"a page":              {func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, ""},
		"larger than allowed": {func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, release.MostPacked+1)) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w) }))
			defer web.Close()
			b := p.broker(filepath.Join(t.TempDir(), "releases"), intake.FromURL(web.URL), at(now))
			err := b.Look(t.Context(), b.takes)
			switch {
			case c.says == "" && (err != nil || len(b.refused) != 1):
				t.Errorf("%v, %v", err, b.refused)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Error(err)
			}
			if len(b.taken) > 0 {
				t.Error("taken: ", b.taken)
			}
		})
	}
}
