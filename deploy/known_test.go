package deploy_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// kept is a record as the trail has it: with the time at which it arrived there.
type kept struct {
	*audit.Record
	delivered time.Time
	visit     string // that it belongs to: see asked.visited
}

var (
	begin = time.Date(2026, 3, 25, 6, 0, 0, 0, time.UTC) // the clocks change on the 29th
	end   = begin.Add(8 * 24 * time.Hour)
)

type person struct{ id, name, role, roleName, org, orgName string }

var staff = []person{
	{"555000000001", "Dr Ada Ash", "R8000", "Clinical Practitioner Access Role", "Z91001", "Riverside Practice"},
	{"555000000002", "Mr Ben O'Beech", "R0050", "Consultant", "RZ1", "St Aldhelm's Hospital"},
	{"555000000003", "Cleo Cypress", "R8003", "Health Professional Access Role", "RZ6", "Ambulance Service"},
	{"555000000004", "Dai Dogwood", "R8001", "Nurse Access Role", "RZ3", "Wend Valley Community"},
	{"555000000005", "Eve Elder", "R8008", "Admin/Clinical Support Access Role", "988", "County Council"},
	{"555000000006", "Fay Fir", "R0050", "Consultant", "RZ1", "St Aldhelm's Hospital"},
}

// oneOfMany is a record of a visit that has others too.
const oneOfMany = "wend-1-00103"

var auditor = person{"555000000099", "Olga Oak", "R8012", "Information Officer Access Role", "RZ1", "St Aldhelm's Hospital"}

var holders = []struct{ source, org string }{
	{"gp-riverside", "Z91001"}, {"gp-hillview", "Z91002"}, {"acute-st-aldhelm", "RZ1"}, {"mental-health-larkfield", "RZ4"},
}

// known makes n records in which everything occurs that a dashboard shows; the
// same each time. Their figures are worked out from them in Go.
func known(broker string, n int) []*audit.Record {
	rnd := rand.New(rand.NewPCG(7, uint64(len(broker))))
	var all []*audit.Record
	step := end.Sub(begin) / time.Duration(n+1)
	var who person
	var whom int
	for i := range n {
		at := holders[rnd.IntN(len(holders))]
		if i == 0 || rnd.IntN(5) < 2 { // else the visit goes on, or begins again after a pause
			who, whom = staff[rnd.IntN(len(staff))], 1+rnd.IntN(80)
		}
		in := begin.Add(time.Duration(i)*step + time.Duration(rnd.IntN(1e6))*time.Microsecond)
		revision, digest := "2026-03", "aa11aa11aa11aa11"
		if in.After(begin.Add(5*24*time.Hour)) || broker == "wend-1" && in.After(begin.Add(4*24*time.Hour)) {
			revision, digest = "2026-04", "bb22bb22bb22bb22"
		}
		r := &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("%s-%05d", broker, i), Broker: broker,
			TimeIn: in, Status: 200, Outcome: audit.Released, Action: "view", Interaction: "search",
			ResourceType: []string{"Observation", "Condition", "MedicationRequest"}[rnd.IntN(3)],
			UserID:       who.id, UserName: who.name, RoleCode: who.role, RoleName: who.roleName, UserOrg: who.org, UserOrgName: who.orgName,
			Source: at.source, SourceOrg: at.org, Purpose: "direct-care", Revision: revision, Digest: digest,
			PatientHMAC: patient(whom),
			Spent:       audit.Spent{Parse: int64(rnd.IntN(40)), Token: 12, Gather: int64(100 + rnd.IntN(900)), Decide: int64(200 + rnd.IntN(100))},
		}
		if visit := rnd.IntN(n / 2); visit > 0 {
			r.TraceID = fmt.Sprintf("%032x", visit)
		}
		if rnd.IntN(3) > 0 {
			r.SessionID = fmt.Sprintf("session-%s-%d", who.id, i/300)
		}
		happens(rnd, r, i)
		r.TimeOut = in.Add(time.Duration(5+rnd.IntN(50)) * time.Millisecond)
		all = append(all, r)
	}
	return all
}

