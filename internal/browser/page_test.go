//go:build servers

package browser_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/internal/browser"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/upstreams"
)

// nobodyKnown is all that a broker needs of which every answer is a refusal: it is about what
// a browser lets a page do.
type nobodyKnown struct {
	mu    sync.Mutex
	kept  []audit.Record
	asked map[string]int // methods that the browser asked with
}

func (*nobodyKnown) Verify(context.Context, *token.Presented) (access.Subject, error) {
	return access.Subject{}, access.ErrUnauthenticated
}
func (*nobodyKnown) Gather(context.Context, access.Question) access.Facts { return access.Facts{} }
func (*nobodyKnown) Decide(context.Context, access.Question, access.Facts) access.Decision {
	return access.Decision{}
}
func (*nobodyKnown) Reason(code string) access.Reason { return access.Reason{Code: code, Text: code} }
func (*nobodyKnown) About(*audit.Record, nhs.Number)  {}
func (n *nobodyKnown) Append(_ context.Context, rec *audit.Record) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kept = append(n.kept, *rec)
	return nil
}

// taken gives what was kept and asked since the last time.
func (n *nobodyKnown) taken() (kept []audit.Record, asked map[string]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	kept, asked = n.kept, n.asked
	n.kept, n.asked = nil, map[string]int{}
	return kept, asked
}

// pageOf serves a page at an origin of its own.
func pageOf(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>An application</title><p>An application</p></html>`))
	}))
	t.Cleanup(s.Close)
	return s
}

func brokerFor(t *testing.T, parts *nobodyKnown, origins ...string) *httptest.Server {
	t.Helper()
	pages, err := broker.NewPages(nil)
	if err != nil {
		t.Fatal(err)
	}
	ods, err := nhs.ParseODSCode("RZ1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.New(broker.Config{
		Broker: "test", Source: upstreams.Source{ID: "acute", Name: "Acute", ODS: ods, BaseURL: "http://source.example/fhir", Timeout: time.Minute, MaxBytes: 1 << 20},
		Verifier: parts, Gatherer: parts, Decider: parts, Recorder: parts, Protector: parts, Pages: pages, Origins: origins,
		Prepare: func(context.Context, access.Question, string) (broker.Change, error) { return nil, context.Canceled },
	})
	if err != nil {
		t.Fatal(err)
	}
	front := b.Handler(http.NotFoundHandler())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts.mu.Lock()
		parts.asked[r.Method]++
		parts.mu.Unlock()
		front.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// asks has the page ask, and tell what its browser let it see.
const asks = `(async () => {
	window.seen = await (async () => {
	try {
		const r = await fetch(%BASE% + "/fhir/Observation?patient=p1", {headers: {
			"Authorization": "Bearer x", "Prefer": "handling=lenient", "DPoP": "x", "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			"X-Request-ID": "60E0B220-8136-4CA5-AE46-1D97EF59D068", "X-Correlation-ID": "visit-1", "Ssp-TraceID": "spine-1"}});
		const body = await r.json();
		return {status: String(r.status), code: body.issue[0].details.coding[0].code, request: r.headers.get("x-request-id"), correlation: r.headers.get("x-correlation-id"),
			spine: r.headers.get("ssp-traceid"), record: r.headers.get("x-record-id") ? "named" : "", challenge: r.headers.get("www-authenticate") ? "read" : ""};
	} catch (e) { return {status: "kept from the page", code: "", request: "", correlation: "", spine: "", record: "", challenge: ""}; }
	})();
})(), true`

// A real browser: the page of a listed origin may send what means something here, and reads
// refusals with their ids; one of another origin sends nothing but the question, nor does
// any where none is listed. The questions leave no record.
func TestServersBrowserAPageOfAListedOriginMayAsk(t *testing.T) {
	listed, other := pageOf(t), pageOf(t)
	parts := &nobodyKnown{asked: map[string]int{}}
	allowing, closed := brokerFor(t, parts, listed.URL), brokerFor(t, parts)
	b := start(t)
	const keptFrom = "kept from the page"
	for name, c := range map[string]struct {
		page, broker *httptest.Server
		want         map[string]string
		records      int
		asked        map[string]int
	}{
		"listed": {listed, allowing, map[string]string{"status": "401", "code": "token-not-accepted", "request": "60E0B220-8136-4CA5-AE46-1D97EF59D068", "correlation": "visit-1",
			"spine": "spine-1", "record": "named", "challenge": "read"}, 1, map[string]int{"OPTIONS": 1, "GET": 1}},
		"not listed":  {other, allowing, map[string]string{"status": keptFrom, "code": "", "request": "", "correlation": "", "spine": "", "record": "", "challenge": ""}, 0, map[string]int{"OPTIONS": 1}},
		"none listed": {listed, closed, map[string]string{"status": keptFrom, "code": "", "request": "", "correlation": "", "spine": "", "record": "", "challenge": ""}, 0, map[string]int{"OPTIONS": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			tab := b.Person(t, c.page.URL)
			tab.Open("/")
			base, _ := json.Marshal(c.broker.URL) // a text always has a JSON form
			browser.Value[bool](tab, strings.Replace(asks, "%BASE%", string(base), 1))
			tab.Until("the page has its answer", "window.seen !== undefined")
			got := browser.Value[map[string]string](tab, "window.seen")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("what the page sees (-want +got):\n%s", diff)
			}
			kept, asked := parts.taken()
			if diff := cmp.Diff(c.asked, asked); diff != "" || len(kept) != c.records {
				t.Errorf("%d records, want %d; what the browser asked (-want +got):\n%s", len(kept), c.records, diff)
			}
		})
	}
}
