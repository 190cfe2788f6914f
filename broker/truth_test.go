package broker_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
)

func TestTheRecordOfARefusalByFormTellsTheType(t *testing.T) {
	k := newKit(t)
	r := httptest.NewRequest(http.MethodDelete, "/fhir/Observation/o1", nil)
	r.Header.Set("Authorization", "Bearer token")
	closed(t, k.do(r), http.StatusMethodNotAllowed, "read-only")
	if rec := k.only(); rec.ResourceType != "Observation" || rec.Interaction != "" {
		t.Errorf("type %q, interaction %q", rec.ResourceType, rec.Interaction)
	}
}

func TestTheRecordOfAHeadSaysThatNothingWasSent(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	r := httptest.NewRequest(http.MethodHead, search, nil)
	r.Header.Set("Authorization", "Bearer token")
	if w := k.do(r); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if rec := k.only(); rec.BytesReleased != 0 {
		t.Errorf("%d bytes released in an answer without a body", rec.BytesReleased)
	}
}

// Every step of a request is timed, once; what it takes to make the record durable, and to write, too.
func TestEveryStepIsTimed(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	before := map[string]float64{}
	steps := []string{"parse", "token", "gather", "decide", "fetch", "filter", "all", "append", "write"}
	for _, step := range steps {
		before[step] = counted(t, "mcr_step_seconds", step)
	}
	if w := k.get(search); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	for _, step := range steps {
		if n := counted(t, "mcr_step_seconds", step) - before[step]; n != 1 {
			t.Errorf("%s: %v times", step, n)
		}
	}
}

// tongueTied is a change whose id cannot be told.
type tongueTied struct{ change }

func (*tongueTied) ID() string { panic("on purpose") }

func TestAChangeThatEndsInAPanicDoesNotHold(t *testing.T) {
	k, c := newKit(t), &tongueTied{}
	k.configure = func(cfg *broker.Config) {
		cfg.Prepare = func(context.Context, access.Question, string) (broker.Change, error) { return c, nil }
	}
	closed(t, k.post(consent), http.StatusInternalServerError, "internal-error")
	if rec := k.only(); c.commits != 0 || c.rollbacks != 1 || rec.Outcome != audit.Failed {
		t.Errorf("%d commits, %d rollbacks, outcome %s", c.commits, c.rollbacks, rec.Outcome)
	}
}

// docs/operating.md sends the operator to mcr_decisions_total{reason="source-unavailable"}.
func TestTheMetricTellsWhatFailedAfterAPermit(t *testing.T) {
	k := newKit(t)
	k.configure = func(cfg *broker.Config) { cfg.Source.ID = "metric-test" }
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/fhir/Patient/") {
			sourceOf(map[string]string{"Patient/p1": patient}).ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusBadGateway)
	})
	closed(t, k.get(search), http.StatusBadGateway, "source-unavailable")
	registry := prometheus.NewRegistry()
	registry.MustRegister(broker.Collectors()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if text := m.String(); strings.Contains(text, "metric-test") && family.GetName() == "mcr_decisions_total" {
				if !strings.Contains(text, "source-unavailable") {
					t.Errorf("counted as %s", text)
				}
				return
			}
		}
	}
	t.Error("not counted")
}
