package broker_test

import (
	stdjson "encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
)

const everything = "/fhir/Patient/p1/$everything?_type=Patient,Observation,Flag,Condition"

func everythingSource() map[string]string {
	return map[string]string{
		"Patient/p1": patient, "Patient?_count=50&_id=p1": bundle(entry(patient)), searchTarget: result,
		"Flag?_count=50&patient=p1": bundle(),
	}
}

func TestEverythingIsItsSearchesEachWithARecord(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(everythingSource())
	w := k.get(everything)
	var got struct {
		Type  string
		Entry []struct {
			FullURL  string
			Resource struct{ ResourceType string }
		}
	}
	if err := stdjson.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || got.Type != "searchset" || !strings.Contains(w.Body.String(), canary) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if len(got.Entry) != 3 || got.Entry[0].Resource.ResourceType != "Patient" || got.Entry[1].FullURL != "http://example.com/fhir/Observation/o1" ||
		!strings.Contains(w.Body.String(), "Not here: Condition.") { // whose 404 is no FHIR API's
		t.Error(w.Body)
	}
	records := k.record.records
	if len(records) != 5 {
		t.Fatalf("%d records", len(records))
	}
	for i, rec := range records {
		if rec.TraceID == "" || rec.TraceID != records[0].TraceID || rec.PatientHMAC != "hmac" || rec.UserID != "u1" {
			t.Errorf("%d: %+v", i, rec)
		}
	}
	whole := records[4]
	if whole.ID != w.Header().Get("X-Record-Id") || whole.Interaction != "everything" || whole.Outcome != audit.Released || len(whole.Resources) != 0 ||
		whole.Query != "Patient/p1/$everything?_count=50&_type=Patient,Observation,Flag,Condition" {
		t.Errorf("%+v", whole)
	}
}

// Whatever fails to be recorded, nothing of the whole leaves.
func TestNothingOfAWholeLeavesWithoutEveryRecord(t *testing.T) {
	for _, ask := range []func(*kit) *httptest.ResponseRecorder{
		func(k *kit) *httptest.ResponseRecorder { return k.get(everything) },
		func(k *kit) *httptest.ResponseRecorder { return k.batch("Patient/p1", "Observation?patient=p1") },
	} {
		k := newKit(t)
		k.source = sourceOf(everythingSource())
		k.record.fails = errBroken
		w := ask(k)
		closed(t, w, http.StatusServiceUnavailable, "audit-unavailable")
	}
}

func TestAStrangerIsToldOfEverythingAsOfASearch(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(everythingSource())
	k.decision = deny
	closed(t, k.get(everything), http.StatusForbidden, "no-active-care-relationship")
	for _, rec := range k.record.records {
		if rec.Outcome != audit.Refused || len(rec.Resources) > 0 {
			t.Errorf("%+v", rec)
		}
	}
}

func TestEverythingPastItsBoundsSaysSo(t *testing.T) {
	k := newKit(t)
	pages := map[string]string{"Patient/p1": patient}
	for n, target := 1, searchTarget; n <= 12; n++ {
		next := fmt.Sprintf("?page=%d", n+1)
		pages[target] = strings.Replace(strings.ReplaceAll(result, `"o1"`, fmt.Sprintf(`"o%d"`, n)), `"entry"`, `"link":[{"relation":"next","url":"http://source.example/fhir/`+next+`"}],"entry"`, 1)
		target = next
	}
	k.source = atBase(sourceOf(pages))
	w := k.get("/fhir/Patient/p1/$everything?_type=Observation&_count=1")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "everything-in-part") || len(k.record.records) != 11 || strings.Count(w.Body.String(), canary) != 10 {
		t.Errorf("%d %d records %s", w.Code, len(k.record.records), w.Body)
	}
}

// batch asks for addresses at once.
func (k *kit) batch(addresses ...string) *httptest.ResponseRecorder {
	k.t.Helper()
	for i, a := range addresses {
		addresses[i] = `{"request":{"method":"GET","url":"` + a + `"}}`
	}
	r := httptest.NewRequest(http.MethodPost, "/fhir/", strings.NewReader(`{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(addresses, ",")+`]}`))
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("Content-Type", "application/fhir+json")
	return k.do(r)
}

func TestABatchIsManyRecords(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(everythingSource())
	w := k.batch("Patient/p1", "Observation?patient=p1", "Observation/never", "Observation", "http://elsewhere.example/Patient/p1")
	var got struct {
		Type  string
		Entry []struct {
			Resource *struct{ ResourceType string }
			Response struct {
				Status  string
				Outcome *struct{ ResourceType string }
			}
		}
	}
	if err := stdjson.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || got.Type != "batch-response" || len(got.Entry) != 5 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for i, want := range []string{"200 OK", "200 OK", "404 Not Found", "400 Bad Request", "400 Bad Request"} {
		e := got.Entry[i]
		if e.Response.Status != want || (e.Resource == nil) != (i > 1) || (e.Response.Outcome != nil) != (i > 1) {
			t.Errorf("%d: %+v", i, e)
		}
	}
	records := k.record.records
	if len(records) != 6 || records[5].Interaction != "batch" || records[5].ID != w.Header().Get("X-Record-Id") || records[5].PatientHMAC != "" {
		t.Fatalf("%+v", records)
	}
	for i, want := range []struct {
		status  int
		outcome audit.Outcome
	}{{200, audit.Released}, {200, audit.Released}, {404, audit.Released}, {400, audit.Refused}, {400, audit.Refused}, {200, audit.Released}} {
		if rec := records[i]; rec.Status != want.status || rec.Outcome != want.outcome || rec.TraceID != records[0].TraceID || rec.TraceID == "" {
			t.Errorf("%d: %+v", i, rec)
		}
	}
}

func TestTheEntriesOfABatchAreDecidedEachByItself(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(everythingSource())
	k.decision = deny
	w := k.batch("Observation?patient=p1", "Observation/o1")
	if text := w.Body.String(); w.Code != http.StatusOK || strings.Contains(text, canary) || !strings.Contains(text, `"403 Forbidden"`) || !strings.Contains(text, `"404 Not Found"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if records := k.record.records; len(records) != 3 || records[0].Effect != string(access.Deny) || records[1].Effect != string(access.Deny) || records[2].Effect != "" {
		t.Errorf("%+v", records)
	}
}
