package collect_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
)

// wire answers for twelve brokers without a network: what the collector itself
// takes is measured. One source answers slowly, so that all others wait for it.
type wire struct {
	answers map[string][]byte // by host and type
	slow    string            // host
	wait    time.Duration     // of each of its answers
	last    sync.Map          // trace → time of the slowest's last answer
}

const entriesASource = 120 // about 110 KB, a few years of a patient who is ill

func newWire(tb testing.TB) (*wire, collect.Config) {
	w := &wire{answers: map[string][]byte{}, slow: "s11.example", wait: 10 * time.Millisecond}
	cfg := collect.Config{EachPerson: 1000} // a hundred people, for what it costs
	types := []string{"Observation", "Condition", "MedicationRequest", "Encounter", "DocumentReference", "Appointment"}
	for i := range 12 {
		host := fmt.Sprintf("s%d.example", i)
		b := &broker{id: "fhir", base: "https://" + host + "/fhir"}
		held := map[string][]string{"Patient": {patient("p1")}}
		for n := range entriesASource {
			typ := types[n%len(types)]
			held[typ] = append(held[typ], strings.Replace(resource(typ, fmt.Sprint("r", n), "p1"), `"subject"`,
				`"meta":{"versionId":"1","lastUpdated":"2026-11-23T08:00:00Z"},"status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"271649006","display":"Systolic blood pressure"}]},"note":[{"text":"`+
					strings.Repeat("Seen in clinic, no change. ", 20)+`"}],"subject"`, 1))
		}
		for _, typ := range slices.Concat(types, []string{"Patient"}) {
			w.answers[host+typ] = []byte(b.searchset(held[typ], "", ""))
		}
		w.answers[host] = []byte(b.searchset(nil, "", ""))
		s := source(tb, b, i)
		s.ID = host
		cfg.Sources = append(cfg.Sources, s)
	}
	cfg.Client = &http.Client{Transport: w}
	cfg.Log = slog.New(slog.DiscardHandler)
	return w, cfg
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == w.slow {
		select {
		case <-time.After(w.wait):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	io.Copy(io.Discard, r.Body)
	typ := strings.Split(r.URL.Path, "/")[2]
	body, ok := w.answers[r.URL.Host+typ]
	if !ok {
		body = w.answers[r.URL.Host]
	}
	if r.URL.Host == w.slow {
		w.last.Store(r.Header.Get("Traceparent")[3:35], time.Now())
	}
	return &http.Response{
		StatusCode: 200, Header: fhirHeader, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}

var fhirHeader = http.Header{"Content-Type": {"application/fhir+json"}}

// after gives how long after the slowest source's last answer an answer was there.
func (w *wire) after(tb testing.TB, trace string, end time.Time) time.Duration {
	last, ok := w.last.LoadAndDelete(trace)
	if !ok {
		tb.Fatal("the slow source was not asked")
	}
	return end.Sub(last.(time.Time))
}

func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2].Microseconds()) / 1000
}

// One collection over HTTP, as one Bundle: how long after the slowest of twelve
// sources the whole answer is there. The target is 20 ms.
func BenchmarkAfterTheSlowestSource(b *testing.B) {
	w, cfg := newWire(b)
	c, err := collect.New(at(&desk{}, cfg))
	if err != nil {
		b.Fatal(err)
	}
	var all []time.Duration
	for b.Loop() {
		r := post(c, question(theNumber), nil)
		all = append(all, w.after(b, r.Header().Get("X-Trace-Id"), time.Now()))
		if r.Code != 200 || r.Body.Len() < 12*entriesASource*500 {
			b.Fatalf("got %d, %d bytes", r.Code, r.Body.Len())
		}
	}
	b.ReportMetric(median(all), "ms-after-slowest-p50")
}

