package trail_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// One collection from many sources is one entry of the list; each of its records
// is still there, and other people's requests are not mixed with it.
func TestACollectionIsOneEntry(t *testing.T) {
	store := new(trailtest.Memory)
	r := open(t, store)
	all := region(t, r.protector)
	for i, rec := range all[:12] {
		rec.TraceID = map[bool]string{true: "4bf92f3577b34da6a3ce929d0e0e4736", false: "4bf92f3577b34da6a3ce929d0e0e4737"}[i < 7]
		rec.UserID, rec.UserName, rec.UserOrg = "555001000100", "Dr Number 0", "RZ1"
		rec.TimeIn = begin.Add(1000 * 1000 * 1000 * 7)
	}
	all[11].UserID, all[11].UserName = "555001000101", "Dr Number 1" // the same trace, another person
	all[10].TraceID, all[9].TraceID = "", ""
	all[20].TraceID, all[21].TraceID = all[19].TraceID, all[19].TraceID
	all[19].Action, all[20].Action, all[21].Action = audit.LookAtTrail, audit.LookAtTrail, audit.LookAtTrail
	deliver(t, store, all...)
	_, body := r.get(t, "/console/trail/records?to=2026-03-01")
	if n := strings.Count(body, "One collection"); n != 1 {
		t.Errorf("%d collections\n%s", n, text(body))
	}
	if got := text(body); !strings.Contains(got, "Dr Number 0 , St Aldhelm's Hospitals, asked 3 sources at once, in 7 requests: Recorded 3; Failed 1; Refused 1; Shown 1; Shown, some withheld 1.") {
		t.Errorf("%s", got)
	}
	for _, rec := range all[:21] {
		if strings.Count(body, "/console/trail/records/"+rec.ID) != 1 {
			t.Errorf("record %s is not there, or twice", rec.ID)
		}
	}
}
