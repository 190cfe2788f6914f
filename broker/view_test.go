package broker_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
)

const (
	patientByNumber = "/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018"
	byNumber        = "/fhir/Observation?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018"
	askForNumber    = "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018"
)

func bundle(entries ...string) string {
	return `{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Join(entries, ",") + `]}`
}

func entry(resource string) string { return `{"resource":` + resource + `}` }

func TestASearchByNHSNumberIsForwardedByTheSourcesOwnID(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{askForNumber: bundle(entry(patient)), searchTarget: result})
	if w := k.get(byNumber); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if rec := k.only(); strings.Contains(rec.Query, "9990000018") {
		t.Errorf("the record's query names the patient: %s", rec.Query)
	}
}

func TestASourceWithoutThePatientGivesAnEmptySearchset(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{askForNumber: `{"resourceType":"Bundle","type":"searchset"}`})
	w := k.get(byNumber)
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"entry"`) || !strings.Contains(w.Body.String(), `"searchset"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	k.only()
}

func TestAttack117TwoPatientsUnderOneNumberAreNotGuessedBetween(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{
		askForNumber: bundle(entry(patient), entry(strings.Replace(patient, `"p1"`, `"p2"`, 1))), searchTarget: result,
	})
	closed(t, k.get(byNumber), http.StatusConflict, "patient-ambiguous-at-source")
	k.only()
}

func TestASourceThatAnswersAboutSomebodyElseIsNotBelieved(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{
		askForNumber: bundle(entry(strings.Replace(patient, "9990000018", "9990000026", 1))), searchTarget: result,
	})
	closed(t, k.get(byNumber), http.StatusBadGateway, "source-answer-not-understood")
	k.only()
}

// deny is the decision for a stranger.
var deny = access.Decision{Effect: access.Deny, Reasons: []access.Reason{{Code: "no-active-care-relationship", Text: "t", Remedy: "r"}}}

var recordID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

func shape(w *httptest.ResponseRecorder) string {
	header := w.Header().Clone()
	header.Del("X-Request-Id")
	header.Del("X-Record-Id")
	return recordID.ReplaceAllString(http.StatusText(w.Code)+w.Body.String(), "ID") + recordID.ReplaceAllString(header.Get("Content-Length"), "")
}

// Attack 97: asking tells nobody which ids exist.
func TestAttack097AReadThatIsRefusedLooksLikeOneThatIsNotThere(t *testing.T) {
	there, notThere := newKit(t), newKit(t)
	there.decision, notThere.decision = deny, deny
	there.source = sourceOf(map[string]string{"Observation/o1": observation, "Patient/p1": patient})
	notThere.source = sourceOf(nil)
	a, b := there.get("/fhir/Observation/o1"), notThere.get("/fhir/Observation/o1")
	if diff := cmp.Diff(shape(a), shape(b)); diff != "" {
		t.Errorf("refused and not there differ:\n%s", diff)
	}
	if rec := there.only(); rec.Outcome != audit.Refused || rec.Reasons[0] != "no-active-care-relationship" {
		t.Errorf("the record does not say why: %+v", rec)
	}
	if a.Code != http.StatusNotFound {
		t.Errorf("status %d, want 404", a.Code)
	}
}

// The ids of patients as well: an id that the source does not know is decided on
// like a stranger's.
func TestAttack126APatientWhoIsNotThereLooksLikeAStranger(t *testing.T) {
	there, notThere := newKit(t), newKit(t)
	there.decision, notThere.decision = deny, deny
	there.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	notThere.source = sourceOf(nil)
	for _, target := range []string{search, "/fhir/Patient/p1", "/fhir/Patient/p1/Observation"} {
		there.record.records, notThere.record.records = nil, nil
		if diff := cmp.Diff(shape(there.get(target)), shape(notThere.get(target))); diff != "" {
			t.Errorf("%s:\n%s", target, diff)
		}
		there.only()
		notThere.only()
	}
}

func TestAttack013NothingOfTheClientReachesTheSource(t *testing.T) {
	k := newKit(t)
	var seen []*http.Request
	source := sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Clone(r.Context()))
		source.ServeHTTP(w, r)
	})
	r := httptest.NewRequest(http.MethodGet, search, nil)
	for _, name := range []string{"X-User", "X-Patient", "X-Consent-Scope", "X-Break-Glass", "Ssp-From", "Cookie", "If-None-Match", "Range",
		"X-Http-Method-Override-Not", "X-Forwarded-User", "Prefer"} {
		r.Header.Set(name, canary)
	}
	r.Header.Set("Authorization", "Bearer token")
	k.do(r)
	if len(seen) != 2 {
		t.Fatalf("the source was asked %d times, want 2", len(seen))
	}
	for _, out := range seen {
		for name, values := range out.Header {
			if strings.Contains(strings.Join(values, ""), canary) || name == "Authorization" {
				t.Errorf("header %s of the client was forwarded", name)
			}
		}
		if out.Header.Get("Accept-Encoding") != "identity" || out.Method != http.MethodGet || out.Host != "source.example" {
			t.Errorf("%s %s %v", out.Method, out.Host, out.Header)
		}
	}
}

func TestAttack096TheSourcesHeadersDoNotReachTheClient(t *testing.T) {
	k := newKit(t)
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Etag", "Last-Modified", "Location", "Link", "Server", "X-Powered-By", "Set-Cookie", "Content-Location"} {
			w.Header().Set(name, canary)
		}
		sourceOf(map[string]string{"Patient/p1": patient, searchTarget: strings.ReplaceAll(result, canary, "1")}).ServeHTTP(w, r)
	})
	w := k.get(search)
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	for name, values := range w.Header() {
		if strings.Contains(strings.Join(values, ""), canary) {
			t.Errorf("header %s of the source was passed on", name)
		}
	}
}

func TestAttack028HEADIsDecidedLikeGETAndTellsNoLength(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result})
	r := httptest.NewRequest(http.MethodHead, search, nil)
	r.Header.Set("Authorization", "Bearer token")
	w := k.do(r)
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "" || w.Header().Get("Etag") != "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	k.only()
}

// A source may use the NHS number as its own id: the record does not repeat it.
func TestAnIDThatIsAnNHSNumberStaysOutOfTheRecord(t *testing.T) {
	k := newKit(t)
	number := "9990000018"
	k.source = sourceOf(map[string]string{"Patient/" + number: strings.Replace(patient, `"p1"`, `"`+number+`"`, 1)})
	if w := k.get("/fhir/Patient/" + number); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	rec := k.only()
	if rec.Query != "Patient/nhs-number" || len(rec.Resources) != 1 || rec.Resources[0] != "Patient/nhs-number" {
		t.Errorf("query %q, resources %q", rec.Query, rec.Resources)
	}
}

// What is there but odd is not told to a stranger either.
func TestAttack097AnOddItemLooksLikeOneThatIsNotThere(t *testing.T) {
	for name, item := range map[string]string{
		"no patient in it":            `{"resourceType":"Observation","id":"o1"}`,
		"not of its own patient":      strings.Replace(observation, "Patient/p1", "Patient/p2", 1),
		"two patients under a number": strings.Replace(observation, `"reference":"Patient/p1"`, `"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}`, 1),
		"no FHIR at all":              `[]`,
	} {
		there, notThere := newKit(t), newKit(t)
		there.decision, notThere.decision = deny, deny
		there.source = sourceOf(map[string]string{
			"Observation/o1": item, "Patient/p1": patient, "Patient/p2": `{"resourceType":"Patient","id":"p1"}`,
			askForNumber: bundle(entry(patient), entry(strings.Replace(patient, `"p1"`, `"p3"`, 1))),
		})
		notThere.source = sourceOf(nil)
		if diff := cmp.Diff(shape(notThere.get("/fhir/Observation/o1")), shape(there.get("/fhir/Observation/o1"))); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		there.only()
	}
}

