package past

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/demo/people"
)

// visit is that somebody signed in and asked about one patient.
type visit struct {
	at      time.Time
	who     Colleague
	patient *people.Person
	tell    func(*telling)
}

// telling is a visit as it is told: a clock that goes on, and where it is asked from.
type telling struct {
	*month
	subject access.Subject
	who     Colleague
	patient *people.Person
	now     time.Time
	address string
	trace   string
}

// tell tells a visit.
func (m *month) tell(v visit) {
	t := &telling{
		month: m, subject: m.subject(v.who), who: v.who, patient: v.patient, now: v.at,
		address: addressOf(v.who),
	}
	t.subject.Session = m.random(16)
	v.tell(t)
}

// addressOf is where somebody asks from: addresses of RFC 5737, which are nobody's.
func addressOf(c Colleague) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(c.Source))
	return fmt.Sprintf("192.0.2.%d", 1+h.Sum32()%200+uint32(c.At))
}

// wait lets some time pass, up to twice as long.
func (t *telling) wait(d time.Duration) {
	t.now = t.now.Add(d + time.Duration(t.Int64N(int64(d))))
}

// question is a question about the patient that is asked now of a source.
func (t *telling) question(source string, action access.Action) access.Question {
	s := t.sources[source]
	return access.Question{
		Time: t.now, Subject: t.subject, Patient: t.patient.Number, Action: action, Purpose: t.subject.Purpose,
		Source: access.Source{ID: s.ID, Name: s.Name, Organisation: s.ODS, Kind: s.Kind},
	}
}

// record begins a record of what is asked of a source now.
func (t *telling) record(q access.Question) *audit.Record {
	r := &audit.Record{
		Schema: audit.SchemaVersion, ID: t.id(t.now), TimeIn: t.now, TraceID: t.trace,
		Source: q.Source.ID, SourceOrg: q.Source.Organisation.String(), Action: string(q.Action),
		ClientIP: t.address, UserAgent: Agent, Purpose: q.Purpose, Reasons: []string{},
		Interaction: string(q.Request.Interaction), ResourceType: q.Request.Type,
	}
	r.AskedBy(t.subject)
	t.Protector.About(r, t.patient.Number)
	return r
}

// decide has the rules of the time decide, and puts it into the record.
func (t *telling) decide(r *audit.Record, q access.Question) access.Decision {
	f := t.facts(q)
	d := t.rules(q.Time).Decide(t.ctx, q, f)
	for _, reason := range d.Reasons {
		r.Reasons = append(r.Reasons, reason.Code)
	}
	r.Effect, r.Rules, r.Revision, r.Digest, r.Alert, r.Input = string(d.Effect), d.Rules, d.Revision, d.Digest, d.Alert, d.Input
	r.Permission, r.Relationship, r.Order = d.Basis["permission"], d.Basis["relationship"], d.Basis["order"]
	r.Emergency, r.OptOut = d.Basis["emergency"], d.Basis["opt_out"]
	for _, e := range f.Emergencies.Value {
		if e.ID == r.Emergency {
			r.EmergencyReason = e.ReasonCode + ": " + e.Reason
		}
	}
	r.Spent = audit.Spent{Parse: 40 + t.Int64N(120), Token: 90 + t.Int64N(300), Gather: 60 + t.Int64N(400), Decide: 20 + t.Int64N(60)}
	return d
}

// end ends a record after what its steps took, and keeps it.
func (t *telling) end(r *audit.Record) {
	s := r.Spent
	took := time.Duration(s.Parse+s.Token+s.Gather+s.Decide+s.Fetch+s.Filter+300+t.Int64N(4000)) * time.Microsecond
	r.TimeOut = r.TimeIn.Add(took)
	t.records = append(t.records, r)
	t.now = r.TimeOut.Add(time.Duration(1+t.IntN(20)) * time.Millisecond)
}

// holders are the sources that hold a record about the patient, the registered practice first.
func (t *telling) holders() (all []string) {
	for _, tie := range t.patient.Ties {
		if !slices.Contains(all, tie.Source) {
			all = append(all, tie.Source)
		}
	}
	return all
}
