package broker_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
)

const notHeldOutcome = `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported"}]}`

// The whole is no view: those within it are, and are counted.
func TestTheRecordOfAWholeViewsNothing(t *testing.T) {
	for _, decision := range []access.Decision{permit(t), deny} {
		for name, ask := range map[string]func(*kit) *httptest.ResponseRecorder{
			"everything": func(k *kit) *httptest.ResponseRecorder { return k.get(everything) },
			"batch":      func(k *kit) *httptest.ResponseRecorder { return k.batch("Observation?patient=p1", "Patient/p1") },
		} {
			k := newKit(t)
			k.source, k.decision = sourceOf(everythingSource()), decision
			ask(k)
			last := len(k.record.records) - 1
			for i, rec := range k.record.records {
				if want := map[bool]string{true: "", false: "view"}[i == last]; rec.Action != want {
					t.Errorf("%s: record %d of %d has the action %q, want %q", name, i, last, rec.Action, want)
				}
			}
			if got := k.record.records[last].Interaction; got != name {
				t.Errorf("the last record is of %q, want %q", got, name)
			}
		}
	}
}

// A batch that is refused whole asks for a view, like any that is refused by its form.
func TestABatchThatIsNoneIsARefusedView(t *testing.T) {
	k := newKit(t)
	r := httptest.NewRequest(http.MethodPost, "/fhir", strings.NewReader(`{"resourceType":"Bundle","type":"transaction","entry":[]}`))
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("Content-Type", "application/fhir+json")
	closed(t, k.do(r), http.StatusForbidden, "interaction-not-offered")
	if rec := k.only(); rec.Action != "view" || rec.Interaction != "batch" || rec.Outcome != audit.Refused {
		t.Errorf("%+v", rec)
	}
}

// That a source has no Flags must not hide that it did not answer about Observations.
func TestATypeThatIsNotHeldHidesNoFailure(t *testing.T) {
	k := newKit(t)
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/Patient/p1"):
			json(w)
			_, _ = w.Write([]byte(patient))
		case strings.HasSuffix(r.URL.Path, "/Condition"):
			json(w)
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(notHeldOutcome))
		default:
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	closed(t, k.get("/fhir/Patient/p1/$everything?_type=Condition,Observation"), http.StatusBadGateway, "source-unavailable")
	whole := k.record.records[len(k.record.records)-1]
	if whole.Outcome != audit.Failed || whole.Reasons[0] != "source-unavailable" {
		t.Errorf("%+v", whole)
	}
	closed(t, k.get("/fhir/Patient/p1/$everything?_type=Condition"), http.StatusNotFound, "type-not-held")
}

// Attack 97: the source is asked for an id once, whether it knows it or not, and whoever
// asks; the searches that are refused ask for nothing more.
func TestAttack097EverythingAsksForAnIDOnce(t *testing.T) {
	for _, id := range []string{"p1", "never"} {
		for _, decision := range []access.Decision{permit(t), deny} {
			asked := 0
			k := newKit(t)
			k.decision = decision
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				json(w)
				if strings.HasSuffix(r.URL.Path, "/Patient/"+id) {
					asked++
				}
				if id == "never" {
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write([]byte(notHeldOutcome))
				} else if strings.HasSuffix(r.URL.Path, "/Patient/p1") {
					_, _ = w.Write([]byte(patient))
				} else {
					_, _ = w.Write([]byte(bundle()))
				}
			})
			w := k.get("/fhir/Patient/" + id + "/$everything")
			if asked != 1 {
				t.Errorf("%s, %s: the source was asked %d times who it is", id, decision.Effect, asked)
			}
			known := id == "p1"
			switch permitted := decision.Effect == access.Permit; {
			case !permitted:
				closed(t, w, http.StatusForbidden, "no-active-care-relationship")
			case strings.Count(w.Body.String(), "patient-not-known-here") != map[bool]int{true: 0, false: 1}[known]:
				t.Errorf("%s: %s", id, w.Body)
			}
		}
	}
}

// Attack 162: so many wholes are in memory, of one person and of all, and no more; each
// gives its place back however it ends.
func TestAttack162WholesHavePlaces(t *testing.T) {
	k := newKit(t)
	var once sync.Once
	inside, goOn := make(chan struct{}), make(chan struct{})
	there := sourceOf(everythingSource())
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(inside); <-goOn })
		there.ServeHTTP(w, r)
	})
	places := broker.NewPlaces(1, 1)
	k.configure = func(c *broker.Config) { c.Wholes = places }
	handler := k.handler()
	ask := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, everything, nil)
		r.Header.Set("Authorization", "Bearer token")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- ask() }()
	<-inside
	w := ask()
	closed(t, w, http.StatusTooManyRequests, "too-many-requests")
	if rec := k.record.records[0]; len(k.record.records) != 1 || rec.Outcome != audit.Failed || rec.Interaction != "everything" || w.Header().Get("Retry-After") == "" {
		t.Errorf("%+v", k.record.records)
	}
	k.subject.UserID = "u2"
	closed(t, ask(), http.StatusServiceUnavailable, "too-many-requests")
	close(goOn)
	if w := <-first; w.Code != http.StatusOK {
		t.Errorf("the first: %d %s", w.Code, w.Body)
	}
	k.decision = deny
	closed(t, ask(), http.StatusForbidden, "no-active-care-relationship")
	k.decision, k.source = permit(t), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("in the middle") })
	handler = k.handler()
	for range 2 {
		closed(t, ask(), http.StatusBadGateway, "source-unavailable")
	}
}

func many(n int) (all []string) {
	for range n {
		all = append(all, "Observation?patient=p1")
	}
	return all
}

// What is past the bounds of a batch is refused entry by entry, and asks no source.
func TestABatchEndsAtItsBytes(t *testing.T) {
	k := newKit(t)
	big := strings.Replace(result, canary, strings.Repeat("x", 1<<20-2000), 1)
	asked := 0
	there := sourceOf(map[string]string{"Patient/p1": patient, searchTarget: big})
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++; there.ServeHTTP(w, r) })
	w := k.batch(many(20)...)
	text := w.Body.String()
	if released, tooLarge := strings.Count(text, `"status":"200 OK"`), strings.Count(text, `"413 Request Entity Too Large"`); w.Code != http.StatusOK || released != 17 || tooLarge != 3 || asked != 18 {
		t.Errorf("%d: %d released, %d too large, %d asked", w.Code, released, tooLarge, asked)
	}
	if n := len(k.record.records); n != 21 {
		t.Errorf("%d records", n)
	}
}

func TestABatchAndAnEverythingEndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(k *kit) {
			there := sourceOf(everythingSource())
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(25 * time.Second): // of the bubble, where no time passes
					there.ServeHTTP(w, r)
				case <-r.Context().Done():
				}
			})
		}
		k, started := newKit(t), time.Now()
		slow(k)
		w := k.batch(many(6)...)
		text := w.Body.String()
		// The patient and one answer are here after 50 s; the second is cut short.
		if got := fmt.Sprint(w.Code, strings.Count(text, `"200 OK"`), strings.Count(text, `"code":"source-unavailable"`), strings.Count(text, `"413 Request Entity Too Large"`)); got != "200 1 1 4" {
			t.Errorf("%s: %s", got, text)
		}
		if took := time.Since(started); took != time.Minute {
			t.Errorf("took %s", took)
		}
		k = newKit(t)
		slow(k)
		if w := k.get(everything); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "everything-in-part") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
