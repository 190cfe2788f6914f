package collect_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
)

// faulty panics with some of the record when one source is asked for one type.
type faulty struct {
	http.RoundTripper
	host, typ string
}

func (f faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/"+f.host+"/fhir/"+f.typ) {
		panic("Alice Ashdown, " + theNumber)
	}
	return f.RoundTripper.RoundTrip(r)
}

// A fault of the collector costs the source that it met, is told in the log, and
// tells nothing of the record there.
func TestAPanicCostsThatSourceOnlyAndTellsNothing(t *testing.T) {
	for _, typ := range []string{"Patient", "Goal"} {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		reg := newRegion(t, collect.Config{Client: &http.Client{Transport: faulty{transport, "a", typ}}},
			&broker{id: "a", records: record}, &broker{id: "b", records: record})
		parts := reg.whole(t)
		if diff := cmp.Diff(said{Status: collect.Failed, Reason: "source-answer-not-understood"}, what(parts["a"])); diff != "" {
			t.Error(typ, diff)
		}
		if parts["b"].Status != collect.Complete {
			t.Errorf("%s: the source beside it is %s", typ, parts["b"].Status)
		}
		log := reg.log.String()
		if !strings.Contains(log, "panicked") || !strings.Contains(log, "panic_test.go") {
			t.Errorf("%s: the log does not tell where: %s", typ, log)
		}
		if strings.Contains(log, theNumber) || strings.Contains(log, "Alice") {
			t.Errorf("%s: the log tells of the record: %s", typ, log)
		}
	}
}
