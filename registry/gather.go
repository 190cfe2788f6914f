package registry

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
)

// Gather gives what is known about the patient of the question, and about the
// asker's standing with them. It never fails: what cannot be read now is
// Unavailable. A list with nothing in it is Absent.
//
// Permissions are those that name the asker's person or organisation, in the
// order of Recorded; Relationships those of the asker's organisation; TestOrders
// those that name either; Emergencies those that the asker declared for this
// organisation. Where several opt-outs, restrictions or registrations are on
// record, the one that holds at the question's time is given, else one to come,
// else the last one.
func (r *Registry) Gather(ctx context.Context, q access.Question) access.Facts {
	var who *person
	var err error
	if q.Patient.IsZero() {
		// A registry that cannot be read must not show by its failure which patients
		// there are: nobody is looked up the same way.
		err = r.Check(ctx)
	} else {
		who, err = r.person(ctx, q)
	}
	if err != nil {
		if r.failing.CompareAndSwap(false, true) {
			r.opt.Logger.LogAttrs(ctx, slog.LevelError, "gathering facts failed", slog.Any("error", err))
		}
		return access.Facts{}
	}
	if r.failing.Load() && r.failing.CompareAndSwap(true, false) {
		r.opt.Logger.LogAttrs(ctx, slog.LevelInfo, "gathering facts works again")
	}
	if who == nil {
		return nothing()
	}
	return who.facts(q)
}

// person gives what is on record now, from memory where nothing changed.
func (r *Registry) person(ctx context.Context, q access.Question) (*person, error) {
	if err := r.store.Current(); err != nil {
		return nil, err
	}
	who, moment := r.people.find(q.Patient.Digits())
	if who != nil {
		return who, nil
	}
	who, err := readPerson(ctx, r.store, q.Patient)
	if err != nil {
		return nil, err
	}
	r.people.keep(moment, who)
	return who, nil
}

// facts picks what bears on the asker.
func (p *person) facts(q access.Question) access.Facts {
	f := nothing()
	f.Identity = access.KnownFact(p.identity)
	user, organisation := q.Subject.UserID, q.Subject.Organisation
	gp, registered := p.registration(q.Time)
	if registered {
		f.Registration = access.KnownFact(gp)
	}
	if o, ok := holding(p.optOuts, q.Time, func(o access.OptOut) access.Validity { return o.Validity }); ok {
		o.Telephone, o.Contact = gp.Telephone, gp.Name
		f.OptOut = access.KnownFact(o)
	}
	if x, ok := holding(p.restrictions, q.Time, func(x access.Restriction) access.Validity { return x.Validity }); ok {
		f.Restriction = access.KnownFact(x)
	}
	f.Age = p.age(q.Time)
	if p.national {
		f.NationalOptOut = access.KnownFact(true)
	}
	if user != "" && slices.Contains(p.users, user) {
		f.SubjectIsPatient = access.KnownFact(true)
	}
	f.Permissions = which(p.permissions, func(x *access.Permission) bool {
		return x.UserID == user || x.Organisation == organisation
	})
	f.Relationships = which(p.relationships, func(x *access.Relationship) bool { return x.Organisation == organisation })
	f.TestOrders = which(p.orders, func(x *access.TestOrder) bool {
		return x.Organisation == organisation || x.UserID == user && user != ""
	})
	f.Emergencies = access.AbsentFact[[]access.Emergency]()
	for i := range p.emergencies {
		if e := &p.emergencies[i]; e.UserID == user && e.organisation == organisation {
			f.Emergencies.State = access.Known
			f.Emergencies.Value = append(f.Emergencies.Value, e.Emergency)
		}
	}
	return f
}

// registration is the practice under the number in use, else under another one.
func (p *person) registration(t time.Time) (access.Registration, bool) {
	valid := func(g registered) access.Validity { return g.Validity }
	current := make([]registered, 0, 4)
	for _, g := range p.registrations {
		if g.number == p.identity.Current {
			current = append(current, g)
		}
	}
	if len(current) == 0 {
		current = p.registrations
	}
	g, ok := holding(current, t, valid)
	return g.Registration, ok
}

// which gives the members that are wanted: the list itself when all are.
func which[T any](all []T, wanted func(*T) bool) access.Fact[[]T] {
	n := 0
	for i := range all {
		if wanted(&all[i]) {
			n++
		}
	}
	switch n {
	case 0:
		return access.AbsentFact[[]T]()
	case len(all):
		return access.KnownFact(all[:n:n])
	}
	some := make([]T, 0, n)
	for i := range all {
		if wanted(&all[i]) {
			some = append(some, all[i])
		}
	}
	return access.KnownFact(some)
}

// holding gives the member that is valid at t, the last recorded of several; else
// the next to come; else the last to have ended.
func holding[T any](all []T, t time.Time, valid func(T) access.Validity) (best T, found bool) {
	rank := 0
	var edge time.Time
	for _, x := range all {
		v := valid(x)
		switch {
		case v.From.After(t):
			if rank < 2 || rank == 2 && v.From.Before(edge) {
				best, rank, edge = x, 2, v.From
			}
		case v.Until.IsZero() || v.Until.After(t):
			best, rank = x, 3
		default:
			if rank < 1 || rank == 1 && v.Until.After(edge) {
				best, rank, edge = x, 1, v.Until
			}
		}
	}
	return best, rank > 0
}

// nothing is what is known when there is nothing on record.
func nothing() access.Facts {
	return access.Facts{
		Identity:         access.AbsentFact[access.Identity](),
		Age:              access.AbsentFact[int](),
		OptOut:           access.AbsentFact[access.OptOut](),
		Restriction:      access.AbsentFact[access.Restriction](),
		Registration:     access.AbsentFact[access.Registration](),
		Permissions:      access.AbsentFact[[]access.Permission](),
		Relationships:    access.AbsentFact[[]access.Relationship](),
		TestOrders:       access.AbsentFact[[]access.TestOrder](),
		Emergencies:      access.AbsentFact[[]access.Emergency](),
		SubjectIsPatient: access.AbsentFact[bool](),
		NationalOptOut:   access.AbsentFact[bool](),
	}
}
