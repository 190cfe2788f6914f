package broker_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// unplaced is a result in which nothing says what it is; its report does.
const (
	unplaced = `{"resourceType":"Observation","id":"na","code":{"text":"Sodium"},"subject":{"reference":"Patient/p1"},"valueAttachment":{"url":"Binary/b"},"valueString":"` + canary + `"}`
	asked    = "DiagnosticReport?patient=p1&result=Observation/na"
	naming   = `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"DiagnosticReport","id":"r",` +
		`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"subject":{"reference":"Patient/p1"},"result":[{"reference":"Observation/na"}]}}]}`
)

// reporting is a permit of laboratory results, to which reports of that section belong.
func reporting(t *testing.T) access.Decision {
	t.Helper()
	d := permit(t)
	classes, err := fhir.NewClassifier([]fhir.ClassRule{
		{Type: "DiagnosticReport", Category: []fhir.Code{{System: "http://terminology.hl7.org/CodeSystem/v2-0074", Code: "LAB"}}, Class: "laboratory"},
		{Type: "Patient", Class: "demographics"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Plan.Classes = classes
	return d
}

// A source that does not answer the question for the report leaves it open what the
// result is: that it may not be shown would be a wrong refusal.
func TestAReportThatCannotBeLookedUpIsNoRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		report        int
		body          string
		status        int
		reason, shown string
	}{
		"the report says what it is":      {200, naming, 200, "", canary},
		"no report names it":              {200, `{"resourceType":"Bundle","type":"searchset"}`, 404, "not-found", ""},
		"the source knows no such search": {400, `{"resourceType":"OperationOutcome"}`, 404, "not-found", ""},
		"the source holds no reports":     {404, `{"resourceType":"OperationOutcome"}`, 404, "not-found", ""},
		"its answer is none of FHIR's":    {200, `{"resourceType":"Patient","id":"x"}`, 404, "not-found", ""},
		"the source does not answer":      {503, ``, 502, "source-unavailable", ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.decision = reporting(t)
			others := sourceOf(map[string]string{"Observation/na": unplaced, "Patient/p1": patient})
			k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.TrimPrefix(r.URL.RequestURI(), "/fhir/") != asked {
					others.ServeHTTP(w, r)
					return
				}
				json(w)
				w.WriteHeader(c.report)
				_, _ = w.Write([]byte(c.body))
			})
			w := k.get("/fhir/Observation/na")
			if w.Code != c.status || strings.Contains(w.Body.String(), canary) != (c.shown != "") || !strings.Contains(w.Body.String(), c.reason) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if rec := k.only(); rec.Status != c.status {
				t.Errorf("recorded as %d", rec.Status)
			}
		})
	}
}

// What a report placed in a search is placed when its document is opened too.
func TestADocumentOfAResultThatItsReportPlacesOpens(t *testing.T) {
	k := newKit(t)
	k.decision = reporting(t)
	both := strings.Replace(naming, `}]}}]}`, `}]}},{"resource":`+unplaced+`,"search":{"mode":"include"}}]}`, 1)
	k.source = sourceOf(map[string]string{
		"Observation/na": unplaced, "Patient/p1": patient, asked: naming,
		"DiagnosticReport?_count=50&_include=DiagnosticReport:result&patient=p1": both,
		"Binary/b": `{"resourceType":"Binary","id":"b","contentType":"text/plain","data":"YSB0cmFjZQ=="}`,
	})
	get := k.staying()
	found := get("/fhir/DiagnosticReport?patient=p1&_include=DiagnosticReport:result")
	_, rest, ok := strings.Cut(found.Body.String(), "/fhir/Binary?_link=")
	if !ok {
		t.Fatalf("no link: %d %s", found.Code, found.Body)
	}
	token, _, _ := strings.Cut(rest, `"`)
	if w := get("/fhir/Binary?_link=" + token); w.Code != http.StatusOK || w.Body.String() != "a trace" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
