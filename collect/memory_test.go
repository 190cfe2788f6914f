package collect_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/collect"
)

// big answers every search of its twelve sources with a page of large or of many
// entries, to the edge of what one source may answer.
type big struct {
	answers map[string][]byte // by path
	empty   []byte
}

func newBig(tb testing.TB, entries, size int) (*big, collect.Config) {
	w := &big{answers: map[string][]byte{}}
	var cfg collect.Config
	for i := range 12 {
		b := &broker{id: "fhir", base: fmt.Sprintf("https://s%d.example/fhir", i)}
		var held []string
		for n := range entries {
			held = append(held, strings.Replace(resource("Observation", fmt.Sprint("o", n), "p1"), `"subject"`,
				`"note":[{"text":"`+strings.Repeat("x", size)+`"}],"subject"`, 1))
		}
		w.answers[fmt.Sprintf("s%d.example/fhir/Observation/_search", i)] = []byte(b.searchset(held, "", ""))
		w.answers[fmt.Sprintf("s%d.example/fhir/Patient/_search", i)] = []byte(b.searchset([]string{patient("p1")}, "", ""))
		w.empty = []byte(b.searchset(nil, "", ""))
		s := source(tb, b, i)
		s.ID = fmt.Sprint("s", i)
		cfg.Sources = append(cfg.Sources, s)
	}
	cfg.Client, cfg.Log = &http.Client{Transport: w}, slog.New(slog.DiscardHandler)
	return w, cfg
}

func (w *big) RoundTrip(r *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, r.Body)
	body, ok := w.answers[r.URL.Host+r.URL.Path]
	if !ok {
		body = w.empty
	}
	return &http.Response{StatusCode: 200, Header: fhirHeader, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// peak is what the process had in memory at most, in MiB (Linux).
func peak(tb testing.TB) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Skip("no /proc here")
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return n / 1024
}

// slowly is a client that takes its answer when it is let, so that all answers
// stand in memory at once.
type slowly struct {
	*httptest.ResponseRecorder
	let   chan struct{}
	here  func()
	once  sync.Once
	bytes int64
}

func (s *slowly) Write(b []byte) (int, error) {
	s.once.Do(s.here)
	<-s.let
	if s.bytes += int64(len(b)); s.bytes < 2<<20 { // the test's own memory is not measured
		s.Body.Write(b)
	}
	return len(b), nil
}

// A hundred collections at once, of a hundred people, with answers as large as a
// source may give, of few large entries or of many small ones: what the process
// takes from the system (RSS, at most) for them. For true figures run each by
// itself: go test ./collect -run - -bench HundredWithBigAnswers/many -benchtime 1x
func BenchmarkHundredWithBigAnswers(b *testing.B) {
	for name, shape := range map[string]struct{ entries, size int }{"large": {16, 480 << 10}, "many": {20_000, 100}} {
		b.Run(name, func(b *testing.B) {
			_, cfg := newBig(b, shape.entries, shape.size)
			cfg.Within, cfg.InAll = time.Minute, time.Minute
			var people atomic.Int64
			c, err := collect.New(at(&desk{who: func(string) (access.Subject, error) {
				return access.Subject{UserID: fmt.Sprint(people.Add(1))}, nil
			}}, cfg))
			if err != nil {
				b.Fatal(err)
			}
			before := peak(b)
			for b.Loop() {
				let := make(chan struct{})
				var answered atomic.Int64
				var wait, here sync.WaitGroup
				here.Add(100)
				for range 100 {
					wait.Go(func() {
						w := &slowly{ResponseRecorder: httptest.NewRecorder(), let: let, here: here.Done}
						c.ServeHTTP(w, asks())
						answered.Add(w.bytes)
					})
				}
				here.Wait()
				b.ReportMetric(float64(c.Held()>>20), "MiB-counted")
				close(let)
				wait.Wait()
				b.ReportMetric(float64(answered.Load()>>20), "MiB-answered")
			}
			b.ReportMetric(float64(peak(b)-before), "MiB-RSS")
		})
	}
}

func asks() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/fhir/Patient/$collect", strings.NewReader(question(theNumber)))
	r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}}
	return r
}

// What is held is counted until the answer has left, a slow reader's too, and is
// given back to the last byte; what finds no room is not held.
func TestWhatIsHeldIsCounted(t *testing.T) {
	_, cfg := newBig(t, 100, 1000) // 12 sources with some 110 KB, and 51 KB for the entries
	cfg.MaxHeld = 1 << 20
	c, err := collect.New(at(&desk{}, cfg))
	if err != nil {
		t.Fatal(err)
	}
	let, here := make(chan struct{}), make(chan struct{})
	w := &slowly{ResponseRecorder: httptest.NewRecorder(), let: let, here: func() { close(here) }}
	done := make(chan struct{})
	go func() { defer close(done); c.ServeHTTP(w, asks()) }()
	<-here
	if held := c.Held(); held < 700<<10 || held > 1<<20 {
		t.Errorf("%d bytes are counted while they are read", held)
	}
	close(let)
	<-done
	if held := c.Held(); held != 0 {
		t.Errorf("%d bytes are counted after all", held)
	}
	failed := strings.Count(w.Body.String(), `"too-many-requests"`)
	shown := strings.Count(w.Body.String(), `"fullUrl":"https://`) - strings.Count(w.Body.String(), `/Patient/p1","resource"`)
	if failed == 0 || shown == 0 || shown == 12*100 || shown%100 > 0 || w.bytes > 1<<20 {
		t.Errorf("%d sources found no room for something, %d entries did, %d bytes", failed, shown, w.bytes)
	}
}
