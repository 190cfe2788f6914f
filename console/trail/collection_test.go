package trail_test

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// One visit is one entry of the list, however many collections from many sources it
// holds; each of its records is still there, and other people's requests are not mixed
// with it.
func TestAVisitIsOneEntry(t *testing.T) {
	store := new(trailtest.Memory)
	r := open(t, store)
	all := region(t, r.protector)
	for i, rec := range all[:12] {
		rec.TraceID = map[bool]string{true: "4bf92f3577b34da6a3ce929d0e0e4736", false: "4bf92f3577b34da6a3ce929d0e0e4737"}[i < 7]
		rec.UserID, rec.UserName, rec.UserOrg = "555001000100", "Dr Number 0", "RZ1"
		rec.TimeIn = begin.Add(1000 * 1000 * 1000 * 7)
		rec.PatientHMAC, rec.PatientShown, rec.PatientEpoch, rec.Action = all[0].PatientHMAC, all[0].PatientShown, all[0].PatientEpoch, "view"
	}
	all[11].UserID, all[11].UserName = "555001000101", "Dr Number 1" // the same trace, another person
	all[10].TraceID, all[9].TraceID = "", ""
	all[20].TraceID, all[21].TraceID = all[19].TraceID, all[19].TraceID
	all[19].Action, all[20].Action, all[21].Action = audit.LookAtTrail, audit.LookAtTrail, audit.LookAtTrail
	deliver(t, store, all...)
	_, body := r.get(t, "/console/trail/records?to=2026-03-01")
	if n := strings.Count(body, ">Visit<"); n != 1 {
		t.Errorf("%d visits of more than one record\n%s", n, text(body))
	}
	if got := text(body); !strings.Contains(got, "Dr Number 0 , St Aldhelm's Hospitals, asked 3 sources 4 times, in 11 requests: ") {
		t.Errorf("%s", got)
	}
	for _, rec := range all[:21] {
		if strings.Count(body, "/console/trail/records/"+rec.ID) != 1 {
			t.Errorf("record %s is not there, or twice", rec.ID)
		}
	}
}

// What was recorded in a visit is said in its entry, with the words that were given for it:
// it is not lost among the many records that it opened.
func TestAVisitSaysWhatWasRecordedInIt(t *testing.T) {
	store := new(trailtest.Memory)
	r := open(t, store)
	var all []*audit.Record
	for i, id := range []string{"000000000001", "000000000002", "000000000003"} {
		all = append(all, asks(r, t, id, "555", "Dr Y", "acute-northmoor", "RZ2", begin.Add(time.Duration(i)*time.Minute)))
	}
	all[0].Action, all[0].Categories, all[0].PurposeWords = "record-permission", nil, "Medicines before an operation"
	all[1].Action, all[1].Categories, all[1].Alert, all[1].EmergencyReason = "declare-emergency", nil, true, "Found <unconscious>"
	deliver(t, store, all...)
	_, body := r.get(t, "/console/trail/records?to=2026-03-01")
	for _, want := range []string{
		"Recorded that the patient said yes to their record being viewed, for “Medicines before an operation”", "Declared an emergency: “Found <unconscious>”",
	} {
		if got := text(body); strings.Count(got, ">Visit<") > 1 || !strings.Contains(html.UnescapeString(got), want) {
			t.Errorf("not said: %q\n%s", want, got)
		}
	}
}
