package broker

import (
	"context"
	"net/http"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// viewSearch is a search: its patient is named in the request.
func (x *exchange) viewSearch(ctx context.Context, q access.Question) answer {
	asked := q.Request.Patient
	owner, unknown, absent, odd := fhir.Owner{}, false, false, error(nil)
	if asked.LocalID != "" {
		before := x.questions.patients
		who, err := x.patientOf(ctx, asked.LocalID)
		if err != nil {
			return x.unusable(err)
		}
		if x.questions.patients > before {
			x.questions.last = asked.LocalID
		}
		// An id that the source does not know is decided on like a stranger's:
		// the answer is the same.
		q.Patient, unknown, absent, odd = who.number, who.localID == "", who.absent, who.odd
	} else {
		q.Patient = asked.Number
	}
	decision, facts := x.decide(ctx, q)
	if a, ok := x.permitted(decision); !ok {
		x.evenly(ctx, asked.LocalID)
		return a
	}
	if odd != nil { // attack 117
		return x.unusable(odd)
	}
	if unknown && !absent { // the wrong address: that there is nobody would be a lie
		return x.unusable(errNotUnderstood)
	}
	if unknown {
		// Who may look although nothing is known of the patient may look at any patient
		// of this source: that it has none of this id tells them no more than they may
		// know. For all others the refusal of a stranger and of an unknown id was the same
		// one, above: no fact about a patient permits where there is no patient.
		x.ended("patient-not-known-here")
		return x.nothingHere(q, decision.Plan, fhir.NotKnownHere)
	}
	if q.Request.CountsOnly() { // the source has nothing to say
		return x.nothingHere(q, decision.Plan)
	}
	owner.Numbers = numbers(q.Patient, facts)
	ask, local := q.Request, asked.LocalID
	switch {
	case local != "":
		owner.LocalIDs = []string{local}
	case ask.Type != "Patient" || len(owner.Numbers) > 1 || facts.Identity.State == access.Unavailable:
		who, another, err := x.knownAs(ctx, owner.Numbers)
		if err != nil {
			return x.unusable(err)
		}
		if who.localID == "" && facts.Identity.State == access.Unavailable {
			// Under which other numbers the patient may be here cannot be looked up now.
			return x.fail(http.StatusServiceUnavailable, "facts-unavailable", audit.Failed)
		}
		if who.localID == "" {
			return x.nothingHere(q, decision.Plan)
		}
		if ask.Type == "Patient" { // the source is asked for the number that it uses
			ask.Patient.Number = who.number
		} else {
			local, owner.LocalIDs = who.localID, []string{who.localID}
		}
		owner.Notes = notes(ask.Type, who.number != asked.Number, another)
	}
	x.spent()
	target := ask.Filling().Target(local)
	got, err := x.fetch(ctx, target)
	x.record.Spent.Fetch = x.spent()
	if err != nil {
		return x.unusable(err)
	}
	if !got.found {
		// Only a FHIR API can say that it has no such type, and every source has
		// patients. Anything else is the wrong address: an empty record would be a lie.
		unlikely := ask.Type == "Patient" || q.Patient.IsZero() || !got.outcome()
		got.free()
		if unlikely {
			return x.unusable(errNotUnderstood)
		}
		return x.notHeld()
	}
	return x.releasePage(ctx, q, owner, decision, got, beginning(target))
}

// viewRead is a direct read: its patient stands in what the source answers, so
// fetch comes first, and nothing leaves before the decision.
func (x *exchange) viewRead(ctx context.Context, q access.Question) answer {
	got, err := x.fetch(ctx, q.Request.Decided().Target(""))
	x.record.Spent.Fetch = x.spent()
	if err != nil {
		return x.unusable(err)
	}
	who, odd := identity{}, error(nil)
	if got.found {
		who, odd = x.about(ctx, got.body())
		if q.Request.Type == "Patient" && who.localID != q.Request.ID && odd == nil {
			who, odd = identity{}, errNotUnderstood // it answered about somebody else
		}
	}
	// What is there but not understood is decided on like what is not there: a
	// stranger is not told the difference.
	q.Patient = who.number
	decision, facts := x.decide(ctx, q)
	if odd != nil && decision.Effect == access.Permit {
		got.free()
		return x.unusable(odd)
	}
	if a, ok := x.permitted(decision); !ok {
		got.free()
		if q.Request.Type != "Patient" && decision.Effect == access.Deny && !x.walks {
			// The same answer as for an id that does not exist.
			a = x.hide()
		}
		x.evenlyRead(ctx, q.Request)
		return a
	}
	if !got.found || who.localID == "" {
		got.free()
		return x.hideEvenly(ctx, q.Request)
	}
	owner := fhir.Owner{Numbers: numbers(q.Patient, facts), LocalIDs: []string{who.localID}}
	if q.Request.Interaction != fhir.Read {
		return x.viewVersions(ctx, q, owner, decision, got)
	}
	return x.release(ctx, q, owner, decision, got)
}

// release cuts what a read fetched to the plan.
func (x *exchange) release(ctx context.Context, q access.Question, owner fhir.Owner, d access.Decision, got *fetched) answer {
	buffer := newBuffer()
	cut, _, err := x.cut(ctx, buffer.bytes, got.body(), q.Request, owner, d.Plan, x.links(q, owner))
	if err != nil {
		buffer.discard()
		got.free()
		return x.uncut(cut, err)
	}
	x.counted(cut)
	if len(cut.Released) == 0 {
		buffer.discard()
		got.free()
		return x.hideEvenly(ctx, q.Request)
	}
	x.record.Outcome = audit.Released
	buffer.bytes = cut.Body
	if got.rec.size > firstBytes { // else it is counted with what it was cut from
		x.share.Hold(int64(cap(cut.Body)))
		got.read()
	}
	if cut.Spliced == nil {
		got.free()
		got = nil
	}
	return x.held(cut, buffer, got)
}

// held is the answer with what it lies in: a buffer and, when it is in pieces, the
// source's answer.
func (x *exchange) held(cut fhir.Filtered, in *buffer, source *fetched) answer {
	if cut.Spliced == nil {
		return answer{status: http.StatusOK, body: cut.Body, held: in}
	}
	whole := &pieces{cut: cut, buffer: in, source: source}
	return answer{status: http.StatusOK, pieces: whole, held: whole, readWithin: largeReadWithin}
}

// notHeld is the answer of a source that has no resources of the type asked for.
// Nobody was refused anything: as for an item that is not there, the record says
// that the question was answered.
func (x *exchange) notHeld() answer {
	x.record.Outcome = audit.Released
	x.ended(notHeld)
	return x.tellCode(http.StatusNotFound, notHeld)
}

// counted puts what is released and withheld into the record.
func (x *exchange) counted(cut fhir.Filtered) {
	rec := &x.record
	rec.Categories, rec.Types = map[string]int{}, map[string]int{}
	rec.Resources = make([]string, 0, len(cut.Released))
	for _, item := range cut.Released {
		rec.Categories[item.Category]++
		rec.Types[item.Type]++
		rec.Resources = append(rec.Resources, reference(item))
	}
	rec.Withheld = cut.Withheld
	x.blamed(cut.Causes)
}

// nothingHere is the searchset of a source that has no such patient, and of a search
// that asks for no entries.
func (x *exchange) nothingHere(q access.Question, plan fhir.Plan, notes ...fhir.Note) answer {
	x.record.Outcome = audit.Released
	cut, err := fhir.Filter(empty, q.Request, fhir.Owner{Notes: notes}, plan, x.links(q, fhir.Owner{}))
	if err != nil {
		return x.fail(http.StatusInternalServerError, "internal-error", audit.Failed)
	}
	return answer{status: http.StatusOK, body: cut.Body}
}

var empty = []byte(`{"resourceType":"Bundle","type":"searchset"}`)

// hide is the one answer for an item that is not there and for an item that may
// not be seen, so that asking tells nobody which.
func (x *exchange) hide() answer {
	a := x.tell(http.StatusNotFound, []access.Reason{x.decider.Reason("not-found")})
	if x.record.Effect == string(access.Deny) {
		x.record.Outcome = audit.Refused
	} else {
		x.record.Outcome = audit.Released
		if len(x.record.Withheld) > 0 {
			x.record.Outcome = audit.Refused
		}
	}
	return a
}

// notes are what an answer says of how the source knows the patient.
func notes(kind string, byAnother, another bool) (all []fhir.Note) {
	if byAnother && kind == "Patient" { // whose number the reader would else doubt
		all = append(all, fhir.KnownByAnotherNumber)
	}
	if another {
		all = append(all, fhir.AnotherRecord)
	}
	return all
}

// numbers are all NHS numbers that are this patient.
func numbers(asked nhs.Number, f access.Facts) []nhs.Number {
	if asked.IsZero() {
		return nil
	}
	all := make([]nhs.Number, 0, 2)
	all = append(all, asked)
	if f.Identity.State != access.Known {
		return all
	}
	for _, n := range append([]nhs.Number{f.Identity.Value.Current}, f.Identity.Value.Others...) {
		if n != asked && !n.IsZero() {
			all = append(all, n)
		}
	}
	return all
}
