package trail_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// asks makes a record of a view by somebody of St Aldhelm's, of what an organisation holds.
func asks(r *room, t *testing.T, id, user, name, source, holder string, at time.Time) *audit.Record {
	t.Helper()
	n := number(t, patients[0])
	return &audit.Record{
		Schema: audit.SchemaVersion, ID: "01a20784-f1c7-7e2a-9324-" + id, Broker: "region-1", TimeIn: at, TimeOut: at, TraceID: "4bf92f3577b34da6a3ce" + id,
		Status: 200, Outcome: audit.Released, UserID: user, UserName: name, RoleCode: "R0050", RoleName: "Consultant", UserOrg: "RZ1", UserOrgName: "St Aldhelm's Hospitals",
		Source: source, SourceOrg: holder, PatientHMAC: r.protector.HMAC(n), PatientShown: r.protector.Shown(n), Action: "view", Interaction: "search-type",
		ResourceType: "MedicationRequest", Effect: "permit", Reasons: []string{"permission-to-view"}, Rules: []string{"permission"}, Categories: map[string]int{"medications": 1},
	}
}

// Whoever knows a name finds the person, under every spelling of it, and never somebody
// whom only another organisation's part of the trail knows.
func TestAPersonIsFoundByName(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s)
		deliver(t, s,
			asks(r, t, "000000000001", "555001", "OKAFOR, Amara", "gp-riverside", "Z91001", begin),
			asks(r, t, "000000000002", "555001", "Dr Amara Okafor", "acute-northmoor", "RZ2", begin.Add(time.Hour)),
			asks(r, t, "000000000003", "555002", "Dr Ben Okafor", "acute-northmoor", "RZ2", begin.Add(2*time.Hour)),
			asks(r, t, "000000000004", "555003", "Jo O'Neill", "gp-riverside", "Z91001", begin.Add(3*time.Hour)),
		)
		search := func(org, typed string, more ...string) (int, string, string) {
			t.Helper()
			r.who = person(org)
			form := url.Values{"person": {typed}}
			for i := 0; i < len(more); i += 2 {
				form.Set(more[i], more[i+1])
			}
			status, header, body := r.ask(t, http.MethodPost, "/console/trail/records", form)
			return status, header.Get("Location"), body
		}
		for _, one := range []struct{ org, typed, to string }{
			{"X26", "amara okafor", "user=555001"}, {"X26", "okafor, a", "user=555001"}, {"X26", "555003", "user=555003"}, {"X26", "ONEILL", "user=555003"},
			{"Z91001", "Okafor", "user=555001"}, // whose colleague is not known there
			{"RZ2", "ben", "user=555002"},
		} {
			if status, to, body := search(one.org, one.typed, "measure", "views"); status != http.StatusSeeOther || !strings.Contains(to, one.to) || !strings.Contains(to, "measure=views") {
				t.Errorf("%s, %q: %d %s, want %s\n%s", one.org, one.typed, status, to, one.to, text(body))
			}
		}
		before := r.looks.count()
		status, _, body := search("X26", "Okafor")
		if status != http.StatusOK || !strings.Contains(body, "2 people of this name") || !strings.Contains(body, `user=555001">Dr Amara Okafor</a>`) || !strings.Contains(body, `user=555002">Dr Ben Okafor</a>`) {
			t.Errorf("two of a name: %d\n%s", status, text(body))
		}
		if look := r.looks.last(t); r.looks.count() != before+1 || look.Action != audit.LookAtTrail || !strings.Contains(look.Query, "person=Okafor") || look.Outcome != audit.Released {
			t.Errorf("that names were shown is recorded as %+v", look)
		}
		for _, one := range [][2]string{{"Z91001", "Ben"}, {"RZ2", "O'Neill"}, {"X26", "Nobody"}, {"Z91001", "555002"}} {
			if status, _, body := search(one[0], one[1]); status != http.StatusBadRequest || !strings.Contains(body, "Nobody of this name") {
				t.Errorf("%s, %q: %d\n%s", one[0], one[1], status, text(body))
			}
		}
		if status, _, body := search("X26", "999 000 0018"); status != http.StatusBadRequest || strings.Contains(r.looks.last(t).Query, "999") {
			t.Errorf("a patient's number in the place of a name: %d, recorded as %q\n%s", status, r.looks.last(t).Query, text(body))
		}
		if status, _ := r.get(t, "/console/trail/records?person=Okafor"); status != http.StatusBadRequest {
			t.Errorf("a name in an address: %d", status)
		}
		// With a patient the answer is there at once, or leads on without an address.
		r.who = auditor()
		if status, body := r.post(t, "/console/trail/records", "person", "O'Neill", "patient", patients[0]); status != http.StatusOK || !strings.Contains(body, "1 record") {
			t.Errorf("%d\n%s", status, text(body))
		}
		if status, body := r.post(t, "/console/trail/records", "person", "Okafor", "patient", patients[0]); status != http.StatusOK || strings.Contains(body, `href="/console/trail/records?`) && strings.Contains(body, patients[0]+`&amp;`) ||
			!strings.Contains(body, `name="user" value="555002"`) {
			t.Errorf("%d\n%s", status, body)
		}
	})
}

