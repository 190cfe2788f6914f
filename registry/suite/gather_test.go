package suite_test

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
)

func TestTheExamplesOfTheImportPageBecomeTheFactsItSays(t *testing.T) {
	page, err := os.ReadFile("../../docs/registry-import.md")
	if err != nil {
		t.Fatal(err)
	}
	r := fresh(t)
	load(t, r, string(regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)[1]))
	who, _ := nhs.ParseNumber("9990000018")
	got := gather(r, by(asks(who), "555021935107", "RXA01"))
	at := func(s string) time.Time { v, _ := time.Parse(time.RFC3339, s); return v }
	from := func(s string) access.Validity { return access.Validity{From: at(s)} }
	want := access.Facts{
		Identity:     access.KnownFact(access.Identity{Current: who}),
		Age:          access.AbsentFact[int](),
		OptOut:       access.KnownFact(access.OptOut{ID: "Consent/o1", Telephone: "01632 960001", Contact: "Riverside Surgery"}),
		Restriction:  access.AbsentFact[access.Restriction](),
		Registration: access.KnownFact(access.Registration{ID: "Patient/p1#registration", Practice: ods("Z91001"), Name: "Riverside Surgery", Telephone: "01632 960001"}),
		Permissions: access.KnownFact([]access.Permission{{ID: "Consent/y1", UserID: "555021935107", Organisation: ods("RXA01"), Given: true,
			Recorded: at("2026-11-23T09:58:00Z"), Validity: access.Validity{From: at("2026-11-23T09:58:00Z"), Until: at("2026-12-23T10:00:00Z")}}}),
		Relationships: access.KnownFact([]access.Relationship{
			{ID: "Encounter/e1", Kind: "admission", Organisation: ods("RXA01"), Validity: from("2026-11-20T08:00:00Z")},
			{ID: "ServiceRequest/r1", Kind: "referral", Organisation: ods("RXA01"), Validity: from("2026-11-02T00:00:00Z")}}),
		TestOrders: access.KnownFact([]access.TestOrder{{ID: "ServiceRequest/t1", Organisation: ods("RXA01"), Category: "laboratory",
			Status: "active", Validity: from("2026-11-20T09:00:00Z")}}),
		Emergencies:      access.AbsentFact[[]access.Emergency](),
		SubjectIsPatient: access.KnownFact(true),
		NationalOptOut:   access.AbsentFact[bool](),
	}
	if diff := cmp.Diff(want, got, compared); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// absent is what is known of a number under which nothing is recorded.
func absent(identity access.Fact[access.Identity]) access.Facts {
	return access.Facts{Identity: identity, Age: access.AbsentFact[int](), OptOut: access.AbsentFact[access.OptOut](),
		Restriction: access.AbsentFact[access.Restriction](), Registration: access.AbsentFact[access.Registration](),
		Permissions: access.AbsentFact[[]access.Permission](), Relationships: access.AbsentFact[[]access.Relationship](),
		TestOrders: access.AbsentFact[[]access.TestOrder](), Emergencies: access.AbsentFact[[]access.Emergency](),
		SubjectIsPatient: access.AbsentFact[bool](), NationalOptOut: access.AbsentFact[bool]()}
}

