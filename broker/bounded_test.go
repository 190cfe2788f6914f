package broker_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/room"
)

// Attack 162: a hundred answers without an end hold no more than the room, are 502 at
// their limit or 503 busy, and are recorded. Short answers of the same source and of
// another find room all the while. Nothing is held in the end.
func TestAttack162EndlessAnswersHoldNoMoreThanTheRoom(t *testing.T) {
	const most = 24 << 20
	shared := room.New(most, 20*time.Millisecond)
	var held atomic.Int64
	piece := []byte(strings.Repeat(" ", 32<<10))
	k, other := newKit(t), newKit(t)
	there := sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/fhir/Condition") {
			there.ServeHTTP(w, r)
			return
		}
		json(w)
		for {
			if _, err := w.Write(piece); err != nil {
				return
			}
			for now, was := shared.Held(), held.Load(); now > was && !held.CompareAndSwap(was, now); was = held.Load() {
			}
		}
	})
	other.source = there
	k.configure = func(c *broker.Config) { c.Room, c.Source.MaxBytes = shared, 4<<20 }
	other.configure = func(c *broker.Config) { c.Room, c.Source.ID = shared, "other" }
	mad, well := k.handler(), other.handler()

	var all sync.WaitGroup
	var busy, cut atomic.Int64
	for range 100 {
		all.Go(func() {
			switch w := ask(mad, "/fhir/Condition?patient=p1"); w.Code {
			case http.StatusServiceUnavailable:
				busy.Add(1)
				closed(t, w, http.StatusServiceUnavailable, "busy")
				if w.Header().Get("Retry-After") == "" {
					t.Error("busy, and not said when to come again")
				}
			default:
				cut.Add(1)
				closed(t, w, http.StatusBadGateway, "source-answer-not-understood")
			}
		})
	}
	for range 50 {
		for _, h := range []http.Handler{mad, well} {
			if w := ask(h, search); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) {
				t.Errorf("a short answer beside endless ones: %d %s", w.Code, w.Body)
			}
		}
	}
	all.Wait()
	if busy.Load() == 0 || cut.Load() == 0 || held.Load() > most || held.Load() < most/4 {
		t.Errorf("%d busy, %d cut, %d bytes held at most", busy.Load(), cut.Load(), held.Load())
	}
	if now := shared.Held(); now != 0 {
		t.Errorf("%d bytes are held by nobody", now)
	}
	recorded := map[string]int{}
	for _, rec := range k.record.records {
		if rec.Outcome == audit.Failed {
			recorded[rec.Reasons[0]]++
		}
	}
	if recorded["busy"] != int(busy.Load()) || recorded["source-answer-not-understood"] != int(cut.Load()) || len(k.record.records) != 150 {
		t.Errorf("%d records: %v", len(k.record.records), recorded)
	}
}

