package broker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
)

// The record must tell what was decided, also when something after the decision
// said no: without it the decision could not be made again.
func TestARefusalAfterTheDecisionKeepsItsReasons(t *testing.T) {
	k := newKit(t)
	k.prepare = fmt.Errorf("registry: %w", access.ErrNoSuchPermission)
	k.post(consent)
	if diff := cmp.Diff([]string{"permission-not-found", "permission-to-view"}, k.only().Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestAPermissionThatThePoliciesDoNotFindIsNotFound(t *testing.T) {
	k := newKit(t)
	k.decision = access.Decision{Effect: access.Deny, Reasons: []access.Reason{{Code: "permission-not-found", Text: "t", Remedy: "r"}}}
	closed(t, k.post(consent), http.StatusNotFound, "permission-not-found")
	k.only()
}

func TestAConsentThatIsNotUnderstoodIsNotRecordedAsAView(t *testing.T) {
	k := newKit(t)
	k.post(strings.Replace(consent, `"status":"active"`, `"status":"draft"`, 1))
	if rec := k.only(); rec.Action != "" || rec.Interaction != "create" {
		t.Errorf("action %q, interaction %q", rec.Action, rec.Interaction)
	}
}

// What is refused by its form says what to ask instead, and the patient's own address
// at this broker is none of it.
func TestARefusalByFormSaysWhatToAskInstead(t *testing.T) {
	k := newKit(t)
	w := k.get(search + "&_total=accurate")
	closed(t, w, http.StatusForbidden, "partial-content-not-offered")
	if !strings.Contains(w.Body.String(), "This is about _total. Ask for _total=none") {
		t.Errorf("%s", w.Body)
	}
	if rec := k.only(); rec.Query != "" || len(rec.Reasons) != 1 {
		t.Errorf("the record holds %q %v", rec.Query, rec.Reasons)
	}
}