func happens(rnd *rand.Rand, r *audit.Record, i int) {
	permit := func(reason string, rules ...string) {
		r.Effect, r.Reasons, r.Rules = "permit", []string{reason}, rules
		r.Spent.Fetch, r.Spent.Filter = int64(3000+rnd.IntN(40_000)), int64(rnd.IntN(800))
		r.BytesReleased = int64(rnd.IntN(9000))
		r.Categories = map[string]int{"laboratory": 1 + rnd.IntN(5), "appointments": 2}
	}
	deny := func(status int, reasons ...string) {
		r.Effect, r.Outcome, r.Status, r.Reasons, r.Rules = "deny", audit.Refused, status, reasons, []string{"permission"}
	}
	state := func(action string) {
		r.Action, r.Interaction, r.ResourceType, r.Categories = action, "create", "Consent", nil
	}
	emergency := fmt.Sprintf("em-%s-%d", r.Broker, i/40)
	switch kind := rnd.IntN(40); {
	case i%40 == 0: // one emergency in forty records, used now and then until the next
		permit("emergency-access", "emergency")
		state("declare-emergency")
		r.Emergency, r.EmergencyReason, r.Alert = emergency, "life-threatening: found unconscious; \"who\" can't say\tmore", true
	case kind < 2:
		permit("emergency-access", "emergency")
		r.Emergency, r.Alert = emergency, true
	case kind < 12:
		permit("permission-to-view", "permission", "relationship")
		r.Permission = "perm-1"
	case kind < 16:
		permit("routine-gp-access", "routine_gp")
	case kind < 18:
		permit("own-record", "own_record", "own_record")
		r.Withheld, r.Categories = map[string]int{"label-withheld": 1 + rnd.IntN(3), "other-patient": 1}, nil
	case kind < 23:
		deny(403, "permission-needed")
	case kind < 25:
		deny(403, "opted-out", "permission-needed")
	case kind < 26:
		deny(403, "no-active-care-relationship", "permission-needed")
	case kind < 27:
		deny(429, "too-many-requests")
		r.Alert = true
	case kind < 29: // before any decision
		r.Action, r.Effect, r.Outcome, r.Status, r.Reasons, r.Revision, r.Digest = "", "", audit.Refused, 401, []string{"token-not-accepted"}, "", ""
		if i%2 == 0 { // the collector turned a collection away: no walking, and no alert
			r.Action, r.Interaction, r.ResourceType, r.Status, r.Reasons, r.Source, r.SourceOrg = "view", "operation", "", 429, []string{"too-many-requests"}, "collector", ""
			return
		}
		r.UserID, r.UserName, r.RoleCode, r.RoleName, r.UserOrg, r.UserOrgName, r.PatientHMAC = "", "", "", "", "", "", ""
	case kind < 30:
		r.Effect, r.Outcome, r.Status, r.Reasons, r.Alert = "indeterminate", audit.Failed, 503, []string{"facts-unavailable"}, true
	case kind < 32:
		permit("source-unavailable", "permission")
		r.Outcome, r.Status, r.Categories = []audit.Outcome{audit.Failed, audit.Incomplete}[rnd.IntN(2)], 502, nil
	case kind < 34:
		permit("active-care-relationship", "relationship")
		state("record-permission")
		r.Permission = "perm-1"
	case kind < 35:
		permit("active-care-relationship", "relationship")
		state("record-refusal")
	case kind < 36:
		permit("active-care-relationship", "relationship")
		state("withdraw")
	case kind < 37:
		deny(403, "emergency-not-enabled")
		state("declare-emergency")
	default: // somebody looks at the trail
		*r = audit.Record{
			Schema: r.Schema, ID: r.ID, Broker: r.Broker, TimeIn: r.TimeIn, TraceID: fmt.Sprintf("%032x", 1<<40+i/60), Status: 200, Outcome: audit.Released, Effect: "permit",
			Action: []string{audit.LookAtTrail, audit.LookAtRecord, audit.LookAtPatient}[rnd.IntN(3)], Interaction: "search", ResourceType: "AuditEvent",
			UserID: auditor.id, UserName: auditor.name, RoleCode: auditor.role, RoleName: auditor.roleName, UserOrg: auditor.org, UserOrgName: auditor.orgName,
			Source: "console", SourceOrg: []string{"", "RZ1"}[rnd.IntN(2)], Reasons: []string{},
		}
	}
}

func patient(n int) string { return hex.EncodeToString([]byte(fmt.Sprintf("%032d", n))) }
