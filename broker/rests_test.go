package broker_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/grounds"
)

// What is permitted says why, and until when; what is not says nothing of it, whatever is
// known of the patient.
func TestAnAnswerSaysWhatItRestsOn(t *testing.T) {
	end := func(hour int) access.Validity {
		return access.Validity{Until: time.Date(2026, 12, 14, hour, 0, 0, 0, time.UTC)}
	}
	k := newKit(t)
	k.source = sourceOf(map[string]string{askForNumber: bundle(entry(patient)), searchTarget: result})
	k.facts.Permissions = access.KnownFact([]access.Permission{{ID: "p0", Validity: end(9)}, {ID: "p1", Validity: end(10)}})
	k.facts.Relationships = access.KnownFact([]access.Relationship{{ID: "r1", Validity: end(11)}})
	k.facts.Registration = access.KnownFact(access.Registration{ID: "g1", Validity: end(12)})
	k.facts.TestOrders = access.KnownFact([]access.TestOrder{{ID: "o1"}})
	k.facts.Emergencies = access.KnownFact([]access.Emergency{{ID: "e1", Validity: end(13)}})
	for name, c := range map[string]struct {
		reasons []string
		basis   map[string]string
		want    grounds.Grounds
	}{
		"a permission": {[]string{"permission-to-view"}, map[string]string{"permission": "p1", "relationship": "r1"},
			grounds.Grounds{Reasons: []string{"permission-to-view"}, Ends: map[string]time.Time{"permission": end(10).Until, "relationship": end(11).Until}}},
		"a registration": {[]string{"routine-gp-access"}, map[string]string{"relationship": "g1"},
			grounds.Grounds{Reasons: []string{"routine-gp-access"}, Ends: map[string]time.Time{"relationship": end(12).Until}}},
		"an order without an end": {[]string{"test-order"}, map[string]string{"order": "o1"}, grounds.Grounds{Reasons: []string{"test-order"}}},
		"an emergency": {[]string{"emergency-access"}, map[string]string{"emergency": "e1"},
			grounds.Grounds{Reasons: []string{"emergency-access"}, Ends: map[string]time.Time{"emergency": end(13).Until}}},
		"several": {[]string{"own-record", "permission-to-view"}, map[string]string{"permission": "p1"},
			grounds.Grounds{Reasons: []string{"own-record", "permission-to-view"}, Ends: map[string]time.Time{"permission": end(10).Until}}},
	} {
		t.Run(name, func(t *testing.T) {
			permit := k.decision
			defer func() { k.decision = permit }()
			k.decision.Basis, k.decision.Reasons = c.basis, nil
			for _, code := range c.reasons {
				k.decision.Reasons = append(k.decision.Reasons, access.Reason{Code: code})
			}
			w := k.get(byNumber)
			if diff := cmp.Diff(c.want, grounds.Read(w.Header())); diff != "" || w.Code != http.StatusOK {
				t.Errorf("%d; told (-want +got):\n%s", w.Code, diff)
			}
			k.decision.Effect = access.Deny
			if w := k.get(byNumber); w.Header().Get(grounds.Field) != "" {
				t.Errorf("a refusal says %q", w.Header().Get(grounds.Field))
			}
		})
	}
}
