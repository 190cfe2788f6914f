package mcr.rules.restricted_test

import data.mcr.rules.restricted

import rego.v2

asked := {
	"time": 1000,
	"subject": {"organisation": "RXA01"},
	"source": {"organisation": "A81001"},
	"request": {"action": "view"},
	"facts": {"restriction": {"state": "known", "value": {"id": "x1", "code": "R", "from": 500, "until": 2000}}},
}

test_masks if {
	some p in restricted.plan with input as asked
	every mask in ["Element.*", "Element.valueCode", "Location", "Organization", "Patient.extension"] { mask in p.masks }
}

test_masks_when_the_entry_says_nothing_more if {
	bare := object.union(object.remove(asked, ["facts"]), {"facts": {"restriction": {"state": "known"}}})
	count(restricted.plan) == 1 with input as bare
}

test_over_or_not_begun if {
	restricted.plan == set() with input as object.union(asked, {"time": 2000})
	restricted.plan == set() with input as object.union(asked, {"time": 499})
}

test_own_staff if {
	own := object.union(asked, {"subject": {"organisation": "A81001"}})
	restricted.plan == set() with input as own
	restricted.unknown == set() with input as object.union(own, {"facts": {"restriction": {"state": "unavailable"}}})
}

test_unknown_unless_looked_up if {
	restricted.unknown == {"facts-unavailable"} with input as object.union(asked, {"facts": {"restriction": {"state": "unavailable"}}})
	restricted.unknown == set() with input as object.union(asked, {"facts": {"restriction": {"state": "absent"}}})
	restricted.unknown == set() with input as asked
}

test_to_the_second if {
	count(restricted.plan) == 1 with input as object.union(asked, {"time": 500})
	count(restricted.plan) == 1 with input as object.union(asked, {"time": 1999})
}

test_only_a_view_is_masked if {
	recorded := object.union(asked, {"request": {"action": "record-permission"}})
	restricted.plan == set() with input as recorded
	away := object.union(recorded, {"facts": {"restriction": {"state": "unavailable"}}})
	restricted.unknown == set() with input as away
}

# What is taken out, and what stays, stands here a second time: a slip in the list is noticed.
# More may be taken out or kept than this.
test_everything_that_is_taken_out if {
	every mask in [
		"*.contact", "*.custodian", "*.extension(http://hl7.org/fhir/StructureDefinition/geolocation)",
		"*.generalPractitioner", "*.managingOrganization", "*.serviceProvider", "Communication.payload",
		"CommunicationRequest.payload", "DetectedIssue.mitigation", "DiagnosticReport.presentedForm",
		"DocumentReference.content", "DocumentReference.context.facilityType", "Element.*",
		"Element.destination", "Element.location", "Element.locationCode", "Element.locationReference",
		"Element.valueCode", "Element.valueId", "Encounter.hospitalization", "HealthcareService", "Location",
		"MedicationRequest.dispenseRequest", "Organization", "Patient.extension", "PractitionerRole",
		"QuestionnaireResponse.item", "RequestGroup.action", "Task.input", "Task.output", "keep(Age)",
		"keep(Age.*)", "keep(AllergyIntolerance.code.text)",
		"keep(AllergyIntolerance.reaction.manifestation.text)",
		"keep(AllergyIntolerance.reaction.substance.text)", "keep(CodeableConcept)", "keep(Coding)",
		"keep(Coding.display)", "keep(Coding.system)", "keep(Count)", "keep(Count.*)", "keep(Distance)",
		"keep(Distance.*)", "keep(Dosage)", "keep(Dosage.text)", "keep(Duration)", "keep(Duration.*)",
		"keep(Extension)", "keep(Extension.url)", "keep(HumanName)", "keep(HumanName.*)", "keep(Identifier)",
		"keep(Identifier.system)", "keep(Identifier.value)", "keep(ImagingStudy.series.instance.uid)",
		"keep(ImagingStudy.series.uid)", "keep(Immunization.lotNumber)", "keep(Meta)",
		"keep(Meta.versionId)", "keep(Medication.code.text)", "keep(MedicationAdministration.dosage.text)",
		"keep(MedicationAdministration.medicationCodeableConcept.text)",
		"keep(MedicationDispense.medicationCodeableConcept.text)",
		"keep(MedicationRequest.medicationCodeableConcept.text)",
		"keep(MedicationStatement.medicationCodeableConcept.text)", "keep(Money)", "keep(Period)",
		"keep(Quantity)", "keep(Quantity.*)", "keep(Range)", "keep(Ratio)", "keep(Reference)",
		"keep(Reference.reference)", "keep(Reference.type)", "keep(SampledData)", "keep(SampledData.data)",
		"keep(Timing)", "keep(boolean)", "keep(code)", "keep(date)", "keep(dateTime)", "keep(decimal)",
		"keep(instant)", "keep(integer)", "keep(positiveInt)", "keep(time)", "keep(unsignedInt)",
	] {
		some p in restricted.plan with input as asked
		mask in p.masks
	}
}
