package decision

import (
	"strconv"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

var (
	kCategory, kClosedAt, kCode, kContact   = rego.Field("category"), rego.Field("closed_at"), rego.Field("code"), rego.Field("contact")
	kEmergencies, kEnded, kGiven, kIdentity = rego.Field("emergencies"), rego.Field("ended"), rego.Field("given"), rego.Field("identity")
	kName, kNationalOptOut, kOptOut         = rego.Field("name"), rego.Field("national_opt_out"), rego.Field("opt_out")
	kPermissions, kRecorded, kRegistration  = rego.Field("permissions"), rego.Field("recorded_ms"), rego.Field("registration")
	kRelationships, kRestriction, kStatus   = rego.Field("relationships"), rego.Field("restriction"), rego.Field("status")
	kSubjectIsPatient, kSuperseded          = rego.Field("subject_is_patient"), rego.Field("superseded")
	kAge                                    = rego.Field("age")
	kTelephone, kTestOrders, kWithdrawn     = rego.Field("telephone"), rego.Field("test_orders"), rego.Field("withdrawn")
)

// facts writes what is known. A fact that is not known is its state alone.
func (p pen) facts(f *access.Facts) *rego.Node {
	m := p.Open()
	write(p, kAge, &f.Age, pen.years)
	writeList(p, kEmergencies, &f.Emergencies, pen.emergency)
	write(p, kIdentity, &f.Identity, pen.identity)
	write(p, kNationalOptOut, &f.NationalOptOut, pen.truth)
	write(p, kOptOut, &f.OptOut, pen.optOut)
	writeList(p, kPermissions, &f.Permissions, pen.permission)
	write(p, kRegistration, &f.Registration, pen.registration)
	writeList(p, kRelationships, &f.Relationships, pen.relationship)
	write(p, kRestriction, &f.Restriction, pen.restriction)
	write(p, kSubjectIsPatient, &f.SubjectIsPatient, pen.truth)
	writeList(p, kTestOrders, &f.TestOrders, pen.testOrder)
	return p.Close(m)
}

// The two facts that are the same every time.
var (
	absentFact      = stateFact("absent")
	unavailableFact = stateFact("unavailable")
)

func stateFact(state string) *rego.Node {
	return &rego.Node{
		Kind: rego.Object, Fixed: true, Keys: []*rego.Node{kState.Node},
		Items: []*rego.Node{{Kind: rego.Text, Fixed: true, Str: state}},
	}
}

// state writes a fact that has no value, and says whether it did.
func (p pen) state(k rego.Key, s access.State) bool {
	p.Name(k)
	switch s {
	case access.Known:
		return false
	case access.Absent:
		p.JSON = append(p.JSON, `{"state":"absent"}`...)
		p.Value(k, absentFact)
	default:
		p.JSON = append(p.JSON, `{"state":"unavailable"}`...)
		p.Value(k, unavailableFact)
	}
	return true
}

func write[T any](p pen, k rego.Key, f *access.Fact[T], value func(pen, *T) *rego.Node) {
	if p.state(k, f.State) {
		return
	}
	m := p.Open()
	p.Str(kState, "known")
	p.Name(kValue)
	p.Value(kValue, value(p, &f.Value))
	p.Value(k, p.Close(m))
}

func writeList[T any](p pen, k rego.Key, f *access.Fact[[]T], value func(pen, *T) *rego.Node) {
	if p.state(k, f.State) {
		return
	}
	m := p.Open()
	p.Str(kState, "known")
	p.Name(kValue)
	p.JSON = append(p.JSON, '[')
	list := p.Arena.Node(rego.Array)
	for i := range f.Value {
		if i > 0 {
			p.JSON = append(p.JSON, ',')
		}
		list.Items = append(list.Items, value(p, &f.Value[i]))
	}
	p.JSON = append(p.JSON, ']')
	p.Value(kValue, list)
	p.Value(k, p.Close(m))
}

func (p pen) truth(b *bool) *rego.Node {
	p.JSON = strconv.AppendBool(p.JSON, *b)
	return rego.Truth(*b)
}

func (p pen) years(n *int) *rego.Node { return p.Int(int64(*n)) }

func (p pen) identity(i *access.Identity) *rego.Node {
	m := p.Open()
	p.Num(kSuperseded, int64(len(i.Others)))
	return p.Close(m)
}

func (p pen) optOut(o *access.OptOut) *rego.Node {
	m := p.Open()
	p.Str(kContact, o.Contact)
	p.Seconds(kFrom, o.From, 0)
	p.Str(kID, o.ID)
	p.Str(kTelephone, o.Telephone)
	p.Seconds(kUntil, o.Until, rego.Forever)
	return p.Close(m)
}

func (p pen) restriction(r *access.Restriction) *rego.Node {
	m := p.Open()
	p.Str(kCode, r.Code)
	p.Seconds(kFrom, r.From, 0)
	p.Str(kID, r.ID)
	p.Seconds(kUntil, r.Until, rego.Forever)
	return p.Close(m)
}

func (p pen) registration(r *access.Registration) *rego.Node {
	m := p.Open()
	p.Seconds(kFrom, r.From, 0)
	p.Str(kID, r.ID)
	p.Str(kName, r.Name)
	p.Str(kOrganisation, r.Practice.String())
	p.Str(kTelephone, r.Telephone)
	p.Seconds(kUntil, r.Until, rego.Forever)
	return p.Close(m)
}

func (p pen) permission(a *access.Permission) *rego.Node {
	m := p.Open()
	p.Seconds(kFrom, a.From, 0)
	p.Yes(kGiven, a.Given)
	p.Str(kHow, a.How)
	p.Str(kID, a.ID)
	p.Str(kOrganisation, a.Organisation.String())
	var recorded int64
	if !a.Recorded.IsZero() {
		recorded = a.Recorded.UnixMilli()
	}
	p.Num(kRecorded, recorded)
	p.Yes(kSensitive, a.Sensitive)
	p.Strs(kSources, a.Sources)
	p.Seconds(kUntil, a.Until, rego.Forever)
	p.Str(kUserID, a.UserID)
	p.Yes(kWithdrawn, a.Withdrawn)
	return p.Close(m)
}

func (p pen) relationship(r *access.Relationship) *rego.Node {
	m := p.Open()
	p.Yes(kEnded, r.Ended)
	p.Seconds(kFrom, r.From, 0)
	p.Str(kID, r.ID)
	p.Str(kKind, r.Kind)
	p.Str(kOrganisation, r.Organisation.String())
	p.Seconds(kUntil, r.Until, rego.Forever)
	return p.Close(m)
}

func (p pen) testOrder(o *access.TestOrder) *rego.Node {
	m := p.Open()
	p.Str(kCategory, o.Category)
	p.Seconds(kClosedAt, o.ClosedAt, 0)
	p.Seconds(kFrom, o.From, 0)
	p.Str(kID, o.ID)
	p.Str(kOrganisation, o.Organisation.String())
	p.Str(kStatus, o.Status)
	p.Seconds(kUntil, o.Until, rego.Forever)
	p.Str(kUserID, o.UserID)
	return p.Close(m)
}

func (p pen) emergency(e *access.Emergency) *rego.Node {
	m := p.Open()
	p.Seconds(kFrom, e.From, 0)
	p.Str(kID, e.ID)
	p.Str(kReasonCode, e.ReasonCode)
	p.Seconds(kUntil, e.Until, rego.Forever)
	p.Str(kUserID, e.UserID)
	return p.Close(m)
}