// A hundred collections at once: the memory that each takes while all wait for
// their slowest source, and the time for all. What the process takes at most with
// the largest answers is BenchmarkHundredWithBigAnswers.
func BenchmarkHundredAtOnce(b *testing.B) {
	_, cfg := newWire(b)
	c, err := collect.New(at(&desk{}, cfg))
	if err != nil {
		b.Fatal(err)
	}
	const together = 100
	var peak uint64
	for b.Loop() {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		var wait, inside sync.WaitGroup
		inside.Add(together)
		measured := make(chan struct{})
		for range together {
			wait.Go(func() {
				q := collect.Question{By: someone, Patient: number(b, theNumber)}
				parts := 0
				c.Collect(context.Background(), bearer, q, func(collect.Part) {
					if parts++; parts == 11 { // all hold what they have, and wait for each other
						inside.Done()
						<-measured
					}
				})
			})
		}
		inside.Wait()
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		close(measured)
		wait.Wait()
	}
	b.ReportMetric(float64(peak)/together/1024, "KiB-held-each")
}

// A hundred collections at once over HTTP, begun one after the other, two for each
// of a hundred people: the figure of BenchmarkAfterTheSlowestSource under that.
func BenchmarkAfterTheSlowestOfAHundred(b *testing.B) {
	w, cfg := newWire(b)
	w.wait = 300 * time.Millisecond
	c, err := collect.New(at(&desk{}, cfg))
	if err != nil {
		b.Fatal(err)
	}
	const people = 100
	var mu sync.Mutex
	var all []time.Duration
	for b.Loop() {
		var wait sync.WaitGroup
		begin := time.NewTicker(20 * time.Millisecond)
		for range people {
			<-begin.C
			wait.Go(func() {
				for range 2 {
					r := post(c, question(theNumber), nil)
					took := w.after(b, r.Header().Get("X-Trace-Id"), time.Now())
					mu.Lock()
					all = append(all, took)
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		begin.Stop()
	}
	b.ReportMetric(median(all), "ms-after-slowest-p50")
}

// The collector's own memory for one collection, network and brokers apart.
func BenchmarkMemoryOfACollection(b *testing.B) {
	w, cfg := newWire(b)
	w.slow = ""
	c, err := collect.New(at(&desk{}, cfg))
	if err != nil {
		b.Fatal(err)
	}
	q := collect.Question{By: someone, Patient: number(b, theNumber)}
	b.ReportAllocs()
	for b.Loop() {
		if result := c.Collect(context.Background(), bearer, q, nil); result.Parts[0].Status != collect.Complete {
			b.Fatalf("got %+v", result.Parts[0].Reason)
		}
	}
}

// The same over real connections on loopback: 12 servers, about 350 searches.
func BenchmarkOverLoopback(b *testing.B) {
	var brokers []*broker
	records := []string{patient("p1")}
	for n := range entriesASource {
		records = append(records, resource([]string{"Observation", "Condition", "Encounter"}[n%3], fmt.Sprint("r", n), "p1"))
	}
	var last atomic.Int64
	for i := range 12 {
		fake := &broker{id: fmt.Sprint("s", i)}
		bodies := map[string]string{}
		var once sync.Once
		fake.answer = func(w http.ResponseWriter, r *http.Request) bool {
			once.Do(func() {
				for _, record := range records {
					bodies[typeOf(record)] = ""
				}
				for typ := range bodies {
					bodies[typ] = fake.searchset(slices.DeleteFunc(slices.Clone(records), func(r string) bool { return typeOf(r) != typ }), "", "")
				}
			})
			body, ok := bodies[strings.Split(r.URL.Path, "/")[3]]
			if !ok {
				body = `{"resourceType":"Bundle","type":"searchset"}`
			}
			send(w, body)
			last.Store(time.Now().UnixNano())
			return true
		}
		brokers = append(brokers, fake)
	}
	reg := newRegion(b, collect.Config{Log: slog.New(slog.DiscardHandler)}, brokers...)
	server := httptest.NewServer(reg)
	defer server.Close()
	var all []time.Duration
	for b.Loop() {
		r, _ := http.NewRequest(http.MethodPost, server.URL+"/fhir/Patient/$collect", strings.NewReader(question(theNumber)))
		r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		n, _ := io.Copy(io.Discard, response.Body)
		response.Body.Close()
		all = append(all, time.Since(time.Unix(0, last.Load())))
		if n < 100<<10 {
			b.Fatalf("%d bytes", n)
		}
	}
	b.ReportMetric(median(all), "ms-after-last-p50")
}
