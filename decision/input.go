package decision

import (
	"bytes"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/legible"
)

// The names of the input document (policies/schema/input.json).
var (
	kAction, kAssurance, kCategories       = rego.Field("action"), rego.Field("assurance"), rego.Field("categories")
	kFacts, kHow, kID, kInteraction        = rego.Field("facts"), rego.Field("how"), rego.Field("id"), rego.Field("interaction")
	kKind, kKnown, kOrganisation, kPatient = rego.Field("kind"), rego.Field("known"), rego.Field("organisation"), rego.Field("patient")
	kPermission, kPurpose, kPurposeGiven   = rego.Field("permission"), rego.Field("purpose"), rego.Field("purpose_given")
	kReasonCode, kReasonGiven, kRequest    = rego.Field("reason_code"), rego.Field("reason_given"), rego.Field("request")
	kRole, kSensitive, kSource, kSources   = rego.Field("role"), rego.Field("sensitive"), rego.Field("source"), rego.Field("sources")
	kStatement, kSubject, kTime, kType     = rego.Field("statement"), rego.Field("subject"), rego.Field("time"), rego.Field("type")
	kOrganisationKind, kAskedLastHour      = rego.Field("organisation_kind"), rego.Field("asked_last_hour")
	kUserID, kFrom, kUntil, kState, kValue = rego.Field("user_id"), rego.Field("from"), rego.Field("until"), rego.Field("state"), rego.Field("value")
)

// pen writes what a decision is made of.
type pen struct{ *rego.Pen }

// input writes the question and the facts for the rules and for the record. It
// holds no NHS number, no name of a person and no free text: what was written in
// words is given as "said" or "not said".
//
// The values live in the machine's arena until its next reset. passing is where in the text that
// stands which changes from question to question.
func (r *Revision) input(m *rego.Machine, q *access.Question, f *access.Facts) (in *rego.Node, text []byte, passing passing) {
	p := pen{m.Write()}

	root := p.Open()
	p.Name(kFacts)
	p.Value(kFacts, p.facts(f))

	p.Name(kPatient)
	mark := p.Open()
	p.Yes(kKnown, !q.Patient.IsZero())
	p.Value(kPatient, p.Close(mark))

	p.Name(kRequest)
	mark = p.Open()
	p.Str(kAction, string(q.Action))
	var list *categories
	list, m.Scratch = r.possible.of(r.classes, m.Scratch, &q.Request)
	p.Name(kCategories)
	p.JSON = append(p.JSON, list.json...)
	p.Value(kCategories, list.node)
	p.Str(kInteraction, string(q.Request.Interaction))
	p.Str(kPurpose, q.Purpose)
	p.Str(kType, q.Request.Type)
	p.Value(kRequest, p.Close(mark))

	p.Name(kSource)
	mark = p.Open()
	p.Str(kID, q.Source.ID)
	p.Str(kKind, q.Source.Kind)
	p.Str(kOrganisation, q.Source.Organisation.String())
	p.Value(kSource, p.Close(mark))

	if q.Statement != nil {
		p.Name(kStatement)
		p.Value(kStatement, p.statement(q.Statement))
	}

	p.Name(kSubject)
	mark = p.Open()
	passing.asked.from = len(p.JSON)
	p.Num(kAskedLastHour, int64(q.AskedLastHour))
	passing.asked.to = len(p.JSON)
	p.Str(kAssurance, q.Subject.Assurance)
	p.Str(kOrganisation, q.Subject.Organisation.String())
	p.Str(kOrganisationKind, q.OrganisationKind)
	p.Str(kRole, q.Subject.Role.String())
	p.Str(kUserID, q.Subject.UserID)
	p.Value(kSubject, p.Close(mark))

	passing.time = len(p.JSON)
	p.Now(kTime, q.Time.Unix())
	return p.Close(root), bytes.Clone(p.JSON), passing
}

func (p pen) statement(s *access.Statement) *rego.Node {
	m := p.Open()
	p.Seconds(kFrom, s.From, 0)
	p.Str(kHow, s.How)
	p.Str(kOrganisation, s.Organisation.String())
	p.Str(kPermission, s.Permission)
	p.Yes(kPurposeGiven, legible.Words(s.Purpose))
	p.Str(kReasonCode, s.ReasonCode)
	p.Yes(kReasonGiven, legible.Words(s.Reason))
	p.Yes(kSensitive, s.Sensitive)
	p.Strs(kSources, s.Sources)
	p.Seconds(kUntil, s.Until, rego.Forever)
	p.Str(kUserID, s.UserID)
	return p.Close(m)
}
