package broker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// errTwoPatients says that the source holds two patients under one NHS number, or one
// under two. The broker does not guess which is meant.
var errTwoPatients = errors.New("two patients match one NHS number")

// identity pairs a source's own patient id with an NHS number.
type identity struct {
	localID string
	number  nhs.Number
	absent  bool // no patient: a FHIR API says that there is none of this id
	// odd is why who the patient is cannot be told. It is for those who may see any
	// patient of the source: for all others this is an id like any (attack 97).
	odd error
}

// doubt says why a Patient's NHS number is not to be believed.
func doubt(found fhir.Found) error {
	switch {
	case len(found.Others) > 0:
		return errTwoPatients
	case found.Malformed:
		return errNotUnderstood
	}
	return nil
}

// named is an id by which the source has no patient, or one without an NHS number. It is
// asked for once for all that one request stands for: neither the source's load nor the
// time that it takes grows with the searches of an $everything (attack 97).
type named struct {
	localID string
	who     identity
}

const mostIdentities = 50_000

// identities remembers pairings for a bounded time, in memory only.
type identities struct {
	lasts time.Duration
	clock func() time.Time

	mu       sync.Mutex
	byID     map[string]dated
	byNumber map[nhs.Number]dated
	sweeping bool // a sweep is due
}

type dated struct {
	identity
	until time.Time
}

func newIdentities(lasts time.Duration, clock func() time.Time) *identities {
	return &identities{lasts: lasts, clock: clock, byID: map[string]dated{}, byNumber: map[nhs.Number]dated{}}
}

func (ids *identities) ofID(localID string, now time.Time) (identity, bool) {
	ids.mu.Lock()
	defer ids.mu.Unlock()
	d, ok := ids.byID[localID]
	return d.identity, ok && now.Before(d.until)
}

func (ids *identities) ofNumber(n nhs.Number, now time.Time) (identity, bool) {
	ids.mu.Lock()
	defer ids.mu.Unlock()
	d, ok := ids.byNumber[n]
	return d.identity, ok && now.Before(d.until)
}

func (ids *identities) keep(who identity, now time.Time) {
	ids.mu.Lock()
	defer ids.mu.Unlock()
	if len(ids.byID) >= mostIdentities {
		// Everything is asked for again: simpler than an order of eviction, and
		// nothing stays longer than it may.
		clear(ids.byID)
		clear(ids.byNumber)
	}
	d := dated{identity: who, until: now.Add(ids.lasts)}
	ids.byID[who.localID] = d
	ids.byNumber[who.number] = d
	ids.sweepLater()
}

// sweep forgets what has lasted long enough, and comes again while there is more.
func (ids *identities) sweep() {
	ids.mu.Lock()
	defer ids.mu.Unlock()
	now := ids.clock()
	over := func(d dated) bool { return !now.Before(d.until) }
	maps.DeleteFunc(ids.byID, func(_ string, d dated) bool { return over(d) })
	maps.DeleteFunc(ids.byNumber, func(_ nhs.Number, d dated) bool { return over(d) })
	ids.sweeping = false
	ids.sweepLater()
}

// sweepLater makes sure that nothing stays in memory for much longer than it may,
// although nobody asks any more.
func (ids *identities) sweepLater() {
	if !ids.sweeping && len(ids.byID)+len(ids.byNumber) > 0 {
		ids.sweeping = true
		time.AfterFunc(ids.lasts, ids.sweep)
	}
}

// patientOf asks the source who its patient localID is. The zero identity: the
// source knows no such patient.
func (x *exchange) patientOf(ctx context.Context, localID string) (identity, error) {
	if who, ok := x.broker.identities.ofID(localID, x.started); ok {
		return who, nil
	}
	if x.named != nil && x.named.localID == localID {
		return x.named.who, nil
	}
	x.questions.patients++
	got, err := x.fetch(ctx, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: localID}.Target(""))
	x.record.Spent.Fetch += x.spent()
	if errors.Is(err, errNotUnderstood) {
		return x.oddly(localID, errNotUnderstood), nil
	}
	if err != nil {
		return identity{}, err
	}
	defer got.free()
	if !got.found {
		x.named = &named{localID, identity{absent: got.outcome()}}
		return x.named.who, nil
	}
	found, err := fhir.PatientOf(got.body())
	if err != nil || found.Type != "Patient" || found.LocalID != localID {
		return x.oddly(localID, errNotUnderstood), nil
	}
	if err := doubt(found); err != nil {
		return x.oddly(localID, err), nil
	}
	who := identity{localID: localID, number: found.Number}
	if who.number.IsZero() {
		x.named = &named{localID, who}
	} else {
		x.broker.identities.keep(who, x.started)
	}
	return who, nil
}

// oddly is a patient of whom the source says something that cannot be used.
func (x *exchange) oddly(localID string, err error) identity {
	x.named = &named{localID, identity{localID: localID, odd: err}}
	return x.named.who
}

