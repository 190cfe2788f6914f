package past

import (
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/demo/people"
)

// looks are what the officers looked at: the trail once a week each, and within two working days each
// emergency, but for one.
func (m *month) looks() {
	nobody := new(people.Person)
	for _, r := range slices.Clone(m.records) {
		if r.Action == string(access.DeclareEmergency) && r.Outcome == audit.Released && r.UserName != WithoutFollow {
			m.tell(visit{m.nextMorning(r.TimeIn), named(auditor), nobody, func(t *telling) {
				t.look(audit.LookAtTrail, "", "records?measure=emergency", 1+t.IntN(6))
				t.wait(time.Minute)
				t.look(audit.LookAtRecord, r.SourceOrg, "records/"+r.ID, 1, "AuditEvent/"+r.ID)
			}})
		}
	}
	for ago := m.Days; ago > 0; ago-- {
		day := m.day(ago)
		for _, turn := range []struct {
			name string
			on   time.Weekday
		}{{atStAldhelm, time.Monday}, {atNorthmoor, time.Thursday}} {
			if day.Weekday() != turn.on {
				continue
			}
			officer := named(turn.name)
			m.tell(visit{clock(day, 9, 30), officer, nobody, func(t *telling) {
				own := t.sources[officer.Source].ODS.String()
				t.look(audit.LookAtTrail, own, "overview", 10)
				t.wait(2 * time.Minute)
				t.look(audit.LookAtTrail, own, "records?measure=refused", 20)
			}})
		}
	}
}

// nextMorning is the next morning of a working day.
func (m *month) nextMorning(at time.Time) time.Time {
	day := midnight(at).AddDate(0, 0, 1)
	for free(day) {
		day = day.AddDate(0, 0, 1)
	}
	return clock(day, 9, 5).Add(time.Duration(m.IntN(90)) * time.Minute)
}

// look is a look at the trail's own pages, as they record it.
func (t *telling) look(action, part, query string, shown int, records ...string) {
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: t.id(t.now), TimeIn: t.now, TimeOut: t.now.Add(time.Duration(2+t.IntN(30)) * time.Millisecond),
		TraceID: t.random(16), Outcome: audit.Released, Status: http.StatusOK, Reasons: []string{}, ClientIP: t.address, UserAgent: Agent,
		Source: audit.SourceConsole, SourceOrg: part, Action: action, Interaction: "search", ResourceType: "AuditEvent", Query: query,
		Types: map[string]int{"AuditEvent": shown}, Resources: records,
	}
	if action == audit.LookAtRecord {
		r.Interaction = "read"
	}
	r.AskedBy(t.subject)
	t.records = append(t.records, r)
	t.now = r.TimeOut
}
