package broker_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/fhir"
)

// How good projects fail open (examples.md), one test each. Each shows that
// nothing of the record leaves and that the request is recorded all the same.

// closed asserts the answer of a request that must not have released anything.
func closed(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if !strings.Contains(w.Body.String(), `"`+code+`"`) {
		t.Errorf("the answer does not say %s: %s", code, w.Body)
	}
	if strings.Contains(w.Body.String(), canary) || strings.Contains(fmt.Sprint(w.Header()), canary) {
		t.Errorf("record content leaked: %v %s", w.Header(), w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", w.Header().Get("Cache-Control"))
	}
}

func TestTheKitReleasesWhenAllIsWell(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	w := k.get(search)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) {
		t.Fatalf("%d %s: nothing was released, so the tests of this file show nothing", w.Code, w.Body)
	}
	rec := k.only()
	if rec.Outcome != audit.Released || rec.Types["Observation"] != 1 || rec.BytesReleased != int64(w.Body.Len()) {
		t.Errorf("record %+v", rec)
	}
}

func TestAFilterThatFailsWritesNothing(t *testing.T) {
	for name, body := range map[string]string{
		"cut off":      result[:len(result)-20],
		"not JSON":     "<html>" + canary + "</html>",
		"not a Bundle": observation,
		"trailing":     result + `{"x":"` + canary + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: body})
			closed(t, k.get(search), http.StatusBadGateway, "source-answer-not-understood")
			if rec := k.only(); rec.Outcome != audit.Failed || len(rec.Types) != 0 {
				t.Errorf("record %+v", rec)
			}
		})
	}
}

func TestARefusalIsRecordedLikeARelease(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.decision = access.Decision{Effect: access.Deny, Reasons: []access.Reason{{Code: "permission-needed", Text: "t", Remedy: "r"}}}
	closed(t, k.get(search), http.StatusForbidden, "permission-needed")
	if rec := k.only(); rec.Outcome != audit.Refused || rec.Reasons[0] != "permission-needed" || rec.PatientHMAC != "hmac" {
		t.Errorf("record %+v", rec)
	}
}

func TestARequestThatIsNotUnderstoodIsRecorded(t *testing.T) {
	k := newKit(t)
	closed(t, k.get("/fhir/Observation/..%2fPatient/p1"), http.StatusBadRequest, "path-not-understood")
	if rec := k.only(); rec.Outcome != audit.Refused || rec.UserID != "u1" {
		t.Errorf("record %+v", rec)
	}
}

func TestNoRecordNoRelease(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.record.fails = fmt.Errorf("spool: %w", errBroken)
	w := k.get(search)
	closed(t, w, http.StatusServiceUnavailable, "audit-unavailable")
	if w.Header().Get("Retry-After") == "" {
		t.Error("a full spool is not said to be worth waiting for")
	}
}

func TestAFactThatCannotBeLookedUpIsNotPassedOver(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.decision = access.Decision{Effect: access.Indeterminate, Reasons: []access.Reason{{Code: "facts-unavailable"}}}
	closed(t, k.get(search), http.StatusServiceUnavailable, "facts-unavailable")
	if rec := k.only(); rec.Outcome != audit.Failed || rec.Effect != "indeterminate" {
		t.Errorf("record %+v", rec)
	}
}

func TestADecisionThatIsNoneReleasesNothing(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.decision = access.Decision{}
	closed(t, k.get(search), http.StatusServiceUnavailable, "policy-unclear")
	k.only()
}

func TestAPermitWithoutAPlanReleasesNothing(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.decision.Plan = fhir.Plan{}
	w := k.get(search)
	if strings.Contains(w.Body.String(), canary) {
		t.Errorf("record content leaked: %s", w.Body)
	}
	k.only()
}

