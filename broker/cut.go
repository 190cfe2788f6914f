package broker

import (
	"context"
	"errors"

	"github.com/mycarerecord/mcr/fhir"
)

// cut cuts a source's answer to a plan, into out. A result that was read alone, and that
// nothing in it places, is what the reports that name it are: the source is asked for
// them, and lent is what they say.
func (x *exchange) cut(ctx context.Context, out, body []byte, ask fhir.Request, owner fhir.Owner, plan fhir.Plan, links fhir.Links) (cut fhir.Filtered, lent fhir.Lent, err error) {
	x.spent()
	cut, err = fhir.FilterInto(out, body, ask, owner, plan, links)
	x.record.Spent.Filter += x.spent()
	if err != nil || !cut.Unplaced {
		return cut, owner.Lent, err
	}
	if owner.Lent, err = x.lent(ctx, ask.ID, owner, plan, links); err != nil || owner.Lent.IsZero() {
		return cut, owner.Lent, err
	}
	cut, err = fhir.FilterInto(out, body, ask, owner, plan, links)
	x.record.Spent.Filter += x.spent()
	return cut, owner.Lent, err
}

// lent asks the source for the reports that name an Observation. A source that does not
// know the question lends nothing; one that does not answer is an error: that the result
// may not be shown would be a guess.
func (x *exchange) lent(ctx context.Context, observation string, owner fhir.Owner, plan fhir.Plan, links fhir.Links) (fhir.Lent, error) {
	if len(owner.LocalIDs) != 1 {
		return fhir.Lent{}, nil
	}
	x.questions.reports++
	ask := reportsOf(observation, owner.LocalIDs[0])
	target := ask.Target(owner.LocalIDs[0])
	got, err := x.fetch(ctx, target)
	x.record.Spent.Fetch += x.spent()
	if errors.Is(err, errNotUnderstood) {
		return fhir.Lent{}, nil
	}
	if err != nil {
		return fhir.Lent{}, err
	}
	if !got.found {
		got.free()
		return fhir.Lent{}, nil
	}
	// A page that is missing may hold the report that says what the result is: that is no
	// answer, while one that is none of FHIR's lends nothing.
	err = x.everyPage(ctx, target, ask.Place(), got, func(body []byte) error {
		owner.Lent, err = fhir.Lend(body, owner, plan, links)
		return err
	})
	if errors.Is(err, fhir.ErrNotUnderstood) {
		return fhir.Lent{}, nil
	}
	return owner.Lent, err
}

// reportsOf asks for a patient's reports that name an Observation.
func reportsOf(observation, localID string) fhir.Request {
	return fhir.Request{
		Interaction: fhir.Search, Type: "DiagnosticReport", Patient: fhir.PatientRef{LocalID: localID},
		Params: []fhir.Param{{Name: "result", Value: "Observation/" + observation}},
	}
}

// uncut is the answer when cut gave an error: the source's, or that of its answer.
func (x *exchange) uncut(cut fhir.Filtered, err error) answer {
	x.blamed(cut.Causes)
	return x.unusable(err)
}
