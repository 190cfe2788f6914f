package decision

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// PermittedPlan is how far a consultant of another organisation sees a record of
// source, when they treat the patient and the patient has said yes, to all but
// what is labelled as sensitive. The facts are made up; the rules are asked as for
// any request. It is what a source's data is held against before there are
// patients.
func (e *Engine) PermittedPlan(ctx context.Context, source access.Source, now time.Time) (fhir.Plan, error) {
	number, err1 := nhs.ParseNumber("9000000009") // one that is never issued
	role, err2 := nhs.ParseRoleCode("R0050")
	asker, err3 := nhs.ParseODSCode("ZZZ01")
	if source.Organisation == asker {
		asker, err3 = nhs.ParseODSCode("ZZZ02")
	}
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			return fhir.Plan{}, fmt.Errorf("making up a permission: %w", err)
		}
	}
	today := access.Validity{From: now.Add(-time.Hour), Until: now.Add(time.Hour)}
	d := e.Decide(ctx, access.Question{
		Time: now, Subject: access.Subject{UserID: "somebody", Role: role, Organisation: asker, Purpose: "direct-care"},
		Patient: number, Source: source, Action: access.View, Purpose: "direct-care",
		Request: fhir.Request{Interaction: fhir.Search, Type: "Condition"},
	}, access.Facts{
		Identity: access.KnownFact(access.Identity{Current: number}),
		Age:      access.AbsentFact[int](),
		OptOut:   access.AbsentFact[access.OptOut](), Restriction: access.AbsentFact[access.Restriction](),
		Registration: access.AbsentFact[access.Registration](),
		Permissions: access.KnownFact([]access.Permission{
			{ID: "permission", UserID: "somebody", Organisation: asker, Given: true, Recorded: today.From, Validity: today},
		}),
		Relationships: access.KnownFact([]access.Relationship{{ID: "episode", Kind: "episode", Organisation: asker, Validity: today}}),
		TestOrders:    access.AbsentFact[[]access.TestOrder](), Emergencies: access.AbsentFact[[]access.Emergency](),
		SubjectIsPatient: access.AbsentFact[bool](), NationalOptOut: access.AbsentFact[bool](),
	})
	if d.Effect != access.Permit {
		var why []string
		for _, reason := range d.Reasons {
			why = append(why, reason.Code)
		}
		return fhir.Plan{}, fmt.Errorf("the policies show nothing to a consultant with a permission: %s", strings.Join(why, ", "))
	}
	return d.Plan, nil
}

// CodeSystems tells the short name, in data/categories.json, of each address of a
// code system.
func (r *Revision) CodeSystems() map[string]string { return maps.Clone(r.systems) }
