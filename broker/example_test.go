package broker_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/upstreams"
)

// A broker on plain net/http, before a httputil.ReverseProxy: here with parts that
// know nobody, so that it refuses, and says why.
func Example() {
	source := httptest.NewServer(http.NotFoundHandler())
	defer source.Close()
	address, err := url.Parse(source.URL)
	if err != nil {
		panic(err)
	}
	pages, err := broker.NewPages(nil)
	if err != nil {
		panic(err)
	}
	b, err := broker.New(broker.Config{
		Broker:   "wend-1",
		Source:   upstreams.Source{ID: "gp-riverside", BaseURL: source.URL + "/fhir", Timeout: time.Second, MaxBytes: 1 << 20},
		Verifier: nobody{}, Gatherer: nobody{}, Decider: nobody{}, Recorder: nobody{}, Protector: nobody{}, Pages: pages,
		Prepare: func(context.Context, access.Question, string) (broker.Change, error) {
			return nil, access.ErrNoSuchPermission
		},
	})
	if err != nil {
		panic(err)
	}
	handler := b.Handler(httputil.NewSingleHostReverseProxy(address))

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/fhir/Observation/1", nil))
	fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	// Output:
	// recorded: refused [token-missing]
	// 401 no-store
}

// nobody is every part of a broker: it verifies nobody and knows nothing.
type nobody struct{}

func (nobody) Verify(context.Context, *token.Presented) (access.Subject, error) {
	return access.Subject{}, access.ErrUnauthenticated
}
func (nobody) Gather(context.Context, access.Question) access.Facts { return access.Facts{} }
func (nobody) Decide(context.Context, access.Question, access.Facts) access.Decision {
	return access.Decision{}
}
func (nobody) Reason(code string) access.Reason { return access.Reason{Code: code} }
func (nobody) Append(_ context.Context, rec *audit.Record) error {
	fmt.Println("recorded:", rec.Outcome, rec.Reasons)
	return nil
}
func (nobody) About(*audit.Record, nhs.Number) {}
