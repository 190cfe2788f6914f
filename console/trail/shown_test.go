package trail_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// oneLook says whether records are those of one look: one, or one for each
// organisation with one trace id.
func oneLook(records []*audit.Record) bool {
	seen := map[string]bool{}
	for _, r := range records {
		if r.TraceID == "" || r.TraceID != records[0].TraceID || seen[r.SourceOrg] {
			return false
		}
		seen[r.SourceOrg] = true
	}
	return len(records) > 0
}

// Whose records were shown, sees who looked: a list that shows records of several
// organisations leaves a record of the look in the part of each.
func TestALookIsRecordedInEachPartThatItShowed(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s)
	all := region(t, r.protector)
	deliver(t, s, all...)
	patient := url.Values{"patient": {patients[0]}}
	as := func(format string) url.Values { return url.Values{"patient": {patients[0]}, "format": {format}} }
	const records, report = "/console/trail/records", "/console/trail/patient"
	every := map[string]int{"Z91001": 40, "RZ1": 40, "RZ2": 40}
	ofPatient := map[string]int{"Z91001": 15, "RZ1": 15, "RZ2": 15}
	for _, c := range []struct {
		attempt
		who  string
		want map[string]int
	}{
		{attempt{http.MethodGet, records + "?measure=", nil}, "X26", map[string]int{"Z91001": 16, "RZ1": 17, "RZ2": 17}}, // a page of 50
		{attempt{http.MethodGet, records + "?format=csv", nil}, "X26", every},
		{attempt{http.MethodGet, records + "?format=json", nil}, "X26", every},
		{attempt{http.MethodGet, records + "?source=gp-riverside", nil}, "X26", map[string]int{"Z91001": 40}},
		{attempt{http.MethodGet, records + "?user=nobody", nil}, "X26", map[string]int{"": 0}},
		{attempt{http.MethodPost, records, patient}, "X26", ofPatient},
		{attempt{http.MethodPost, report, patient}, "X26", ofPatient},
		{attempt{http.MethodPost, report, as("csv")}, "X26", ofPatient},
		{attempt{http.MethodPost, report, as("json")}, "X26", ofPatient},
		{attempt{http.MethodPost, report, url.Values{"of": {all[1].ID}}}, "X26", map[string]int{"Z91001": 8, "RZ1": 12, "RZ2": 10}},
		{attempt{http.MethodGet, records + "/" + all[1].ID, nil}, "X26", map[string]int{"RZ1": 1}},
		{attempt{http.MethodPost, report, patient}, "RZ1", map[string]int{"RZ1": 15}},
		// An overview shows numbers and looks, and no records of an organisation.
		{attempt{http.MethodGet, "/console/trail", nil}, "X26", map[string]int{"": 120}},
		{attempt{http.MethodGet, "/console/trail", nil}, "RZ1", map[string]int{"RZ1": 40}},
	} {
		r.who = person(c.who)
		before := r.looks.count()
		if status, _, body := r.ask(t, c.method, c.target, c.form); status != http.StatusOK {
			t.Fatalf("%+v: %d\n%s", c, status, body)
		}
		got := map[string]int{}
		for _, look := range r.looks.all[before:] {
			got[look.SourceOrg] = look.Types["AuditEvent"]
			if (c.form != nil) != (look.PatientHMAC != "") && !strings.Contains(c.target, all[1].ID) {
				t.Errorf("%+v: recorded with the patient %q", c, look.PatientHMAC)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || !oneLook(r.looks.all[before:]) {
			t.Errorf("%+v: (-want +got)\n%s", c, diff)
		}
	}
}

// What an organisation's own staff did elsewhere is of the others' parts.
func TestALookAtOwnStaffIsRecordedElsewhereToo(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s, ownStaff)
	all := region(t, r.protector)
	deliver(t, s, all...)
	r.who = person("RZ1")
	r.get(t, "/console/trail/records?format=csv")
	var parts []string
	for _, look := range r.looks.all {
		parts = append(parts, look.SourceOrg)
	}
	slices.Sort(parts)
	if !slices.Equal(parts, []string{"RZ1", "RZ2", "Z91001"}) || !oneLook(r.looks.all) {
		t.Errorf("recorded in the parts of %v", parts)
	}
}

// The looks come back: each organisation sees the one in its part, the region sees
// one look, counted once.
func TestALookIsShownToEachOrganisation(t *testing.T) { stores(t, shownToEach) }

func shownToEach(t *testing.T, s kept) {
	r := open(t, s)
	all := region(t, r.protector)
	deliver(t, s, all...)
	r.post(t, "/console/trail/patient", "patient", patients[0])
	if r.looks.count() != 3 {
		t.Fatalf("%d looks", r.looks.count())
	}
	trace := r.looks.all[0].TraceID
	deliver(t, s, append(slices.Clone(all), r.looks.all...)...)
	for org, look := range map[string]string{
		"Z91001": "looked at who has accessed a patient’s record, in the trail of Riverside Surgery",
		"RZ1":    "looked at who has accessed a patient’s record, in the trail of St Aldhelm’s Hospitals",
		"X26":    "looked at who has accessed a patient’s record, in the trail of Northmoor General Hospital, Riverside Surgery and St Aldhelm’s Hospitals",
	} {
		look = strings.ReplaceAll(look, "Aldhelm’s", "Aldhelm&#39;s")
		officer := open(t, s)
		officer.who, officer.protector = person(org), r.protector
		_, overview := officer.get(t, "/console/trail")
		_, list := officer.get(t, "/console/trail/records?measure=looks")
		for name, body := range map[string]string{"overview": overview, "list": list} {
			if strings.Count(body, look+".") != 1 {
				t.Errorf("%s: the %s tells of the look %d times\n%s", org, name, strings.Count(body, look+"."), body)
			}
		}
		n := map[bool]string{true: "1 visit, 3 records", false: "1 visit, 1 record"}[org == "X26"]
		if got := between(list, `id="found">`, "<"); got != n {
			t.Errorf("%s: %s", org, got)
		}
		if !strings.Contains(overview, `>1<span class="nhsuk-u-visually-hidden"> Looks at the trail</span>`) {
			t.Errorf("%s: the overview does not count one look\n%s", org, between(overview, "Looks at the trail", "</li>"))
		}
		// Nothing of the others: a look's own record tells of one part.
		_, byTrace := officer.get(t, "/console/trail/records?trace="+trace+"&format=json")
		for _, other := range []string{"Z91001", "RZ1", "RZ2"} {
			if shown := strings.Contains(byTrace, `"held_by": "`+other+`"`); shown != (org == "X26" || org == other) {
				t.Errorf("%s: a look in the part of %s: shown %v", org, other, shown)
			}
		}
	}
}

// One part's record that cannot be written keeps the whole page away.
func TestAllOfALookOrNothing(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s)
	deliver(t, s, region(t, r.protector)...)
	r.looks.failFor = "RZ2"
	status, body := r.get(t, "/console/trail/records?measure=")
	if status != http.StatusServiceUnavailable || anyRecord.MatchString(body) {
		t.Errorf("%d\n%s", status, body)
	}
}