// knownAs asks the source by which of these numbers, which are one person's, it
// knows the patient, the first number first. another: the source has a second
// record, under a further number. The zero identity: it has no such patient.
func (x *exchange) knownAs(ctx context.Context, numbers []nhs.Number) (who identity, another bool, err error) {
	for _, number := range numbers {
		found, err := x.byNumber(ctx, number, numbers)
		switch {
		case err != nil:
			return identity{}, false, err
		case found.localID == "" || found.localID == who.localID:
		case who.localID != "":
			return who, true, nil
		default:
			who = found
		}
	}
	return who, false, nil
}

// byNumber asks the source for its patient with this number. The one who is found
// may stand under another of the person's numbers, and have this one as an old one
// (Identifier.use, R4 §2.24.0.6).
func (x *exchange) byNumber(ctx context.Context, number nhs.Number, numbers []nhs.Number) (identity, error) {
	if who, ok := x.broker.identities.ofNumber(number, x.started); ok {
		return who, nil
	}
	ask := fhir.Request{Interaction: fhir.Search, Type: "Patient", Patient: fhir.PatientRef{Number: number}}
	x.questions.patients++
	target := ask.Target("")
	got, err := x.fetch(ctx, target)
	x.record.Spent.Fetch += x.spent()
	if err != nil {
		return identity{}, err
	}
	if !got.found {
		got.free()
		// A search that finds nobody is answered with an empty searchset. A 404 is
		// another place than the source's FHIR API: an empty record would be a lie.
		return identity{}, errNotUnderstood
	}
	var found []fhir.Found
	if err := x.everyPage(ctx, target, ask.Place(), got, func(body []byte) error { // a second patient may be on the second
		some, err := fhir.PatientsIn(body)
		found = append(found, some...)
		return err
	}); err != nil {
		return identity{}, errNotUnderstood
	}
	who, err := only(found, numbers)
	if err != nil || who.localID == "" {
		return identity{}, err
	}
	x.broker.identities.keep(who, x.started)
	return who, nil
}

// only gives the one patient of an answer, who has one of these numbers.
func only(found []fhir.Found, numbers []nhs.Number) (who identity, err error) {
	for _, f := range found {
		if f.LocalID == "" || f.Malformed || !hasOneOf(f, numbers) {
			return identity{}, errNotUnderstood // the source answered about somebody else
		}
		if !allOf(f, numbers) {
			return identity{}, errTwoPatients
		}
		if who.localID != "" && who.localID != f.LocalID {
			return identity{}, errTwoPatients
		}
		who = identity{localID: f.LocalID, number: f.Number}
	}
	return who, nil
}

// about finds the patient whom a read resource is about.
func (x *exchange) about(ctx context.Context, body []byte) (identity, error) {
	found, err := fhir.PatientOf(body)
	if err != nil {
		return identity{}, errNotUnderstood
	}
	switch {
	case found.Type == "Patient":
		if err := doubt(found); err != nil {
			return identity{}, err
		}
		return identity{localID: found.LocalID, number: found.Number}, nil
	case found.LocalID != "":
		who, err := x.patientOf(ctx, found.LocalID)
		if err == nil && who.odd != nil {
			return identity{}, who.odd
		}
		if err == nil && !found.Number.IsZero() && found.Number != who.number {
			return identity{}, errNotUnderstood
		}
		return who, err
	case !found.Number.IsZero():
		who, err := x.byNumber(ctx, found.Number, []nhs.Number{found.Number})
		who.number = found.Number
		return who, err
	}
	return identity{}, nil
}

// onePatient is whom the pages of a search for a Patient by NHS number have found.
type onePatient string

// in sees that no page finds a second one. A Patient with another number is the filter's
// to withhold.
func (id *onePatient) in(body []byte, numbers []nhs.Number) error {
	found, err := fhir.PatientsIn(body)
	if err != nil {
		return errNotUnderstood
	}
	for _, f := range found {
		if !hasOneOf(f, numbers) {
			continue
		}
		if *id != "" && f.LocalID != string(*id) || !allOf(f, numbers) {
			return errTwoPatients
		}
		*id = onePatient(f.LocalID)
	}
	return nil
}

// hasOneOf says that a Patient has one of these numbers, which are one person's.
func hasOneOf(f fhir.Found, numbers []nhs.Number) bool {
	return slices.Contains(numbers, f.Number) || slices.ContainsFunc(f.Others, func(n nhs.Number) bool { return slices.Contains(numbers, n) })
}

// allOf says that a Patient has no number but these.
func allOf(f fhir.Found, numbers []nhs.Number) bool {
	return slices.Contains(numbers, f.Number) && !slices.ContainsFunc(f.Others, func(n nhs.Number) bool { return !slices.Contains(numbers, n) })
}
