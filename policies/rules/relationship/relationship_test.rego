package mcr.rules.relationship_test

import data.mcr.rules.relationship

import rego.v2

asked := {
	"time": 1000,
	"subject": {"organisation": "RXA01", "user_id": "u1", "role": "R8000"},
	"source": {"organisation": "A81001"},
	"request": {"action": "view", "purpose": "direct-care"},
	"facts": {
		"relationships": {"state": "known", "value": [{"id": "r1", "kind": "referral", "organisation": "RXA01", "ended": false, "from": 500, "until": 2000}]},
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

# The kinds stand here a second time: a slip in the list is noticed.
test_kinds_that_treat if {
	treating := {"registration", "episode", "admission", "call", "encounter", "referral", "caseload"}
	{kind | some kind; data.relationships.kinds[kind].treating} == treating
	every kind in treating {
		relationship.active == {"r1"} with input as with_relationship({"kind": kind})
	}
}

test_a_kind_that_does_not_treat if {
	relationship.active == set() with input as with_relationship({"kind": "visit"})
	relationship.active == set() with input as with_relationship({"kind": ""})
	relationship.active == set() with input as asked with data.relationships.kinds as {"referral": {"treating": false}}
	relationship.active == {"r1"} with input as with_relationship({"kind": "visit"}) with data.relationships.kinds as {"visit": {"treating": true}}
}

test_not_active_when_ended if relationship.active == set() with input as with_relationship({"ended": true})

test_not_active_when_over if relationship.active == set() with input as with_relationship({"until": 1000})

test_not_active_when_not_begun if relationship.active == set() with input as with_relationship({"from": 1001})

test_not_active_at_another_organisation if {
	every other in ["A81001", "RXB02"] {
		relationship.active == set() with input as with_relationship({"organisation": other})
	}
}

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
	"statement-not-own" in relationship.lacking with input as stated("record-permission", {"user_id": "u0"})
	"statement-not-own" in relationship.lacking with input as stated("record-permission", {"organisation": "A81001"})
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

registered(change) := object.union(asked, {"facts": {
	"relationships": {"state": "absent"},
	"registration": object.union({"state": "known", "value": {"id": "g1", "organisation": "RXA01", "from": 500, "until": 2000}}, change),
}})

test_registration_to_the_second if {
	every change in [{"value": {"from": 1000}}, {"value": {"until": 1001}}] {
		relationship.active == {"g1"} with input as registered(change)
	}
	every change in [{"value": {"from": 1001}}, {"value": {"until": 1000}}, {"value": {"organisation": "RXB02"}}, {"value": {"organisation": "A81001"}}, {"state": "unavailable"}] {
		relationship.active == set() with input as registered(change)
	}
}

test_relationship_to_the_second if {
	relationship.active == {"r1"} with input as with_relationship({"from": 1000})
	relationship.active == {"r1"} with input as with_relationship({"until": 1001})
	relationship.active == set() with input as object.union(asked, {"facts": {"relationships": {"state": "unavailable"}}})
}

test_it_waits_where_either_could_not_be_looked_up if {
	every facts in [
		{"relationships": {"state": "absent"}, "registration": {"state": "unavailable"}},
		{"relationships": {"state": "unavailable"}, "registration": {"state": "absent"}},
	] {
		relationship.lacking == {"facts-unavailable"} with input as object.union(asked, {"facts": facts})
	}
	neither := {"relationships": {"state": "absent"}, "registration": {"state": "absent"}}
	relationship.lacking == {"no-active-care-relationship"} with input as object.union(asked, {"facts": neither})
	one := object.union(asked, {"facts": {"registration": {"state": "unavailable"}}})
	relationship.lacking == set() with input as one
}

test_an_emergency_needs_no_relationship if {
	every facts in [
		{"relationships": {"state": "absent"}, "registration": {"state": "absent"}},
		{"relationships": {"state": "unavailable"}, "registration": {"state": "absent"}},
	] {
		declared := object.union(stated("declare-emergency", {}), {"facts": facts})
		relationship.lacking == set() with input as declared
		relationship.permit == set() with input as declared
	}
}

# The longest time is the region's choice; the test holds for whatever it is.
test_a_permission_ends_in_time if {
	longest := data.settings.permission.longest_hours * 3600
	count(relationship.permit) == 1 with input as stated("record-permission", {"until": 1001})
	count(relationship.permit) == 1 with input as stated("record-permission", {"until": 1000 + longest})
	every over in [999, 1000, 1001 + longest] {
		relationship.permit == set() with input as stated("record-permission", {"until": over})
	}
	"permission-without-end" in relationship.lacking with input as stated("record-permission", {"until": 1001 + longest})
}

test_each_statement_is_whole_by_itself if {
	relationship.permit == set() with input as stated("record-permission", {"how": "by letter"})
	relationship.permit == set() with input as stated("record-permission", {"until": 1000})
	relationship.permit == set() with input as stated("record-refusal", {"how": "by letter"})
	relationship.permit == set() with input as stated("withdraw", {"permission": "p2"})
	relationship.permit == set() with input as stated("record-permission", {"permission": "p1", "how": "by letter"})
	relationship.permit == set() with input as stated("view", {"permission": "p1"})
	relationship.permit == set() with input as stated("record-refusal", {"permission": "p1", "how": "by letter"})
	relationship.lacking == set() with input as stated("record-refusal", {"until": 1000})
	every how in ["in-person", "telephone", "video"] {
		count(relationship.permit) == 1 with input as stated("record-refusal", {"how": how})
		count(relationship.permit) == 1 with input as stated("record-permission", {"how": how})
	}
}

test_only_ones_own_permission_is_withdrawn if {
	every change in [
		{"id": "p2"}, {"id": "p0"}, {"user_id": "u2"}, {"user_id": "u0"},
		{"organisation": "RXB02"}, {"organisation": "A81001"},
	] {
		theirs := object.union({"id": "p1", "user_id": "u1", "organisation": "RXA01"}, change)
		others := object.union(stated("withdraw", {"permission": "p1"}), {"facts": {"permissions": {"value": [theirs]}}})
		relationship.permit == set() with input as others
		relationship.lacking == {"permission-not-found"} with input as others
	}
	away := object.union(stated("withdraw", {"permission": "p1"}), {"facts": {"permissions": {"state": "unavailable"}}})
	relationship.permit == set() with input as away
	relationship.lacking == {"facts-unavailable"} with input as away
	none := object.union(object.remove(stated("withdraw", {"permission": "p1"}), ["facts"]), {"facts": {
		"permissions": {"state": "absent"},
		"relationships": asked.facts.relationships,
		"registration": {"state": "absent"},
	}})
	relationship.lacking == {"permission-not-found"} with input as none
	relationship.lacking == set() with input as stated("withdraw", {"permission": "p1"})
}

test_permissions_matter_only_to_a_withdrawal if {
	away := object.union(stated("record-refusal", {}), {"facts": {"permissions": {"state": "unavailable"}}})
	relationship.lacking == set() with input as away
}

# Who never sees records elsewhere stands here a second time: a slip in the list is noticed.
test_every_role_that_never_sees_records_elsewhere if {
	every role in [
		"R0001", "R1720", "R1730", "R1740", "R1750", "R1760", "R1973", "R1978", "R1982", "R1984", "R1985",
		"R5003", "R5007", "R5020", "R5030", "R5040", "R5050", "R5080", "R5090", "R5100", "R5105", "R5110", "R5150",
		"R6010", "R6030", "R6050", "R6060", "R6070", "R6080", "R6090",
		"R8006", "R8007", "R8009", "R8010", "R8011", "R8012", "R8013", "R8015",
	] {
		relationship.deny == refused with input as object.union(asked, as_role(role))
	}
}

test_every_clinical_role_may if {
	every role in ["R0050", "R0260", "R8000", "R8001", "R8002", "R8003", "R8004", "R8005", "R8008", "R8014", "R8016", "R8017"] {
		relationship.deny == set() with input as object.union(asked, as_role(role))
	}
}
