package decision

import (
	"strconv"

	"github.com/mycarerecord/mcr/access"
)

var (
	kCategory, kClosedAt, kCode, kContact   = field("category"), field("closed_at"), field("code"), field("contact")
	kEmergencies, kEnded, kGiven, kIdentity = field("emergencies"), field("ended"), field("given"), field("identity")
	kName, kNationalOptOut, kOptOut         = field("name"), field("national_opt_out"), field("opt_out")
	kPermissions, kRecorded, kRegistration  = field("permissions"), field("recorded_ms"), field("registration")
	kRelationships, kRestriction, kStatus   = field("relationships"), field("restriction"), field("status")
	kSubjectIsPatient, kSuperseded          = field("subject_is_patient"), field("superseded")
	kTelephone, kTestOrders, kWithdrawn     = field("telephone"), field("test_orders"), field("withdrawn")
)

// facts writes what is known. A fact that is not known is its state alone.
func (p *pen) facts(f *access.Facts) *node {
	m := p.open()
	writeList(p, kEmergencies, &f.Emergencies, (*pen).emergency)
	write(p, kIdentity, &f.Identity, (*pen).identity)
	write(p, kNationalOptOut, &f.NationalOptOut, (*pen).truth)
	write(p, kOptOut, &f.OptOut, (*pen).optOut)
	writeList(p, kPermissions, &f.Permissions, (*pen).permission)
	write(p, kRegistration, &f.Registration, (*pen).registration)
	writeList(p, kRelationships, &f.Relationships, (*pen).relationship)
	write(p, kRestriction, &f.Restriction, (*pen).restriction)
	write(p, kSubjectIsPatient, &f.SubjectIsPatient, (*pen).truth)
	writeList(p, kTestOrders, &f.TestOrders, (*pen).testOrder)
	return p.close(m)
}

// The two facts that are the same every time.
var (
	absentFact      = stateFact("absent")
	unavailableFact = stateFact("unavailable")
)

func stateFact(state string) *node {
	return &node{
		kind: objectual, fixed: true, keys: []*node{kState.node},
		items: []*node{{kind: textual, fixed: true, str: state}},
	}
}

// state writes a fact that has no value, and says whether it did.
func (p *pen) state(k key, s access.State) bool {
	p.name(k)
	switch s {
	case access.Known:
		return false
	case access.Absent:
		p.json = append(p.json, `{"state":"absent"}`...)
		p.value(k, absentFact)
	default:
		p.json = append(p.json, `{"state":"unavailable"}`...)
		p.value(k, unavailableFact)
	}
	return true
}

func write[T any](p *pen, k key, f *access.Fact[T], value func(*pen, *T) *node) {
	if p.state(k, f.State) {
		return
	}
	m := p.open()
	p.str(kState, "known")
	p.name(kValue)
	p.value(kValue, value(p, &f.Value))
	p.value(k, p.close(m))
}

func writeList[T any](p *pen, k key, f *access.Fact[[]T], value func(*pen, *T) *node) {
	if p.state(k, f.State) {
		return
	}
	m := p.open()
	p.str(kState, "known")
	p.name(kValue)
	p.json = append(p.json, '[')
	list := p.arena.node(array)
	for i := range f.Value {
		if i > 0 {
			p.json = append(p.json, ',')
		}
		list.items = append(list.items, value(p, &f.Value[i]))
	}
	p.json = append(p.json, ']')
	p.value(kValue, list)
	p.value(k, p.close(m))
}

func (p *pen) truth(b *bool) *node {
	p.json = strconv.AppendBool(p.json, *b)
	return truth(*b)
}

func (p *pen) identity(i *access.Identity) *node {
	m := p.open()
	p.num(kSuperseded, int64(len(i.Others)))
	return p.close(m)
}

func (p *pen) optOut(o *access.OptOut) *node {
	m := p.open()
	p.str(kContact, o.Contact)
	p.seconds(kFrom, o.From, 0)
	p.str(kID, o.ID)
	p.str(kTelephone, o.Telephone)
	p.seconds(kUntil, o.Until, forever)
	return p.close(m)
}

func (p *pen) restriction(r *access.Restriction) *node {
	m := p.open()
	p.str(kCode, r.Code)
	p.seconds(kFrom, r.From, 0)
	p.str(kID, r.ID)
	p.seconds(kUntil, r.Until, forever)
	return p.close(m)
}

func (p *pen) registration(r *access.Registration) *node {
	m := p.open()
	p.seconds(kFrom, r.From, 0)
	p.str(kID, r.ID)
	p.str(kName, r.Name)
	p.str(kOrganisation, r.Practice.String())
	p.str(kTelephone, r.Telephone)
	p.seconds(kUntil, r.Until, forever)
	return p.close(m)
}

func (p *pen) permission(a *access.Permission) *node {
	m := p.open()
	p.seconds(kFrom, a.From, 0)
	p.yes(kGiven, a.Given)
	p.str(kHow, a.How)
	p.str(kID, a.ID)
	p.str(kOrganisation, a.Organisation.String())
	var recorded int64
	if !a.Recorded.IsZero() {
		recorded = a.Recorded.UnixMilli()
	}
	p.num(kRecorded, recorded)
	p.yes(kSensitive, a.Sensitive)
	p.strs(kSources, a.Sources)
	p.seconds(kUntil, a.Until, forever)
	p.str(kUserID, a.UserID)
	p.yes(kWithdrawn, a.Withdrawn)
	return p.close(m)
}

func (p *pen) relationship(r *access.Relationship) *node {
	m := p.open()
	p.yes(kEnded, r.Ended)
	p.seconds(kFrom, r.From, 0)
	p.str(kID, r.ID)
	p.str(kKind, r.Kind)
	p.str(kOrganisation, r.Organisation.String())
	p.seconds(kUntil, r.Until, forever)
	return p.close(m)
}

func (p *pen) testOrder(o *access.TestOrder) *node {
	m := p.open()
	p.str(kCategory, o.Category)
	p.seconds(kClosedAt, o.ClosedAt, 0)
	p.seconds(kFrom, o.From, 0)
	p.str(kID, o.ID)
	p.str(kOrganisation, o.Organisation.String())
	p.str(kStatus, o.Status)
	p.seconds(kUntil, o.Until, forever)
	p.str(kUserID, o.UserID)
	return p.close(m)
}

func (p *pen) emergency(e *access.Emergency) *node {
	m := p.open()
	p.seconds(kFrom, e.From, 0)
	p.str(kID, e.ID)
	p.str(kReasonCode, e.ReasonCode)
	p.seconds(kUntil, e.Until, forever)
	p.str(kUserID, e.UserID)
	return p.close(m)
}