func TestNothingOnRecordIsAbsent(t *testing.T) {
	r := fresh(t)
	for name, c := range map[string]struct {
		who  nhs.Number
		want access.Facts
	}{
		"no patient":      {nhs.Number{}, absent(access.AbsentFact[access.Identity]())},
		"unknown patient": {number(1), absent(access.KnownFact(access.Identity{Current: number(1)}))},
	} {
		if diff := cmp.Diff(c.want, gather(r, asks(c.who)), compared); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAttack107PermissionOfOnePatientNeverShowsForAnother(t *testing.T) {
	r := fresh(t)
	record(t, r, states(asks(number(1)), access.RecordPermission, access.Statement{How: "in-person"}), "p1")
	if got := gather(r, asks(number(1))).Permissions; got.State != access.Known || len(got.Value) != 1 {
		t.Errorf("the patient's own permission is %v", got)
	}
	for i := 2; i < 50; i++ {
		if got := gather(r, asks(number(i))).Permissions; got.State != access.Absent {
			t.Errorf("patient %d has %v", i, got)
		}
	}
}

func TestAttack108PermissionNamesWhoAsked(t *testing.T) {
	r := fresh(t)
	record(t, r, states(asks(number(1)), access.RecordPermission, access.Statement{Sources: []string{"gp-riverside"}}), "p1")
	for name, c := range map[string]struct {
		user, organisation string
		state              access.State
	}{
		"the professional":                        {"u1", "RXA01", access.Known},
		"a colleague, to be told that it exists":  {"u2", "RXA01", access.Known},
		"the same person for another employer":    {"u1", "RXB01", access.Known},
		"somebody else elsewhere":                 {"u2", "RXB01", access.Absent},
		"somebody whose id begins like the other": {"u", "RXB01", access.Absent},
	} {
		got := gather(r, by(asks(number(1)), c.user, c.organisation)).Permissions
		if got.State != c.state {
			t.Errorf("%s: permissions are %v", name, got.State)
			continue
		}
		// Whoever sees it sees whose it is, and for where.
		for _, p := range got.Value {
			if p.UserID != "u1" || p.Organisation != ods("RXA01") || len(p.Sources) != 1 || p.Sources[0] != "gp-riverside" {
				t.Errorf("%s: permission is %+v", name, p)
			}
		}
	}
}

func TestAttack112OptOutHoldsFromTheNextGather(t *testing.T) {
	r := fresh(t)
	load(t, r, patient("p", number(1), registeredWith("Z91001", "01632 960001")))
	for range 3 { // in memory
		if got := gather(r, asks(number(1))).OptOut.State; got != access.Absent {
			t.Fatalf("opt-out is %v before it is made", got)
		}
	}
	load(t, r, optOut("o", number(1), "active"))
	got := gather(r, asks(number(1))).OptOut
	if got.State != access.Known || got.Value.Telephone != "01632 960001" {
		t.Errorf("opt-out is %+v after it is made", got)
	}
	load(t, r, optOut("o", number(1), "inactive"))
	if got := gather(r, asks(number(1))).OptOut.State; got != access.Absent {
		t.Errorf("opt-out is %v after it ended", got)
	}
}

func TestAttack118NationalOptOutIsNotAnOptOut(t *testing.T) {
	r := fresh(t)
	load(t, r, consent("n", "national-opt-out", number(1), "active", `{"type":"deny"}`, ""))
	got := gather(r, asks(number(1)))
	if got.OptOut.State != access.Absent || got.NationalOptOut != access.KnownFact(true) {
		t.Errorf("opt-out %v, national opt-out %v", got.OptOut.State, got.NationalOptOut)
	}
}

func TestAttack119EndedRelationshipSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		status, period string
		ended          bool
		until          time.Time
	}{
		"active":                       {"active", `{"start":"2026-11-01"}`, false, time.Time{}},
		"finished, without an end":     {"finished", `{"start":"2026-11-01"}`, true, time.Time{}},
		"active, but its period ended": {"active", `{"start":"2026-11-01","end":"2026-11-22"}`, false, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
	} {
		r := fresh(t)
		load(t, r, episode("e", number(1), "RXA01", c.status, c.period))
		got := gather(r, asks(number(1))).Relationships
		if got.State != access.Known || got.Value[0].Ended != c.ended || !got.Value[0].Until.Equal(c.until) {
			t.Errorf("%s: %+v", name, got)
		}
		if got := gather(r, by(asks(number(1)), "u1", "RXB01")).Relationships.State; got != access.Absent {
			t.Errorf("%s: another team's relationships are %v", name, got)
		}
	}
}

func TestAttack122OrderNamesTheSpecialist(t *testing.T) {
	r := fresh(t)
	load(t, r, order("o1", number(1), organisation("RXA01"), "active"),
		order("o2", number(1), organisation("RXB01")+","+professional("u7"), "active"),
		order("o3", number(1), organisation("RXA01"), "completed"))
	for name, c := range map[string]struct {
		user, organisation string
		want               []string
	}{
		"the organisation":  {"u1", "RXA01", []string{"ServiceRequest/o1", "ServiceRequest/o3"}},
		"the named person":  {"u7", "RXC01", []string{"ServiceRequest/o2"}},
		"nobody that it is": {"u1", "RXC01", nil},
	} {
		var ids []string
		for _, o := range gather(r, by(asks(number(1)), c.user, c.organisation)).TestOrders.Value {
			ids = append(ids, o.ID)
			if (o.Status == "completed") != o.ClosedAt.Equal(noon) {
				t.Errorf("%s: %s was closed at %v", o.ID, o.Status, o.ClosedAt)
			}
		}
		if diff := cmp.Diff(c.want, ids); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAttack125ProfessionalWhoIsThePatient(t *testing.T) {
	r := fresh(t)
	load(t, r, `{"resourceType":"Person","id":"w","link":[{"target":`+professional("u1")+`},{"target":`+naming(number(1))+`}]}`)
	if got := gather(r, asks(number(1))).SubjectIsPatient; got != access.KnownFact(true) {
		t.Errorf("of themselves: %v", got)
	}
	if got := gather(r, by(asks(number(1)), "u2", "RXA01")).SubjectIsPatient; got != access.AbsentFact[bool]() {
		t.Errorf("of a colleague: %v", got)
	}
	if got := gather(r, asks(number(2))).SubjectIsPatient; got != access.AbsentFact[bool]() {
		t.Errorf("of another patient: %v", got)
	}
}
