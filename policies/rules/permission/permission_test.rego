package mcr.rules.permission_test

import data.mcr.rules.permission

import rego.v2

yes := {
	"id": "p1", "user_id": "u1", "organisation": "RXA01", "given": true, "withdrawn": false,
	"sources": [], "sensitive": false, "recorded_ms": 500000, "from": 500, "until": 2000,
}

no := {
	"id": "p2", "user_id": "u1", "organisation": "RXA01", "given": false, "withdrawn": false,
	"sources": [], "sensitive": false, "recorded_ms": 600000, "from": 600, "until": 2000,
}

asked(permissions) := {
	"time": 1000,
	"subject": {"organisation": "RXA01", "user_id": "u1"},
	"source": {"id": "gp", "organisation": "A81001"},
	"request": {"action": "view"},
	"facts": {
		"permissions": {"state": "known", "value": permissions},
		"registration": {"state": "absent"},
		"relationships": {"state": "known", "value": [{"id": "r1", "kind": "referral", "organisation": "RXA01", "ended": false, "from": 0, "until": 9999}]},
	},
}

test_yes if {
	permission.permit == {{"reason": "permission-to-view", "basis": {"permission": "p1", "relationship": "r1"}}} with input as asked([yes])
	count(permission.plan) == 1 with input as asked([yes])
}

test_yes_to_sensitive_items if count(permission.plan) == 2 with input as asked([object.union(yes, {"sensitive": true})])

test_not_without_relationship if permission.permit == set() with input as object.union(asked([yes]), {"facts": {"relationships": {"state": "absent"}}})

test_each_condition_is_needed if {
	every change in [
		{"user_id": "u2"}, {"user_id": "u0"}, {"organisation": "RXB02"}, {"organisation": "A81001"}, {"given": false}, {"withdrawn": true},
		{"from": 1001}, {"until": 1000}, {"sources": ["other"]},
	] {
		permission.permit == set() with input as asked([object.union(yes, change)])
	}
	every field in ["user_id", "organisation", "given", "withdrawn", "from", "until", "sources"] {
		permission.permit == set() with input as asked([object.remove(yes, [field])])
	}
}

test_this_source if count(permission.permit) == 1 with input as asked([object.union(yes, {"sources": ["other", "gp"]})])

test_a_later_no_overrides if permission.permit == set() with input as asked([yes, no])

test_a_no_of_the_same_moment_overrides if permission.permit == set() with input as asked([yes, object.union(no, {"recorded_ms": 500000})])

test_a_no_without_a_time_overrides if permission.permit == set() with input as asked([yes, object.remove(no, ["recorded_ms"])])

test_an_earlier_no_does_not if count(permission.permit) == 1 with input as asked([yes, object.union(no, {"recorded_ms": 400000})])

test_a_no_to_somebody_else_does_not if {
	count(permission.permit) == 1 with input as asked([yes, object.union(no, {"user_id": "u2"})])
	every change in [{"user_id": "u0"}, {"organisation": "RXB02"}, {"organisation": "A81001"}] {
		count(permission.permit) == 1 with input as asked([yes, object.union(no, change)])
	}
}

test_a_no_taken_back_does_not if count(permission.permit) == 1 with input as asked([yes, object.union(no, {"withdrawn": true})])

test_why_not if {
	permission.lacking == {"permission-needed"} with input as asked([])
	permission.lacking == {"permission-refused-by-patient"} with input as asked([no])
	permission.lacking == {"permission-withdrawn"} with input as asked([object.union(yes, {"withdrawn": true})])
	permission.lacking == {"permission-expired"} with input as asked([object.union(yes, {"until": 1000})])
	permission.lacking == {"permission-not-yet-valid"} with input as asked([object.union(yes, {"from": 1001})])
	permission.lacking == {"permission-for-other-source"} with input as asked([object.union(yes, {"sources": ["other"]})])
	permission.lacking == {"facts-unavailable"} with input as object.union(asked([]), {"facts": {"permissions": {"state": "unavailable"}}})
	permission.lacking == set() with input as asked([yes])
}

test_what_it_opens if {
	normal := {"categories": data.categories.understood, "labels": data.labels.normal}
	every_label := {"categories": data.categories.understood, "labels": data.labels.every}
	permission.plan == {normal} with input as asked([yes])
	permission.plan == {normal, every_label} with input as asked([object.union(yes, {"sensitive": true})])
}

test_nothing_is_opened_without_relationship if {
	alone := {"facts": {"relationships": {"state": "absent"}}}
	permission.plan == set() with input as object.union(asked([yes]), alone)
	permission.plan == set() with input as object.union(asked([object.union(yes, {"sensitive": true})]), alone)
}

