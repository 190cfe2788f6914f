package trail_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/nhs"
)

// The region's auditor works at an organisation that has officers of its own. They
// see what their staff did elsewhere, and do not learn from the auditor's looks
// who is a patient of others.
func TestTheAuditorsLooksTellTheirHostNothing(t *testing.T) { stores(t, hostsNothing) }

func hostsNothing(t *testing.T, s kept) {
	hosted := func(cfg *trail.Config) {
		cfg.Reach = trail.Reach{Region: []nhs.ODSCode{code("RZ2")}, RegionRoles: []nhs.RoleCode{role("R8012")}, OwnStaff: true}
	}
	r := open(t, s, hosted)
	theirs := number(t, patients[0])
	viewed := region(t, r.protector)[0] // of Riverside Surgery
	viewed.UserOrg, viewed.PatientHMAC, viewed.PatientShown = "Z91001", r.protector.HMAC(theirs), r.protector.Shown(theirs)
	all := []*audit.Record{viewed}
	deliver(t, s, all...)
	auditor := person("RZ2")
	auditor.Subject.Role, auditor.Subject.Name = role("R8012"), "Ada Auditor"
	r.who = auditor
	r.post(t, "/console/trail/patient", "patient", patients[0])
	r.get(t, "/console/trail/records/"+viewed.ID)
	r.get(t, "/console/trail")
	if r.looks.count() != 3 || r.looks.all[0].SourceOrg != "Z91001" || r.looks.all[0].PatientHMAC != viewed.PatientHMAC {
		t.Fatalf("%d looks: %+v", r.looks.count(), r.looks.all)
	}
	all = append(all, r.looks.all...)
	deliver(t, s, all...)

	r.who = person("RZ2")
	_, list := r.get(t, "/console/trail/records?measure=")
	_, overview := r.get(t, "/console/trail")
	_, report := r.post(t, "/console/trail/patient", "patient", patients[0])
	for name, body := range map[string]string{"list": list, "overview": overview, "report": report} {
		if strings.Contains(body, "Ada Auditor") {
			t.Errorf("the %s tells the host's officer of the auditor's looks\n%s", name, body)
		}
	}
	for _, rec := range all {
		status, body := r.post(t, "/console/trail/patient", "of", rec.ID)
		if status != http.StatusNotFound || strings.Contains(body, "999") {
			t.Errorf("the patient of %s: %d\n%s", rec.ID, status, body)
		}
	}
}

// A collection that was refused is of no organisation's records: those whose staff
// asked see it, and whom they asked about, and nothing more of that patient.
func TestARefusedCollectionIsShownToWhoseStaffAsked(t *testing.T) { stores(t, refusedCollection) }

func refusedCollection(t *testing.T, s kept) {
	r := open(t, s, ownStaff)
	n := number(t, patients[0])
	viewed, refused := *region(t, r.protector)[0], *region(t, r.protector)[1]
	viewed.UserOrg, viewed.PatientHMAC, viewed.PatientShown = "Z91001", r.protector.HMAC(n), r.protector.Shown(n)
	refused.Source, refused.SourceOrg, refused.UserOrg = collect.SourceInTrail, "", "RZ1"
	refused.PatientHMAC, refused.PatientShown = viewed.PatientHMAC, viewed.PatientShown
	deliver(t, s, &viewed, &refused)
	for org, status := range map[string]int{"RZ1": http.StatusOK, "RZ2": http.StatusNotFound, "Z91001": http.StatusNotFound} {
		r.who = person(org)
		if got, _ := r.get(t, "/console/trail/records/"+refused.ID); got != status {
			t.Errorf("%s: the record gives %d", org, got)
		}
		got, body := r.post(t, "/console/trail/patient", "of", refused.ID)
		if got != status || strings.Contains(body, "999 000 0018") != (status == http.StatusOK) || strings.Contains(body, "Riverside") {
			t.Errorf("%s: the report gives %d\n%s", org, got, body)
		}
	}
}
