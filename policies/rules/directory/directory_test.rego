package mcr.rules.directory_test

import data.mcr.rules.directory
import data.mcr.rules.opt_out
import data.mcr.rules.relationship
import data.mcr.rules.restricted

import rego.v2

asked := {
	"time": 1000,
	"subject": {"user_id": "1", "organisation": "RXA01", "role": "R0050"},
	"source": {"id": "gp", "organisation": "A81001"},
	"request": {
		"action": "view",
		"purpose": "direct-care",
		"interaction": "read",
		"type": "Practitioner",
		"categories": ["administrative"],
	},
	"patient": {"known": false},
	"facts": {
		"opt_out": {"state": "unavailable"},
		"restriction": {"state": "unavailable"},
		"subject_is_patient": {"state": "unavailable"},
	},
}

test_permits if directory.permit == {{"reason": "directory-entry"}} with input as asked

test_every_type if {
	every type in ["HealthcareService", "Location", "Medication", "Organization", "Practitioner", "PractitionerRole"] {
		directory.entry with input as object.union(asked, {"request": {"type": type}})
	}
}

test_what_is_shown if {
	some p in directory.plan with input as asked
	p.categories == ["administrative", "medications"]
	not "*" in p.labels
}

test_private_details_are_taken_out if {
	some p in directory.plan with input as asked
	every mask in ["Practitioner.address", "Practitioner.birthDate", "Practitioner.gender", "Practitioner.photo", "Practitioner.telecom"] { mask in p.masks }
	every type in data.directory.types { not type in p.masks }
}

test_no_search if {
	search := object.union(asked, {"request": {"interaction": "search-type"}})
	directory.permit == set() with input as search
	directory.plan == set() with input as search
}

test_not_about_a_patient if {
	directory.permit == set() with input as object.union(asked, {"patient": {"known": true}})
	directory.permit == set() with input as object.remove(asked, ["patient"])
	directory.permit == set() with input as object.union(asked, {"request": {"type": "Patient"}})
	directory.permit == set() with input as object.union(asked, {"request": {"type": "Observation"}})
}

test_for_direct_care if directory.permit == set() with input as object.union(asked, {"request": {"purpose": "research"}})

test_a_role_that_sees_records_elsewhere if {
	directory.permit == set() with input as object.union(asked, {"subject": {"role": "R8009"}})
	directory.permit == set() with input as object.union(asked, {"subject": {"role": ""}})
}

test_own_staff_see_their_own_as_it_is if {
	own := object.union(asked, {"subject": {"organisation": "A81001"}})
	directory.permit == set() with input as own
	directory.plan == set() with input as own
}

test_nothing_waits_for_facts_about_a_patient_who_is_not_named if {
	opt_out.unknown == set() with input as asked
	relationship.unknown == set() with input as asked
	restricted.unknown == set() with input as asked
}

test_it_waits_where_a_patient_may_be_meant if {
	every other in [{"patient": {"known": true}}, {"request": {"type": "Condition"}}, {"request": {"interaction": "search-type"}}] {
		opt_out.unknown == {"facts-unavailable"} with input as object.union(asked, other)
		relationship.unknown == {"facts-unavailable"} with input as object.union(asked, other)
		restricted.unknown == {"facts-unavailable"} with input as object.union(asked, other)
	}
}

test_what_it_opens if {
	{"categories": data.directory.categories, "labels": data.labels.normal} in directory.plan with input as asked
}

test_nothing_but_viewing if {
	every action in ["record-permission", "withdraw", "declare-emergency"] {
		recorded := object.union(asked, {"request": {"action": action}})
		not directory.entry with input as recorded
	}
}