// A system that has no records of a type is not one that is broken.
func TestATypeThatASourceDoesNotHoldIsSaidPlainly(t *testing.T) {
	k := newKit(t)
	known := sourceOf(map[string]string{"Patient/p1": patient})
	says := ""
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fhir/Patient/p1" {
			known.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(says))
	})
	// A server that has the patient, and nothing of FHIR at the other address.
	for _, says = range []string{"", "<html>", `{"resourceType":"Observation"}`} {
		closed(t, k.get(search), http.StatusBadGateway, "source-answer-not-understood")
	}
	k.record.records = nil
	says = `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported"}]}`
	closed(t, k.get(search), http.StatusNotFound, "type-not-held")
	rec := k.only()
	if rec.Outcome != audit.Released || rec.Reasons[0] != "type-not-held" || rec.Reasons[1] != "permission-to-view" {
		t.Errorf("%s %q: nobody was refused anything", rec.Outcome, rec.Reasons)
	}
}

// A client that hangs up is not the source's fault.
func TestAClientThatHangsUpIsNotTheSourcesFault(t *testing.T) {
	k := newKit(t)
	ctx, hangUp := context.WithCancel(t.Context())
	k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hangUp()
		w.WriteHeader(499) // as Caddy's reverse_proxy answers then
	})
	r := httptest.NewRequest(http.MethodGet, search, nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer token")
	k.do(r)
	if rec := k.only(); rec.Reasons[0] != "client-gone" || rec.Status != 499 || rec.Outcome != audit.Failed {
		t.Errorf("record %+v", rec)
	}
}

// Attack 139: a broker before the wrong address must not say that the patient has
// no record there.
func TestAttack139AWrongAddressIsNotAnEmptyRecord(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(nil)
	closed(t, k.get(byNumber), http.StatusBadGateway, "source-answer-not-understood")
	k.only()
	// Nor to the first question of every collection.
	k = newKit(t)
	k.source = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}`))
	})
	closed(t, k.get(patientByNumber), http.StatusBadGateway, "source-answer-not-understood")
	if rec := k.only(); rec.Outcome != audit.Failed {
		t.Errorf("recorded as %s", rec.Outcome)
	}
}

// The same when the patient is asked for by an id, as the source's own staff may.
func TestAttack139AWrongAddressIsNotATypeThatIsNotHeld(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(nil)
	closed(t, k.get(search), http.StatusBadGateway, "source-answer-not-understood")
	if rec := k.only(); rec.Outcome != audit.Failed {
		t.Errorf("recorded as %s", rec.Outcome)
	}
}