// A source that does not speak FHIR JSON, or not 200, is not passed through.
func TestAnAnswerThatIsNotUnderstoodIsNotPassedThrough(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"HTML":    func(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/html") },
		"XML":     func(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/fhir+xml") },
		"no type": func(w http.ResponseWriter) { w.Header()["Content-Type"] = nil },
		"gzip":    func(w http.ResponseWriter) { json(w); w.Header().Set("Content-Encoding", "gzip") },
		"UTF-16":  func(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/fhir+json; charset=utf-16") },
		"201":     func(w http.ResponseWriter) { json(w); w.WriteHeader(http.StatusCreated) },
		"206":     func(w http.ResponseWriter) { json(w); w.WriteHeader(http.StatusPartialContent) },
		"304":     func(w http.ResponseWriter) { json(w); w.WriteHeader(http.StatusNotModified) },
		"302": func(w http.ResponseWriter) {
			json(w)
			w.Header().Set("Location", "/"+canary)
			w.WriteHeader(http.StatusFound)
		},
		"400":          func(w http.ResponseWriter) { json(w); w.WriteHeader(http.StatusBadRequest) },
		"wrong length": func(w http.ResponseWriter) { json(w); w.Header().Set("Content-Length", "999999") },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/fhir/Patient") {
					json(w)
					fmt.Fprint(w, patient)
					return
				}
				answer(w)
				fmt.Fprint(w, result)
			})
			w := k.get(search)
			if w.Code != http.StatusBadGateway {
				t.Errorf("status %d, want 502", w.Code)
			}
			if strings.Contains(w.Body.String(), canary) || strings.Contains(fmt.Sprint(w.Header()), canary) {
				t.Errorf("record content leaked: %v %s", w.Header(), w.Body)
			}
			k.only()
		})
	}
}

// Attack 91: what a source says of its own failure names other patients.
func TestAttack091ASourcesErrorIsReplaced(t *testing.T) {
	k := newKit(t)
	k.source = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		json(w)
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"resourceType":"OperationOutcome","issue":[{"diagnostics":"`+canary+`"}]}`)
	})
	closed(t, k.get(search), http.StatusBadGateway, "source-unavailable")
	k.only()
}

// reverse_proxy panics so when the source dies in the middle of its answer.
func TestAttack094ASourceThatDiesInTheMiddleIsIncomplete(t *testing.T) {
	k := newKit(t)
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json(w)
		if strings.HasPrefix(r.URL.Path, "/fhir/Patient") {
			fmt.Fprint(w, patient)
			return
		}
		fmt.Fprint(w, result[:len(result)/2])
		panic(http.ErrAbortHandler)
	})
	closed(t, k.get(search), http.StatusBadGateway, "source-unavailable")
	if rec := k.only(); rec.Outcome != audit.Incomplete {
		t.Errorf("outcome %s, want incomplete", rec.Outcome)
	}
}

func TestAMissingIdentityIsNotNoFilter(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.verify = fmt.Errorf("verifying: %w", access.ErrIncompleteIdentity)
	closed(t, k.get(search), http.StatusForbidden, "identity-incomplete")
	k.only()
}

func TestAPanicOnTheWayIsARecordedFailure(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.configure = func(c *broker.Config) { c.Gatherer = panics{} }
	closed(t, k.get(search), http.StatusInternalServerError, "internal-error")
	if rec := k.only(); rec.Outcome != audit.Failed {
		t.Errorf("outcome %s, want failed", rec.Outcome)
	}
}

// Attack 133: the client hangs up; the record is written all the same.
func TestAttack133AClientThatIsGoneIsRecorded(t *testing.T) {
	k := newKit(t)
	ctx, hangUp := context.WithCancel(context.Background())
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json(w)
		if strings.HasPrefix(r.URL.Path, "/fhir/Patient") {
			fmt.Fprint(w, patient)
			return
		}
		fmt.Fprint(w, result)
		hangUp()
	})
	r := httptest.NewRequest(http.MethodGet, search, nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer token")
	k.do(r)
	k.only()
}

// panics is a part with a fault in it.
type panics struct{}

func (panics) Gather(context.Context, access.Question) access.Facts { panic(canary) }

func json(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/fhir+json") }

// When the registry is away a source's own staff go on; but nobody is told that
// there is no record when it may stand under a number that cannot be looked up.
func TestWithoutTheRegistryNobodyIsToldThatThereIsNoRecord(t *testing.T) {
	for _, target := range []string{byNumber, patientByNumber} {
		k := newKit(t)
		k.source = sourceOf(map[string]string{askForNumber: bundle()})
		if w := k.get(target); w.Code != http.StatusOK && target == byNumber {
			t.Errorf("with the registry: %d", w.Code)
		}
		k = newKit(t)
		k.facts = access.Facts{}
		k.source = sourceOf(map[string]string{askForNumber: bundle()})
		closed(t, k.get(target), http.StatusServiceUnavailable, "facts-unavailable")
		if rec := k.only(); rec.Outcome != audit.Failed {
			t.Errorf("recorded as %s", rec.Outcome)
		}
	}
}
