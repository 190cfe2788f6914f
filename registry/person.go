package registry

import (
	"context"
	"errors"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
)

// person is what is on record about one person, under all of their NHS numbers.
// It never changes once it was read.
type person struct {
	numbers       []string
	identity      access.Identity
	registrations []registered
	restrictions  []access.Restriction
	optOuts       []access.OptOut
	national      bool
	permissions   []access.Permission // in the order of Recorded
	relationships []access.Relationship
	orders        []access.TestOrder
	emergencies   []declared
	births        []born
	users         []string // who are this person
}

type registered struct {
	access.Registration
	number nhs.Number
}

type declared struct {
	access.Emergency
	organisation nhs.ODSCode
}

// ErrAmbiguous says that a person has no number in use, or several.
var ErrAmbiguous = errors.New("the links between a patient's NHS numbers lead to no single number in use: correct them")

// readPerson reads all that is on record about the person that a number belongs to.
func readPerson(ctx context.Context, from Reader, number nhs.Number) (*person, error) {
	numbers, entries, err := readNewest(ctx, from, number)
	if err != nil {
		return nil, err
	}
	p := &person{}
	if err := p.identify(numbers, entries); err != nil {
		return nil, err
	}
	for i := range entries {
		p.take(&entries[i])
	}
	slices.SortStableFunc(p.permissions, func(a, b access.Permission) int { return a.Recorded.Compare(b.Recorded) })
	return p, nil
}

// OneInUse returns nil if the links of a number's person lead to one number in use, else an
// error that wraps ErrAmbiguous or ErrManyNumbers, or tells why they cannot be read.
func OneInUse(ctx context.Context, from Reader, number nhs.Number) error {
	_, err := readPerson(ctx, from, number)
	return err
}

// Numbers gives all NHS numbers of the person that a number belongs to, itself the first. The error
// wraps ErrManyNumbers where they are more than one person can have.
func Numbers(ctx context.Context, from Reader, number nhs.Number) ([]nhs.Number, error) {
	numbers, _, err := readNewest(ctx, from, number)
	return numbers, err
}

// identify finds the number in use: the one that none replaced. A ring of
// replacements has none and a fork has two; to guess would show one person's
// record as another's.
func (p *person) identify(numbers []nhs.Number, entries []Entry) error {
	replaced := map[nhs.Number]bool{}
	for i := range entries {
		e := &entries[i]
		if e.Kind == KindNumberLink && e.Status == Active && e.Detail.Link == ReplacedBy {
			replaced[e.Patient] = true
		}
	}
	for _, n := range numbers {
		p.numbers = append(p.numbers, n.Digits())
		switch {
		case replaced[n]:
			p.identity.Others = append(p.identity.Others, n)
		case p.identity.Current.IsZero():
			p.identity.Current = n
		default:
			return ErrAmbiguous
		}
	}
	if p.identity.Current.IsZero() {
		return ErrAmbiguous
	}
	return nil
}

// take sorts one entry in. Void entries say nothing any more.
func (p *person) take(e *Entry) {
	if e.Status == Void {
		return
	}
	d := &e.Detail
	switch e.Kind {
	case KindPermission:
		asked := e.RecordedAt
		if !d.Asked.IsZero() && d.Asked.Before(asked) {
			asked = d.Asked
		}
		p.permissions = append(p.permissions, access.Permission{ID: e.ID, UserID: e.UserID,
			Organisation: e.Organisation, Given: d.Given, Withdrawn: e.Status != Active,
			Sources: d.Sources, Sensitive: d.Sensitive, How: d.How, Purpose: d.Purpose, Recorded: asked, Validity: e.Validity})
	case KindRelationship:
		p.relationships = append(p.relationships, access.Relationship{ID: e.ID, Kind: d.Form,
			Organisation: e.Organisation, Ended: e.Status != Active, Validity: e.Validity})
	case KindTestOrder:
		p.orders = append(p.orders, access.TestOrder{ID: e.ID, Organisation: e.Organisation, UserID: e.UserID,
			Category: d.Category, Status: d.State, ClosedAt: d.ClosedAt, Validity: e.Validity})
	case KindRegistration:
		p.registrations = append(p.registrations, registered{access.Registration{ID: e.ID,
			Practice: e.Organisation, Name: d.Name, Telephone: d.Telephone, Validity: e.Validity}, e.Patient})
		p.relationships = append(p.relationships, access.Relationship{ID: e.ID, Kind: "registration",
			Organisation: e.Organisation, Ended: e.Status != Active, Validity: e.Validity})
	}
	if e.Status != Active {
		return
	}
	switch e.Kind {
	case KindOptOut:
		p.optOuts = append(p.optOuts, access.OptOut{ID: e.ID, Validity: e.Validity})
	case KindNationalOptOut:
		p.national = true
	case KindRestriction:
		p.restrictions = append(p.restrictions, access.Restriction{ID: e.ID, Code: d.Code, Validity: e.Validity})
	case KindEmergency:
		p.emergencies = append(p.emergencies, declared{access.Emergency{ID: e.ID, UserID: e.UserID,
			ReasonCode: d.Code, Reason: d.Reason, Validity: e.Validity}, e.Organisation})
	case KindBirth:
		p.births = append(p.births, born{d.Born, e.Patient})
	case KindPerson:
		p.users = append(p.users, e.UserID)
	}
}
