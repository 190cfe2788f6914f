package broker_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
)

const consent = `{"resourceType":"Consent","status":"active",
"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"permission-to-view"}]}],
"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}},
"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"u1"}}],
"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ1"}}],
"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"in-person"}],
"provision":{"type":"permit"}}`

func (k *kit) post(body string) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/fhir/Consent", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("Content-Type", "application/fhir+json")
	return k.do(r)
}

func TestAPermissionTakesEffectWithItsRecord(t *testing.T) {
	k := newKit(t)
	w := k.post(consent)
	if w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), "permission-1") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	rec := k.only()
	if k.change.commits != 1 || rec.Action != "record-permission" || rec.Permission != "permission-1" || rec.Status != http.StatusCreated {
		t.Errorf("commits %d, record %+v", k.change.commits, rec)
	}
}

func TestAPermissionWithoutARecordTakesNoEffect(t *testing.T) {
	k := newKit(t)
	k.record.fails = errBroken
	closed(t, k.post(consent), http.StatusServiceUnavailable, "audit-unavailable")
	if k.change.commits != 0 || k.change.rollbacks != 1 {
		t.Errorf("%d commits, %d rollbacks", k.change.commits, k.change.rollbacks)
	}
}

func TestAPermissionThatThePoliciesRefuseIsNotPrepared(t *testing.T) {
	k := newKit(t)
	k.decision = deny
	k.prepare = errBroken // would be a 503
	closed(t, k.post(consent), http.StatusForbidden, "no-active-care-relationship")
	k.only()
}

func TestAWithdrawalOfNothingIsNotFound(t *testing.T) {
	k := newKit(t)
	k.prepare = fmt.Errorf("registry: %w", access.ErrNoSuchPermission)
	closed(t, k.post(consent), http.StatusNotFound, "permission-not-found")
	k.only()
}

func TestARegistryThatCannotBeWrittenIsAFailure(t *testing.T) {
	k := newKit(t)
	k.prepare = errBroken
	closed(t, k.post(consent), http.StatusServiceUnavailable, "registry-unavailable")
	k.only()
}

func TestAConsentThatIsNotUnderstoodSaysWhere(t *testing.T) {
	k := newKit(t)
	w := k.post(strings.Replace(consent, `"status":"active"`, `"status":"draft"`, 1))
	closed(t, w, http.StatusUnprocessableEntity, "consent-not-understood")
	if !strings.Contains(w.Body.String(), "Consent.status") {
		t.Errorf("the answer does not name the element: %s", w.Body)
	}
	k.only()
}

// A permission that does not say how long it runs gets the usual time, and the
// answer says so.
func TestAPermissionWithoutAnEndGetsTheUsualOne(t *testing.T) {
	k := newKit(t)
	w := k.post(consent)
	if end := now.Add(24 * time.Hour).Format(time.RFC3339); w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), `"end":"`+end+`"`) {
		t.Errorf("the answer does not give the end %s: %d %s", end, w.Code, w.Body)
	}
}

// Attack 349: a condition that is passed over records what was not meant.
func TestAttack349AConsentUnderAConditionIsNotRecorded(t *testing.T) {
	for name, value := range map[string]string{
		"If-None-Exist": "patient=Patient/p1", "If-Match": `W/"1"`, "If-None-Match": "*", "If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT",
		"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT", "Content-Range": "bytes 0-10/1000",
	} {
		k := newKit(t)
		r := httptest.NewRequest(http.MethodPost, "/fhir/Consent", strings.NewReader(consent))
		r.Header.Set("Authorization", "Bearer token")
		r.Header.Set("Content-Type", "application/fhir+json")
		r.Header.Add(name, value)
		closed(t, k.do(r), http.StatusUnprocessableEntity, "consent-not-understood")
		if k.change.commits != 0 {
			t.Errorf("%s: it is recorded", name)
		}
	}
}
