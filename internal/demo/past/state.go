package past

import (
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
)

// answer is what a patient was asked and said, as a professional writes it down.
type answer struct {
	how       string        // "in-person", "telephone"
	purpose   string        // in words
	lasts     time.Duration // of a yes
	sensitive bool
	sources   []string // what it is limited to; nil: nothing
}

// statement is what is recorded of an answer, at the patient's practice, or where they are known.
func (t *telling) state(action access.Action, s access.Statement) (*audit.Record, bool) {
	q := t.question(t.patient.GP, action)
	q.Request.Interaction, q.Request.Type = "create", "Consent"
	s.Patient, s.UserID, s.Organisation = t.patient.Number, t.subject.UserID, t.subject.Organisation
	q.Statement = &s
	t.trace = t.random(16)
	r := t.record(q)
	t.trace = ""
	r.Query = q.Request.Type
	d := t.decide(r, q)
	if s.Reason != "" {
		r.EmergencyReason = s.ReasonCode + ": " + s.Reason
	}
	r.PurposeWords = s.Purpose
	r.Outcome, r.Status, r.BytesReleased = audit.Released, http.StatusCreated, 900+t.Int64N(200)
	if d.Effect != access.Permit {
		r.Outcome, r.Status, r.BytesReleased = audit.Refused, http.StatusForbidden, 420+t.Int64N(120)
	}
	return r, d.Effect == access.Permit
}

// says records that the patient said yes, or no.
func (t *telling) says(yes bool, a answer) (id string, ok bool) {
	action, until := access.RecordRefusal, time.Time{}
	if yes {
		action, until = access.RecordPermission, t.now.Add(a.lasts).Truncate(time.Second)
	}
	s := access.Statement{How: a.how, Purpose: a.purpose, Sensitive: yes && a.sensitive, Sources: a.sources}
	s.From, s.Until = t.now.Truncate(time.Second), until
	r, ok := t.state(action, s)
	if ok {
		id = t.id(t.now)
		r.Permission = id
		p := permission{Permission: access.Permission{
			ID: id, UserID: t.subject.UserID, Organisation: t.subject.Organisation, Given: yes, Sources: slices.Clone(a.sources),
			Sensitive: s.Sensitive, How: a.how, Recorded: t.now.Truncate(time.Millisecond),
			Validity: access.Validity{From: s.From, Until: until},
		}}
		known := t.of(t.patient.Number)
		known.permissions = append(known.permissions, p)
	}
	t.end(r)
	return id, ok
}

// withdraws records that the patient took a permission back.
func (t *telling) withdraws(id, how string) {
	r, ok := t.state(access.Withdraw, access.Statement{Permission: id, How: how})
	if ok {
		r.Permission = id
		known := t.of(t.patient.Number)
		for i := range known.permissions {
			if known.permissions[i].ID == id {
				known.permissions[i].withdrawn = t.now
			}
		}
	}
	t.end(r)
}

// declares declares an emergency for half an hour, and gives the record of it.
func (t *telling) declares(code, words string) (*audit.Record, bool) {
	s := access.Statement{ReasonCode: code, Reason: words}
	s.From, s.Until = t.now.Truncate(time.Second), t.now.Truncate(time.Second).Add(time.Hour)
	r, ok := t.state(access.DeclareEmergency, s)
	if ok {
		r.Emergency, r.Alert = t.id(t.now), true
		known := t.of(t.patient.Number)
		known.emergencies = append(known.emergencies, emergency{access.Emergency{
			ID: r.Emergency, UserID: t.subject.UserID, ReasonCode: code, Reason: words, Validity: s.Validity,
		}, t.subject.Organisation, t.now})
	}
	t.end(r)
	return r, ok
}

// called says that the patient called the professional's organisation, which treats them for some hours.
func (t *telling) called(kind string) {
	known := t.of(t.patient.Number)
	from := t.now.Add(-20 * time.Minute).Truncate(time.Second)
	known.calls = append(known.calls, call{access.Relationship{
		ID: "made-up/" + kind + "-" + t.random(6), Kind: kind, Organisation: t.subject.Organisation,
		Validity: access.Validity{From: from, Until: from.Add(8 * time.Hour)},
	}})
}
