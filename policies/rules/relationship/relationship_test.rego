package mcr.rules.relationship_test

import data.mcr.rules.relationship

import rego.v2

asked := {
	"time": 1000,
	"subject": {"organisation": "RXA01", "user_id": "u1"},
	"source": {"organisation": "A81001"},
	"request": {"action": "view", "purpose": "direct-care"},
	"facts": {
		"relationships": {"state": "known", "value": [{"id": "r1", "organisation": "RXA01", "ended": false, "from": 500, "until": 2000}]},
		"registration": {"state": "absent"},
		"subject_is_patient": {"state": "absent"},
		"permissions": {"state": "known", "value": [{"id": "p1", "user_id": "u1", "organisation": "RXA01"}]},
	},
}

with_relationship(change) := object.union(asked, {"facts": {"relationships": {"value": [object.union(asked.facts.relationships.value[0], change)]}}})

stated(action, statement) := object.union(asked, {
	"request": {"action": action},
	"statement": object.union({"user_id": "u1", "organisation": "RXA01", "how": "video", "until": 5000, "permission": ""}, statement),
})

test_active if relationship.active == {"r1"} with input as asked

test_not_active_when_ended if relationship.active == set() with input as with_relationship({"ended": true})

test_not_active_when_over if relationship.active == set() with input as with_relationship({"until": 1000})

test_not_active_when_not_begun if relationship.active == set() with input as with_relationship({"from": 1001})

test_not_active_at_another_organisation if relationship.active == set() with input as with_relationship({"organisation": "RXB02"})

test_registration_counts if {
	registered := object.union(asked, {"facts": {
		"relationships": {"state": "absent"},
		"registration": {"state": "known", "value": {"id": "g1", "organisation": "RXA01", "from": 0, "until": 2000}},
	}})
	"g1" in relationship.active with input as registered
}

test_direct_care_only if {
	relationship.deny == set() with input as asked
	count(relationship.deny) == 1 with input as object.union(asked, {"request": {"purpose": "research"}})
	count(relationship.deny) == 1 with input as object.remove(asked, ["request"])
}

test_not_ones_own_record if {
	count(relationship.deny) == 1 with input as object.union(asked, {"facts": {"subject_is_patient": {"state": "known", "value": true}}})
	relationship.deny == set() with input as object.union(asked, {"facts": {"subject_is_patient": {"state": "known", "value": false}}})
	relationship.unknown == {"facts-unavailable"} with input as object.union(asked, {"facts": {"subject_is_patient": {"state": "unavailable"}}})
	relationship.unknown == set() with input as asked
}

test_own_view_is_for_the_organisation if {
	own := object.union(asked, {"source": {"organisation": "RXA01"}, "facts": {"subject_is_patient": {"state": "unavailable"}}})
	relationship.unknown == set() with input as own
}

test_a_permission_is_recorded if {
	count(relationship.permit) == 1 with input as stated("record-permission", {})
	relationship.lacking == set() with input as stated("record-permission", {})
}

test_a_refusal_is_recorded if count(relationship.permit) == 1 with input as stated("record-refusal", {})

test_ones_own_permission_is_withdrawn if count(relationship.permit) == 1 with input as stated("withdraw", {"permission": "p1"})

test_what_is_lacking if {
	"statement-not-own" in relationship.lacking with input as stated("record-permission", {"user_id": "u2"})
	"statement-not-own" in relationship.lacking with input as stated("record-permission", {"organisation": "RXB02"})
	"statement-incomplete" in relationship.lacking with input as stated("record-permission", {"how": ""})
	"statement-incomplete" in relationship.lacking with input as stated("record-refusal", {"how": "by letter"})
	"permission-without-end" in relationship.lacking with input as stated("record-permission", {"until": 253402300799})
	"permission-without-end" in relationship.lacking with input as stated("record-permission", {"until": 1000})
	"permission-not-found" in relationship.lacking with input as stated("withdraw", {"permission": "p2"})
	"facts-unavailable" in relationship.lacking with input as object.union(stated("withdraw", {}), {"facts": {"permissions": {"state": "unavailable"}}})
	"no-active-care-relationship" in relationship.lacking with input as with_relationship({"ended": true})
	"facts-unavailable" in relationship.lacking with input as object.union(asked, {"facts": {"relationships": {"state": "unavailable"}}})
}
