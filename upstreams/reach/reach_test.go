package reach_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/upstreams/reach"
)

// node is one address of a source that does what a test has it do.
type node struct {
	*httptest.Server
	does  atomic.Pointer[http.HandlerFunc]
	asked atomic.Int64
}

func newNode(t *testing.T, does http.HandlerFunc) *node {
	t.Helper()
	n := new(node)
	n.does.Store(&does)
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.asked.Add(1)
		(*n.does.Load())(w, r)
	}))
	t.Cleanup(n.Close)
	return n
}

func (n *node) host() string { return strings.TrimPrefix(n.URL, "http://") }

func (n *node) do(does http.HandlerFunc) { n.does.Store(&does) }

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

// breaks closes the connection, after a part of what it would have said.
func breaks(after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(c, after)
		c.Close()
	}
}

func fails(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func addresses(t *testing.T, c *clock, change func(*reach.Config), nodes ...*node) *reach.Addresses {
	t.Helper()
	carrier := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	cfg := reach.Config{Source: "acute", Transport: carrier, Clock: c.now}
	for _, n := range nodes {
		cfg.Bases = append(cfg.Bases, n.URL+"/fhir")
	}
	if change != nil {
		change(&cfg)
	}
	a, err := reach.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ask asks as the broker does: of the first address.
func ask(t *testing.T, a *reach.Addresses) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.Hosts()[0]+"/fhir/Patient/p1", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return fmt.Sprint(answer.StatusCode, " ", string(text)), err
}

// What happens at the first address, and who answers: another is asked only where the first
// has not begun to.
func TestTheNextAddressAnswersForOneThatDoesNot(t *testing.T) {
	for name, c := range map[string]struct {
		first  http.HandlerFunc
		want   string
		err    bool
		passed bool
	}{
		"it answers":                    {says("one"), "200 one", false, false},
		"it breaks off at once":         {breaks(""), "200 two", false, true},
		"it breaks off within a header": {breaks("HTTP/1.1 200 OK\r\nContent-T"), "200 two", false, true},
		"it speaks no HTTP":             {breaks("+OK\r\n"), "200 two", false, true},
		"it breaks off in its answer":   {breaks("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none"), "200 one", true, false},
		"it says that it failed":        {fails(500), "500 ", false, false},
		"it says that it is away":       {fails(503), "503 ", false, false},
		"it redirects":                  {fails(302), "302 ", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			one, two := newNode(t, c.first), newNode(t, says("two"))
			a := addresses(t, &clock{at: time.Now()}, nil, one, two)
			got, err := ask(t, a)
			if got != c.want || (err != nil) != c.err {
				t.Errorf("%q %v, want %q", got, err, c.want)
			}
			if passed := len(a.PassedBy()) == 1; passed != c.passed {
				t.Errorf("passed by: %v", a.PassedBy())
			}
			if wanted := c.want == "200 two"; (two.asked.Load() > 0) != wanted {
				t.Errorf("the other was asked %d times", two.asked.Load())
			}
		})
	}
}

// One that cannot be dialled is passed by for its time; then a single request tries it.
func TestAnAddressIsPassedByForItsTime(t *testing.T) {
	one, two := newNode(t, breaks("")), newNode(t, says("two"))
	c := &clock{at: time.Now()}
	a := addresses(t, c, func(cfg *reach.Config) { cfg.FailDuration = time.Minute }, one, two)
	for range 5 {
		if got, err := ask(t, a); got != "200 two" {
			t.Fatal(got, err)
		}
	}
	if n := one.asked.Load(); n != 1 {
		t.Errorf("it was asked %d times while it was passed by", n)
	}
	c.at = c.at.Add(time.Minute)
	// While the one request is under way that tries it again, the others pass it by.
	trying, tried := make(chan struct{}), make(chan struct{})
	one.do(func(w http.ResponseWriter, _ *http.Request) {
		close(trying)
		<-tried
		fmt.Fprint(w, "one")
	})
	done := make(chan string)
	go func() {
		got, _ := ask(t, a)
		done <- got
	}()
	<-trying
	if got, err := ask(t, a); got != "200 two" {
		t.Error(got, err)
	}
	close(tried)
	if got := <-done; got != "200 one" {
		t.Error(got)
	}
	one.do(says("one again"))
	if got, err := ask(t, a); got != "200 one again" || len(a.PassedBy()) > 0 {
		t.Error(got, err, a.PassedBy())
	}
}