// A list says whom a record is about, masked as on its own page, why a collection was
// refused, and leads from each name to what that person did.
func TestAListSaysWhomItIsAboutAndWhy(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s)
		var all []*audit.Record
		for i, id := range []string{"000000000001", "000000000002", "000000000003"} {
			rec := asks(r, t, id, "555001", "Dr Amara Okafor", "gp-riverside", "Z91001", begin.Add(time.Duration(i)*time.Second))
			rec.TraceID, rec.Outcome, rec.Effect, rec.Status, rec.Reasons, rec.Categories = "4bf92f3577b34da6a3ce929d0e0e4736", audit.Refused, "deny", 403, []string{"permission-needed"}, nil
			all = append(all, rec)
		}
		deliver(t, s, all...)
		status, body := r.get(t, "/console/trail/records?measure=refusals")
		got := text(body)
		if status != http.StatusOK || !strings.Contains(got, "Patient 999*****18") || strings.Contains(body, patients[0]) {
			t.Errorf("%d: the patient is not masked\n%s", status, got)
		}
		if !strings.Contains(got, "Refused 3: The patient has not been asked") {
			t.Errorf("the collection does not say why it was refused\n%s", got)
		}
		if !strings.Contains(body, `<a href="/console/trail/records?user=555001">Dr Amara Okafor</a>`) {
			t.Errorf("the name leads nowhere\n%s", body)
		}
	})
}

func TestWordsAreWhatPeopleSay(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s)
		order := asks(r, t, "000000000001", "555001", "Dr Amara Okafor", "gp-riverside", "Z91001", begin)
		order.ResourceType, order.Types, order.Categories, order.Reasons = "ServiceRequest", map[string]int{"ServiceRequest": 1}, map[string]int{"laboratory": 1, "administrative": 2}, []string{"routine-gp-access"}
		deliver(t, s, order)
		_, body := r.get(t, "/console/trail/records?user=555001")
		if got := text(body); !strings.Contains(got, "saw requests for tests held by Riverside Surgery") || strings.Contains(got, "saw test results") {
			t.Errorf("a request for a test is told as its result\n%s", got)
		}
		_, body = r.post(t, "/console/trail/patient", "patient", patients[0])
		if got := text(body); !strings.Contains(got, "Requests for tests, held by") {
			t.Errorf("the patient is told otherwise\n%s", got)
		}
		_, body = r.get(t, "/console/trail?from=2026-03-01&to=2026-03-05")
		if got := text(body); !strings.Contains(got, "Routine GP access") || strings.Contains(got, "Routine gp") {
			t.Errorf("a code is written without its capitals\n%s", got)
		}
	})
}
