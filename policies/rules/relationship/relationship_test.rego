package mcr.rules.relationship_test

import data.mcr.rules.relationship

import rego.v2

asked := {
	"time": 1000,
	"subject": {"organisation": "RXA01", "user_id": "u1", "role": "R8000"},
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
	"statement": object.union({"user_id": "u1", "organisation": "RXA01", "how": "video", "until": 5000, "permission": "", "sensitive": false}, statement),
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

as_role(role) := {"subject": {"role": role}}

refused := {{"reason": "role-not-entitled"}}

test_clerical_roles_never_view_elsewhere if {
	every role in ["R8006", "R8007", "R8009", "R8010", "R8011", "R8012", "R8013", "R8015"] {
		relationship.deny == refused with input as object.union(asked, as_role(role))
		relationship.deny == refused with input as object.union(stated("withdraw", {}), as_role(role))
	}
}

test_other_roles_may if {
	every role in ["R0050", "R0260", "R8000", "R8001", "R8003", "R8005", "R8014", "R8016", "R9999"] {
		relationship.deny == set() with input as object.union(asked, as_role(role))
	}
}

test_no_role_is_not_entitled if {
	relationship.deny == refused with input as object.union(asked, as_role(""))
	relationship.deny == refused with input as object.remove(asked, ["subject"])
}

test_at_home_a_clerk_views_and_opens_nothing_elsewhere if {
	home := object.union(as_role("R8010"), {"source": {"organisation": "RXA01"}})
	relationship.deny == set() with input as object.union(asked, home)
	relationship.deny == set() with input as object.union(stated("record-refusal", {}), home)
	relationship.deny == refused with input as object.union(stated("record-permission", {}), home)
	relationship.deny == refused with input as object.union(stated("declare-emergency", {}), home)
}

alerts contains p.alert if some p in relationship.permit

test_sensitive_permissions_are_noticed if {
	alerts == {true} with input as stated("record-permission", {"sensitive": true})
	alerts == {true} with input as object.union(asked, {"request": {"action": "record-permission"}, "statement": {"user_id": "u1", "organisation": "RXA01", "how": "video", "until": 5000}})
	alerts == {false} with input as stated("record-permission", {})
	alerts == {false} with input as stated("record-refusal", {"sensitive": true})
}