// When all are away each is tried all the same, and the fault tells of each.
func TestAllAreTriedWhenAllArePassedBy(t *testing.T) {
	one, two := newNode(t, breaks("")), newNode(t, breaks(""))
	a := addresses(t, &clock{at: time.Now()}, nil, one, two)
	for range 2 {
		if got, err := ask(t, a); err == nil {
			t.Fatal(got)
		}
	}
	if one.asked.Load() != 2 || two.asked.Load() != 2 || !slices.Equal(a.PassedBy(), []string{one.host(), two.host()}) {
		t.Error(one.asked.Load(), two.asked.Load(), a.PassedBy())
	}
	two.do(says("two"))
	if got, err := ask(t, a); got != "200 two" {
		t.Error(got, err)
	}
}

// A client that goes away says nothing of the address, and nobody else is asked for it.
func TestWhoHangsUpPassesNobodyBy(t *testing.T) {
	ctx, hangUp := context.WithCancel(t.Context())
	one, two := newNode(t, func(_ http.ResponseWriter, r *http.Request) {
		hangUp()
		<-r.Context().Done()
	}), newNode(t, says("two"))
	a := addresses(t, &clock{at: time.Now()}, nil, one, two)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, one.URL+"/fhir/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.RoundTrip(r); !errors.Is(err, context.Canceled) || len(a.PassedBy()) > 0 || two.asked.Load() > 0 {
		t.Error(err, a.PassedBy(), two.asked.Load())
	}
}

// With a health_uri who is not well is passed by, though it answers, and is back when it is well.
func TestWhoIsNotWellIsPassedBy(t *testing.T) {
	well := true
	var path atomic.Value
	one := newNode(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/health") {
			fmt.Fprint(w, "one")
			return
		}
		path.Store(r.Method + " " + r.RequestURI + " " + r.Header.Get("Authorization"))
		if !well {
			w.WriteHeader(http.StatusFound)
		}
	})
	two := newNode(t, says("two"))
	a := addresses(t, &clock{at: time.Now()}, func(cfg *reach.Config) { cfg.HealthURI = "/health?deep=1" }, one, two)
	for _, well = range []bool{true, false, true} {
		a.Ask(t.Context())
		want := map[bool]string{true: "200 one", false: "200 two"}[well]
		if got, err := ask(t, a); got != want || (len(a.PassedBy()) > 0) == well {
			t.Errorf("well %v: %q %v %v", well, got, err, a.PassedBy())
		}
	}
	if path.Load() != "GET /health?deep=1 " {
		t.Errorf("it was asked %v", path.Load())
	}
	// It ends with its context, and at once where nothing is asked for.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a.Watch(ctx)
	addresses(t, &clock{at: time.Now()}, nil, one).Watch(t.Context())
}

// What the source said instead of an answer may be a record: the log has nothing of it.
func TestTheLogHasNothingOfWhatTheSourceSaid(t *testing.T) {
	const canary = "CANARY-7f3a"
	for says, want := range map[string]string{
		"+OK " + canary + "\r\n":                                    "speaks no HTTP",
		"HTTP/1.1 200 OK\r\n" + canary + "\r\n\r\n":                 "speaks no HTTP",
		"HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n": "speaks no HTTP",
		"HTTP/1.1 500 " + canary + "\r\nContent-Length: 0\r\n\r\n":  "it answered 500",
	} {
		var log strings.Builder
		a := addresses(t, &clock{at: time.Now()}, func(cfg *reach.Config) {
			cfg.HealthURI, cfg.Log = "/health", slog.New(slog.NewTextHandler(&log, nil))
		}, newNode(t, breaks(says)))
		_, _ = ask(t, a)
		a.Ask(t.Context())
		if !strings.Contains(log.String(), want) || strings.Contains(log.String(), canary) {
			t.Errorf("%q: %s", says, log.String())
		}
	}
	gone := newNode(t, says(""))
	gone.Close()
	var log strings.Builder
	a := addresses(t, &clock{at: time.Now()}, func(cfg *reach.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) }, gone)
	if _, err := ask(t, a); err == nil || !strings.Contains(log.String(), "refused") {
		t.Errorf("%v: %s", err, log.String())
	}
}

func TestFaultsAreToldAtOnce(t *testing.T) {
	for want, bases := range map[string][]string{
		"base_url: missing":                  nil,
		"differ in more than the host":       {"https://a.example/R4", "http://b.example/R4"},
		"http://b.example/fhir":              {"http://a.example/R4", "http://b.example/fhir"},
		"b.example stands there twice":       {"http://a.example/R4", "http://b.example/R4", "http://b.example/R4/"},
		"missing scheme":                     {"a.example/R4", "http://b.example/R4"},
		"health_uri: http://a is no path of": {"http://a.example/R4"},
	} {
		if _, err := reach.New(reach.Config{Bases: bases, HealthURI: "http://a"}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "health_uri") {
			t.Errorf("%v: %v", bases, err)
		}
	}
}
