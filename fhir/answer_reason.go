package fhir

// reason is why a resource is not released. The first that holds is told.
type reason uint8

const (
	released reason = iota
	notUnderstood
	typeNotAllowed
	otherPatient
	noPatient
	labelWithheld
	categoryNotInPlan
	notClassified
	masked
	notReferenced
	sourceOutcome
	outOfScope
	notOfCare // a Consent about data or research: no part of a record of care
	reasonCount
	// From here on: kept back by the plan (Plan.Withheld), each with a code of its own.
)

// Reasons for withholding, as Filtered.Withheld counts them.
var reasonCodes = [reasonCount]string{
	notUnderstood:     "not-understood",
	typeNotAllowed:    "type-not-allowed",
	otherPatient:      "other-patient",
	noPatient:         "no-patient",
	labelWithheld:     "label-withheld",
	categoryNotInPlan: "category-not-in-plan",
	notClassified:     "not-classified",
	masked:            "masked-type",
	notReferenced:     "not-referenced",
	sourceOutcome:     "source-outcome",
	outOfScope:        "scope-insufficient",
	notOfCare:         "type-not-allowed",
}