test_a_no_is_no_permission_whatever_else_it_says if {
	permission.usable == {} with input as asked([object.union(no, {"withdrawn": false})])
	permission.usable == {} with input as asked([object.union(no, {"withdrawn": null})])
	permission.usable == {} with input as asked([object.union(no, {"recorded_ms": 1}), object.union(no, {"id": "p3"})])
}

test_what_is_not_known_opens_nothing if {
	every state in ["absent", "unavailable"] {
		permission.usable == {} with input as object.union(asked([yes]), {"facts": {"permissions": {"state": state}}})
		permission.answers == set() with input as object.union(asked([no]), {"facts": {"permissions": {"state": state}}})
	}
}

test_from_and_until_to_the_second if {
	every change in [{"from": 1000}, {"until": 1001}] {
		permission.usable == {"p1": false} with input as asked([object.union(yes, change)])
	}
	permission.answers == set() with input as asked([object.union(yes, {"from": 1000})])
}

# Each answer is told by itself: what is withdrawn is not told as expired, and so on.
test_each_answer_is_told_by_itself if {
	permission.lacking == {"permission-withdrawn"} with input as asked([object.union(yes, {"withdrawn": true, "until": 1000, "sources": ["other"]})])
	permission.lacking == {"permission-withdrawn"} with input as asked([object.union(yes, {"withdrawn": true, "from": 1001})])
	permission.lacking == {"permission-refused-by-patient"} with input as asked([object.union(no, {"until": 1000, "sources": ["other"]})])
	permission.lacking == {"permission-refused-by-patient"} with input as asked([object.union(no, {"from": 1001})])
	permission.lacking == {"permission-needed"} with input as asked([object.union(no, {"withdrawn": true})])
	permission.answers == {"permission-expired"} with input as asked([object.union(yes, {"until": 1000, "sources": ["gp"]})])
}

test_an_answer_to_somebody_else_is_not_told if {
	every change in [{"user_id": "u2"}, {"user_id": "u0"}, {"organisation": "RXB02"}, {"organisation": "A81001"}] {
		permission.lacking == {"permission-needed"} with input as asked([object.union(no, change)])
		permission.lacking == {"permission-needed"} with input as asked([object.union(yes, object.union(change, {"until": 1000}))])
	}
}

test_an_older_answer_is_not_told_while_one_holds if {
	permission.lacking == set() with input as asked([yes, object.union(yes, {"id": "p0", "until": 1000})])
}

test_nothing_is_lacking_for_what_is_recorded if {
	every answers in [[], [no], [yes]] {
		permission.lacking == set() with input as object.union(asked(answers), {"request": {"action": "withdraw"}})
		permission.permit == set() with input as object.union(asked(answers), {"request": {"action": "withdraw"}})
	}
	away := {"request": {"action": "withdraw"}, "facts": {"permissions": {"state": "unavailable"}}}
	permission.lacking == set() with input as object.union(asked([]), away)
}

# What carries no secret stands here a second time: a slip in the list is noticed, and
# one more label would show what its source marked as sensitive.
test_the_labels_of_ordinary_entries if {
	data.labels.normal == [
		"http://terminology.hl7.org/CodeSystem/v3-ActReason|HTEST",
		"http://terminology.hl7.org/CodeSystem/v3-Confidentiality|L",
		"http://terminology.hl7.org/CodeSystem/v3-Confidentiality|M",
		"http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N",
		"http://terminology.hl7.org/CodeSystem/v3-Confidentiality|U",
		"http://terminology.hl7.org/CodeSystem/v3-ObservationValue|SUBSETTED",
	]
}

# Lowered, the region's bound holds for what is on record as well, to the second.
test_no_permission_outlasts_what_the_region_allows if {
	long := object.union(yes, {"from": 1, "until": 99999})
	just := object.union(asked([long]), {"time": 3600})
	past := object.union(asked([long]), {"time": 3601})
	permission.usable == {"p1": false} with input as just with data.settings.permission.longest_hours as 1
	permission.lacking == set() with input as just with data.settings.permission.longest_hours as 1
	permission.usable == {} with input as past with data.settings.permission.longest_hours as 1
	permission.lacking == {"permission-expired"} with input as past with data.settings.permission.longest_hours as 1
	permission.usable == {"p1": false} with input as past with data.settings.permission.longest_hours as 2
}

test_a_bound_that_is_over_is_told_of_a_yes_alone if {
	past := 7200
	every change in [{"given": false}, {"withdrawn": true}] {
		other := object.union(asked([object.union(yes, object.union(change, {"until": 99999}))]), {"time": past})
		not "permission-expired" in permission.answers with input as other with data.settings.permission.longest_hours as 1
	}
	every change in [{"user_id": "u2"}, {"organisation": "RXB02"}] {
		other := object.union(asked([object.union(yes, object.union(change, {"until": 99999}))]), {"time": past})
		permission.answers == set() with input as other with data.settings.permission.longest_hours as 1
	}
}
