package decision

import (
	"bytes"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/legible"
)

// The names of the input document (policies/schema/input.json).
var (
	kAction, kAssurance, kCategories       = field("action"), field("assurance"), field("categories")
	kFacts, kHow, kID, kInteraction        = field("facts"), field("how"), field("id"), field("interaction")
	kKind, kKnown, kOrganisation, kPatient = field("kind"), field("known"), field("organisation"), field("patient")
	kPermission, kPurpose, kPurposeGiven   = field("permission"), field("purpose"), field("purpose_given")
	kReasonCode, kReasonGiven, kRequest    = field("reason_code"), field("reason_given"), field("request")
	kRole, kSensitive, kSource, kSources   = field("role"), field("sensitive"), field("source"), field("sources")
	kStatement, kSubject, kTime, kType     = field("statement"), field("subject"), field("time"), field("type")
	kUserID, kFrom, kUntil, kState, kValue = field("user_id"), field("from"), field("until"), field("state"), field("value")
)

// input writes the question and the facts for the rules and for the record. It
// holds no NHS number, no name of a person and no free text: what was written in
// words is given as "said" or "not said".
//
// The values live in the machine's arena until its next reset.
func (r *Revision) input(m *machine, q *access.Question, f *access.Facts) (*node, []byte) {
	p := &m.pen
	p.arena, p.json, p.keys, p.items = &m.arena, p.json[:0], p.keys[:0], p.items[:0]

	root := p.open()
	p.name(kFacts)
	p.value(kFacts, p.facts(f))

	p.name(kPatient)
	mark := p.open()
	p.yes(kKnown, !q.Patient.IsZero())
	p.value(kPatient, p.close(mark))

	p.name(kRequest)
	mark = p.open()
	p.str(kAction, string(q.Action))
	var list *categories
	list, m.scratch = r.possible.of(r.classes, m.scratch, &q.Request)
	p.name(kCategories)
	p.json = append(p.json, list.json...)
	p.value(kCategories, list.node)
	p.str(kInteraction, string(q.Request.Interaction))
	p.str(kPurpose, q.Purpose)
	p.str(kType, q.Request.Type)
	p.value(kRequest, p.close(mark))

	p.name(kSource)
	mark = p.open()
	p.str(kID, q.Source.ID)
	p.str(kKind, q.Source.Kind)
	p.str(kOrganisation, q.Source.Organisation.String())
	p.value(kSource, p.close(mark))

	if q.Statement != nil {
		p.name(kStatement)
		p.value(kStatement, p.statement(q.Statement))
	}

	p.name(kSubject)
	mark = p.open()
	p.str(kAssurance, q.Subject.Assurance)
	p.str(kOrganisation, q.Subject.Organisation.String())
	p.str(kRole, q.Subject.Role.String())
	p.str(kUserID, q.Subject.UserID)
	p.value(kSubject, p.close(mark))

	p.num(kTime, q.Time.Unix())
	return p.close(root), bytes.Clone(p.json)
}

func (p *pen) statement(s *access.Statement) *node {
	m := p.open()
	p.seconds(kFrom, s.From, 0)
	p.str(kHow, s.How)
	p.str(kOrganisation, s.Organisation.String())
	p.str(kPermission, s.Permission)
	p.yes(kPurposeGiven, legible.Words(s.Purpose))
	p.str(kReasonCode, s.ReasonCode)
	p.yes(kReasonGiven, legible.Words(s.Reason))
	p.yes(kSensitive, s.Sensitive)
	p.strs(kSources, s.Sources)
	p.seconds(kUntil, s.Until, forever)
	p.str(kUserID, s.UserID)
	return p.close(m)
}
