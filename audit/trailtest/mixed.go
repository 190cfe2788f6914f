package trailtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// Mixed makes n records of everything that a trail holds: views by rule and
// role, refusals, failures, the patients' answers, emergencies, looks at the
// trail; the same for the same broker. Some lack what others have: a patient, a
// trace id, a role, rules, a user. Some have the same time.
func Mixed(broker string, n int) []*audit.Record {
	rnd := rand.New(rand.NewPCG(uint64(len(broker)), uint64(n)))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	records := make([]*audit.Record, n)
	for i := range records {
		r := &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("0195f2c0-%s-%06d", broker, i), Broker: broker, Status: 200,
			// Four have one time; 3,000 are three days.
			TimeIn:  begin.Add(time.Duration(i/4)*345*time.Second - time.Duration(rnd.IntN(2))*time.Minute),
			Outcome: audit.Released, Action: "view", Interaction: "search", ResourceType: "Observation",
			UserOrg: pick("RXA01", "RXB02", "A81001", ""), RoleCode: pick("R8000", "R8001", "R8003", ""), Revision: pick("2026-03-01", "2026-03-02"),
			Source: pick("gp-riverside", "acute-northmoor", "county"), SourceOrg: pick("A81001", "RXB02", "RXC03"),
			Rules: [][]string{{"permission"}, {"routine_gp", "permission"}, nil, {"permission", "permission", "own_record"}}[rnd.IntN(4)],
		}
		r.TimeOut = r.TimeIn.Add(12 * time.Millisecond)
		if user := rnd.IntN(30); user > 0 {
			r.UserID = fmt.Sprintf("user-%d", user)
		}
		if patient := rnd.IntN(12); patient > 0 {
			r.PatientHMAC = HMAC(patient)
			r.PatientEpoch = []string{"", "2-9f3a1c07", "3-00aa11bb"}[i*3/n]
		}
		if trace := rnd.IntN(n/3 + 2); trace > 0 {
			r.TraceID = fmt.Sprintf("4bf92f3577b34da6a3ce92%010x", trace)
		}
		if i%3 == 0 {
			r.Correlation = []string{fmt.Sprintf("X-Request-ID: 60e0b220-8136-4ca5-ae46-%012x", i), "X-Correlation-ID: visit-1"}
		}
		mix(rnd, r)
		records[i] = r
	}
	return records
}

// mix makes a record one of the kinds.
func mix(rnd *rand.Rand, r *audit.Record) {
	switch rnd.IntN(12) {
	case 0, 1:
		r.Outcome, r.Effect, r.Status, r.Rules = audit.Refused, "deny", 403, nil
		r.Reasons = [][]string{{"opted-out"}, {"no-permission", "no-active-care-relationship"}, {"token-missing"}, {"opted-out", "opted-out"}}[rnd.IntN(4)]
	case 2:
		r.Outcome = []audit.Outcome{audit.Failed, audit.Incomplete}[rnd.IntN(2)]
		r.Reasons = []string{"source-unavailable"}
		r.Alert = rnd.IntN(4) == 0
	case 3:
		r.Action = []string{"record-permission", "record-refusal", "withdraw"}[rnd.IntN(3)]
		r.Interaction, r.ResourceType, r.Permission = "create", "Consent", "perm-1"
		r.Outcome = []audit.Outcome{audit.Released, audit.Released, audit.Refused}[rnd.IntN(3)]
	case 4:
		r.Action, r.Alert, r.Emergency, r.EmergencyReason = "declare-emergency", true, "emergency-1", "Unconscious; allergies unknown"
	case 5:
		r.Reasons, r.Emergency, r.Alert = []string{"emergency-access"}, "emergency-1", true
	case 6:
		r.Action = []string{audit.LookAtTrail, audit.LookAtRecord, audit.LookAtPatient}[rnd.IntN(3)]
		r.Source, r.ResourceType, r.Rules, r.RoleCode = "console", "AuditEvent", nil, "R8012"
		if rnd.IntN(2) == 0 {
			r.SourceOrg = ""
		}
	case 7:
		r.DocumentType, r.DocumentBytes, r.DocumentDigest = "application/pdf", 4711, strings.Repeat("0f", 32)
		r.Causes = map[string]int{"shown-in-part MedicationRequest.requester": 1}
		r.Withheld, r.Categories = map[string]int{"label-withheld": 2}, map[string]int{"laboratory": 3}
		r.Reasons = []string{"permission-to-view"}
	case 8:
		r.Action, r.Outcome, r.Reasons = "", audit.Refused, []string{"request-not-understood"} // not a view: nothing was understood
	default:
		r.Effect, r.Reasons, r.Categories = "permit", []string{"permission-to-view", "routine-access-by-gp"}, map[string]int{"laboratory": 12}
	}
}
