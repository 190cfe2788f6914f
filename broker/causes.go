package broker

import (
	"context"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// mended are the reasons that a source can do something about. What a rule
// withholds is told in the record by its reason alone.
var mended = map[string]bool{
	"not-understood": true, "not-classified": true, "no-patient": true, "other-patient": true, fhir.InPart: true,
}

// blamed puts into the record which elements are why something is not shown.
func (x *exchange) blamed(causes []fhir.Cause) {
	for _, c := range causes {
		if !mended[c.Reason] {
			continue
		}
		if x.record.Causes == nil {
			x.record.Causes = map[string]int{}
		}
		element := c.Element
		if element == "" {
			element = "entry"
		}
		x.record.Causes[c.Reason+" "+element]++
		unshownTotal.WithLabelValues(x.broker.Source.ID, fhir.OfferedType(c.Type), c.Reason).Inc()
	}
}

// lent asks the source for the reports that name an Observation which was read
// alone, and which nothing in it places: what they are, it is.
func (x *exchange) lent(ctx context.Context, q access.Question, owner fhir.Owner, d access.Decision) fhir.Lent {
	if len(owner.LocalIDs) != 1 {
		return fhir.Lent{}
	}
	ask := fhir.Request{
		Interaction: fhir.Search, Type: "DiagnosticReport", Patient: fhir.PatientRef{LocalID: owner.LocalIDs[0]},
		Params: []fhir.Param{{Name: "result", Value: "Observation/" + q.Request.ID}},
	}
	got, err := x.fetch(ctx, ask.Target(owner.LocalIDs[0]))
	x.record.Spent.Fetch += x.spent()
	if err != nil {
		return fhir.Lent{} // it stays as it was: not placed
	}
	defer got.free()
	if !got.found {
		return fhir.Lent{}
	}
	lent, err := fhir.Lend(got.body(), owner, d.Plan, x.links(q, owner))
	if err != nil {
		return fhir.Lent{}
	}
	return lent
}
