package trail_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/audit"
)

// Every look is recorded with who looked, at what, and whose part it was; an NHS
// number is in it only as the protector gives it.
func TestLooksAreRecorded(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s)
	all := region(t, r.protector)
	deliver(t, s, all...)
	about := number(t, patients[0])
	hmac, shown, epoch := r.protector.HMAC(about), r.protector.Shown(about), r.protector.Epochs()[0]
	ofRecord := all[1] // of RZ1
	for name, c := range map[string]struct {
		org    string
		ask    func() int
		want   audit.Record
		number int // of AuditEvents shown
	}{
		"overview": {"X26", func() int { n, _ := r.get(t, "/console/trail?from=2026-03-01&to=2026-03-02"); return n },
			audit.Record{Action: audit.LookAtTrail, Interaction: "search", Query: "overview?from=2026-03-01&to=2026-03-02", Status: 200, Outcome: audit.Released}, 52},
		"search": {"RZ1", func() int {
			n, _ := r.get(t, "/console/trail/records?outcome=refused&source=acute-st-aldhelm")
			return n
		},
			audit.Record{Action: audit.LookAtTrail, Interaction: "search", Query: "records?outcome=refused&source=acute-st-aldhelm", Status: 200, Outcome: audit.Released, SourceOrg: "RZ1"}, 10},
		"csv": {"RZ1", func() int { n, _ := r.get(t, "/console/trail/records?format=csv"); return n },
			audit.Record{Action: audit.LookAtTrail, Interaction: "search", Query: "records?format=csv", Status: 200, Outcome: audit.Released, SourceOrg: "RZ1"}, 40},
		"one record": {"X26", func() int { n, _ := r.get(t, "/console/trail/records/"+ofRecord.ID); return n },
			audit.Record{Action: audit.LookAtRecord, Interaction: "read", Query: "records/" + ofRecord.ID, Status: 200, Outcome: audit.Released, SourceOrg: "RZ1",
				PatientHMAC: ofRecord.PatientHMAC, PatientShown: ofRecord.PatientShown, Resources: []string{"AuditEvent/" + ofRecord.ID}}, 1},
		"search by patient": {"RZ2", func() int {
			n, _ := r.post(t, "/console/trail/records", "patient", patients[0], "outcome", "released")
			return n
		},
			audit.Record{Action: audit.LookAtPatient, Interaction: "search", Query: "records?outcome=released", Status: 200, Outcome: audit.Released, SourceOrg: "RZ2", PatientHMAC: hmac, PatientShown: shown, PatientEpoch: epoch}, 12},
		"report": {"RZ1", func() int {
			n, _ := r.post(t, "/console/trail/patient", "patient", "999 000 0018", "format", "json")
			return n
		},
			audit.Record{Action: audit.LookAtPatient, Interaction: "search", Query: "patient?format=json", Status: 200, Outcome: audit.Released, SourceOrg: "RZ1", PatientHMAC: hmac, PatientShown: shown, PatientEpoch: epoch}, 15},
		"report on nobody": {"X26", func() int { n, _ := r.post(t, "/console/trail/patient", "patient", "9990000019"); return n },
			audit.Record{Action: audit.LookAtPatient, Interaction: "search", Query: "patient", Status: 400, Outcome: audit.Refused, Reasons: []string{"request-not-understood"}}, 0},
		"a number in the wrong field": {"X26", func() int { n, _ := r.get(t, "/console/trail/records?user=9990000018&outcome=failed"); return n },
			audit.Record{Action: audit.LookAtTrail, Interaction: "search", Query: "records?outcome=failed", Status: 400, Outcome: audit.Refused, Reasons: []string{"request-not-understood"}}, 0},
		"a number for a record": {"X26", func() int { n, _ := r.get(t, "/console/trail/records/999-000-0018"); return n },
			audit.Record{Action: audit.LookAtRecord, Interaction: "read", Query: "records/(an NHS number)", Status: 404, Outcome: audit.Refused, Reasons: []string{"not-found"}}, 0},
	} {
		r.who = person(c.org)
		before := r.looks.count()
		if status := c.ask(); status != c.want.Status || r.looks.count() != before+1 {
			t.Errorf("%s: %d, and %d looks", name, status, r.looks.count()-before)
		}
		got := *r.looks.last(t)
		c.want.Schema, c.want.Source, c.want.ResourceType = audit.SchemaVersion, "console", "AuditEvent"
		c.want.UserID, c.want.UserName, c.want.RoleCode, c.want.RoleName = "555009000100", "Olive Officer", "R0001", "Privacy Officer"
		c.want.UserOrg, c.want.UserOrgName, c.want.Client, c.want.TokenID = c.org, "Organisation "+c.org, "console", "t1"
		c.want.Issuer, c.want.Assurance, c.want.ClientIP = "https://issuer.example", "AAL3", "192.0.2.1"
		if c.number > 0 {
			c.want.Types = map[string]int{"AuditEvent": c.number}
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(audit.Record{}, "ID", "TimeIn", "TimeOut", "TraceID"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if text := fmt.Sprint(audit.AppendJSON(nil, &got)); got.TimeIn.IsZero() || got.ID == "" || got.TraceID == "" || strings.Contains(text, patients[0]) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// What shows nothing of the trail is no look.
func TestEmptyFormsAreNoLooks(t *testing.T) {
	r := open(t, openSQLite(t))
	for _, target := range []string{"/console/trail/records", "/console/trail/patient"} {
		if status, _ := r.get(t, target); status != http.StatusOK || r.looks.count() != 0 {
			t.Errorf("%s: %d, %d looks", target, status, r.looks.count())
		}
	}
}

// A look that cannot be recorded shows nothing, on any route.
func TestNoRecordNoPage(t *testing.T) {
	stores(t, func(t *testing.T, s kept) {
		r := open(t, s)
		all := region(t, r.protector)
		deliver(t, s, all...)
		r.looks.fail = errAway
		for _, a := range everyRoute(all[1]) {
			status, header, body := r.ask(t, a.method, a.target, a.form)
			if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || anyRecord.MatchString(body) ||
				strings.Contains(body, "Dr Number") || strings.Contains(body, "999 000") || strings.Contains(body, "refused") || header.Get("Content-Disposition") != "" {
				t.Errorf("%+v: %d %v\n%s", a, status, header, body)
			}
		}
	})
}

// everyRoute asks for everything that the room can show.
func everyRoute(r *audit.Record) []attempt {
	patient := url.Values{"patient": {patients[0]}}
	with := func(name, value string) url.Values {
		return url.Values{"patient": {patients[0]}, name: {value}}
	}
	const records = "/console/trail/records"
	return []attempt{
		{http.MethodGet, "/console/trail", nil},
		{http.MethodGet, records + "?measure=views", nil}, {http.MethodGet, records + "?format=csv", nil}, {http.MethodGet, records + "?format=json", nil},
		{http.MethodGet, records + "/" + r.ID, nil}, {http.MethodGet, records + "/" + r.ID + "?format=json", nil}, {http.MethodHead, records + "/" + r.ID, nil},
		{http.MethodGet, records + "/unknown", nil}, {http.MethodGet, records + "?nonsense=1", nil},
		{http.MethodPost, records, patient}, {http.MethodPost, records, with("format", "csv")}, {http.MethodPost, records, with("format", "json")},
		{http.MethodPost, records, url.Values{"of": {r.ID}}},
		{http.MethodPost, "/console/trail/patient", patient}, {http.MethodPost, "/console/trail/patient", with("format", "csv")},
		{http.MethodPost, "/console/trail/patient", with("format", "json")}, {http.MethodPost, "/console/trail/patient", url.Values{"of": {r.ID}}},
	}
}

// ordered notes whether anything was written before the look was recorded.
type ordered struct {
	http.ResponseWriter
	looks *looks
	early *int // looks that were not recorded when the first byte left
}

func (o ordered) Write(b []byte) (int, error) {
	o.note()
	return o.ResponseWriter.Write(b)
}

func (o ordered) WriteHeader(status int) {
	o.note()
	o.ResponseWriter.WriteHeader(status)
}

func (o ordered) note() {
	if *o.early < 0 {
		*o.early = o.looks.count()
	}
}

// The look is durable before the first byte leaves, and the person's hanging up
// does not keep it out.
func TestTheLookIsRecordedFirst(t *testing.T) {
	s := openSQLite(t)
	first := open(t, s)
	all := region(t, first.protector)
	deliver(t, s, all...)
	for _, a := range everyRoute(all[1]) {
		r, early := open(t, s), -1
		r.protector = first.protector
		r.sent = func(w http.ResponseWriter) http.ResponseWriter { return ordered{w, r.looks, &early} }
		r.ask(t, a.method, a.target, a.form)
		if early < 1 || early != r.looks.count() || !oneLook(r.looks.all) {
			t.Errorf("%+v: %d of %d looks were recorded when the first byte left", a, early, r.looks.count())
		}
		if _, bounded := r.looks.ctx.Deadline(); !bounded {
			t.Errorf("%+v: recording has no time limit", a)
		}
	}
}

// The trail does not answer: nothing is shown, and the try is recorded.
func TestTheTrailIsAway(t *testing.T) {
	r := open(t, away{})
	for _, a := range everyRoute(&audit.Record{ID: "01a20784-f1c7-7e2a-9324-000000000000"}) {
		before := r.looks.count()
		status, _, body := r.ask(t, a.method, a.target, a.form)
		if strings.Contains(a.target, "nonsense") {
			continue
		}
		if status != http.StatusServiceUnavailable || r.looks.count() != before+1 || r.looks.last(t).Outcome != audit.Failed || strings.Contains(body, "refused") {
			t.Errorf("%+v: %d, %+v\n%s", a, status, r.looks.last(t), body)
		}
	}
}