// ask asks a broker, with a token.
func ask(h http.Handler, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Authorization", "Bearer token")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Whatever is asked, and however it ends, what was held is given back.
func TestAttack162WhatWasHeldIsGivenBack(t *testing.T) {
	shared := room.New(64<<20, 0)
	long := strings.Replace(result, canary, strings.Repeat("x", 3<<20), 1)
	answers := everythingSource()
	answers[searchTarget], answers["Observation/o1"] = long, observation
	k := newKit(t)
	k.source = sourceOf(answers)
	k.configure = func(c *broker.Config) { c.Room, c.Source.MaxBytes = shared, 8<<20 }
	targets := []string{search, everything, "/fhir/Observation/o1", "/fhir/Observation/never", "/fhir/Patient/p1", "/fhir/nonsense", "/fhir/metadata"}
	for _, p := range slowPlaces {
		targets = append(targets, p.ask)
	}
	for _, target := range targets {
		k.get(target)
		if held := shared.Held(); held != 0 {
			t.Fatalf("%s: %d bytes are held by nobody", target, held)
		}
	}
	if w := k.batch("Observation?patient=p1", "Patient/p1", "Observation?patient=p1"); w.Code != http.StatusOK || w.Body.Len() < 6<<20 || shared.Held() != 0 {
		t.Errorf("a batch: %d, %d bytes, %d held", w.Code, w.Body.Len(), shared.Held())
	}
	k.record.fails = errBroken
	if w := k.get(search); w.Code != http.StatusServiceUnavailable || shared.Held() != 0 {
		t.Errorf("unrecorded: %d, %d held", w.Code, shared.Held())
	}
	l := withLetters(t)
	link, before := l.link(), l.configure
	l.configure = func(c *broker.Config) { before(c); c.Room = shared }
	if w := l.get(link); w.Code != http.StatusOK || shared.Held() != 0 {
		t.Errorf("a document: %d, %d held", w.Code, shared.Held())
	}
}

// counting is a client that counts what it reads, and keeps nothing.
type counting struct {
	header http.Header
	status int
	bytes  int64
}

func (c *counting) Header() http.Header { return c.header }
func (c *counting) WriteHeader(s int)   { c.status = s }
func (c *counting) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

// Attack 162: a searchset of 15 MB goes through the whole broker within twice its size:
// all that is allocated when the source says how long it is; when it does not, what is
// held at any moment.
func TestAttack162ALargeSearchsetTakesTwiceItsSize(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"searchset","entry":[`)
	note := strings.Repeat("within its range, ", 4600) // a page has 200 entries at most
	for i := 0; b.Len() < 15<<20; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"fullUrl":"http://source.example/fhir/Observation/o%[1]d","resource":{"resourceType":"Observation","id":"o%[1]d","meta":{"versionId":"1","lastUpdated":"2026-05-04T09:00:00Z"},`+
			`"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],`+
			`"code":{"coding":[{"system":"http://snomed.info/sct","code":"1022431000000105","display":"Haemoglobin estimation"}],"text":"Haemoglobin"},`+
			`"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-05-04T08:00:00Z","valueQuantity":{"value":130.0,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"},"note":[{"text":"%[2]s"}]}}`, i, note)
	}
	b.WriteString("]}")
	large := []byte(b.String())
	for _, said := range []bool{true, false} {
		shared, held := room.New(512<<20, 0), int64(0)
		k := newKit(t)
		there := sourceOf(map[string]string{"Patient/p1": patient})
		k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/fhir/Patient") {
				there.ServeHTTP(w, r)
				return
			}
			json(w)
			if said {
				w.Header().Set("Content-Length", strconv.Itoa(len(large)))
			}
			for rest := large; len(rest) > 0; {
				n := min(len(rest), 32<<10)
				if _, err := w.Write(rest[:n]); err != nil {
					t.Error(err)
					return
				}
				rest = rest[n:]
				held = max(held, shared.Held())
			}
		})
		k.configure = func(c *broker.Config) { c.Room, c.Source.MaxBytes = shared, 16<<20 }
		h := k.handler()
		r := httptest.NewRequest(http.MethodGet, search+"&_count=200", nil)
		r.Header.Set("Authorization", "Bearer token")
		w := &counting{header: http.Header{}}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		h.ServeHTTP(w, r)
		runtime.ReadMemStats(&after)
		took := int64(after.TotalAlloc - before.TotalAlloc)
		rec := k.only()
		if w.status != http.StatusOK || w.bytes < 12<<20 || rec.BytesReleased != w.bytes || w.header.Get("Content-Length") != strconv.FormatInt(w.bytes, 10) || shared.Held() != 0 {
			t.Fatalf("%d, %d bytes, %s said, %d recorded, %d held", w.status, w.bytes, w.header.Get("Content-Length"), rec.BytesReleased, shared.Held())
		}
		t.Logf("%.1f MB, length said %v: %.1f MB allocated, %.1f MB counted while it came", float64(len(large))/1e6, said, float64(took)/1e6, float64(held)/1e6)
		const small = 2 << 20
		size := int64(len(large))
		if most := map[bool]int64{true: 2*size + small, false: 3*size + small}[said]; took > most || held > size+small {
			t.Errorf("%d bytes, length said %v: %d allocated, %d counted while it came", size, said, took, held)
		}
	}
}
