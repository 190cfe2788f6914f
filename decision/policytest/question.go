package policytest

import (
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// Now is when everything is asked.
var Now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// ODS reads a code that is known to be right.
func ODS(s string) nhs.ODSCode {
	c, err := nhs.ParseODSCode(s)
	if err != nil {
		panic(err)
	}
	return c
}

// Role reads a code that is known to be right.
func Role(s string) nhs.RoleCode {
	c, err := nhs.ParseRoleCode(s)
	if err != nil {
		panic(err)
	}
	return c
}

// Number reads a number that is known to be right.
func Number(s string) nhs.Number {
	n, err := nhs.ParseNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

// Consultant asks, from another trust, for a patient's laboratory results.
func Consultant() access.Question {
	return access.Question{
		Time: Now,
		Subject: access.Subject{
			UserID: "555000000001", Role: Role("R8000"), Organisation: ODS("RXA01"), Assurance: "AAL3",
		},
		Patient: Number("9990000018"),
		Source:  access.Source{ID: "gp-riverside", Organisation: ODS("A81001"), Kind: "gp"},
		Action:  access.View,
		Purpose: access.DirectCare,
		Request: fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: []fhir.Param{{Name: "category", Value: "laboratory"}}},
	}
}

// Nothing is known of the patient, though everything was looked up.
func Nothing() access.Facts {
	return access.Facts{
		Identity:         access.KnownFact(access.Identity{Current: Number("9990000018")}),
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

// Permitted are the facts that let the consultant in.
func Permitted() access.Facts {
	f := Nothing()
	f.Relationships = access.KnownFact([]access.Relationship{{
		ID: "rel-1", Kind: "referral", Organisation: ODS("RXA01"), Validity: access.Validity{From: Now.Add(-24 * time.Hour)},
	}})
	f.Permissions = access.KnownFact([]access.Permission{{
		ID: "perm-1", UserID: "555000000001", Organisation: ODS("RXA01"), Given: true, How: "in-person",
		Recorded: Now.Add(-time.Hour),
		Validity: access.Validity{From: Now.Add(-time.Hour), Until: Now.Add(time.Hour)},
	}})
	return f
}
