package mcr.rules.emergency_test

import data.mcr.rules.emergency

import rego.v2

viewing := {
	"time": 1000,
	"subject": {"organisation": "RXM06", "user_id": "u1", "role": "R8003"},
	"request": {"action": "view"},
	"facts": {"emergencies": {"state": "known", "value": [{"id": "e1", "user_id": "u1", "reason_code": "life-threatening", "from": 500, "until": 2000}]}},
}

declaring := {
	"time": 1000,
	"subject": {"organisation": "RXM06", "user_id": "u1", "role": "R8003"},
	"request": {"action": "declare-emergency"},
	"statement": {"user_id": "u1", "organisation": "RXM06", "reason_code": "life-threatening", "reason_given": true, "until": 2000},
	"facts": {"emergencies": {"state": "absent"}},
}

test_off if {
	emergency.permit == set() with input as viewing with data.settings.emergency.enabled as false
	emergency.plan == set() with input as viewing with data.settings.emergency.enabled as false
	emergency.permit == set() with input as declaring with data.settings.emergency.enabled as false
	emergency.lacking == {"emergency-not-enabled"} with input as declaring with data.settings.emergency.enabled as false
}

test_viewing_while_it_runs if {
	emergency.permit == {{"reason": "emergency-access", "basis": {"emergency": "e1"}, "alert": true}} with input as viewing with data.settings.emergency.enabled as true
	count(emergency.plan) == 1 with input as viewing with data.settings.emergency.enabled as true
}

test_declaring if {
	emergency.permit == {{"reason": "emergency-access", "alert": true}} with input as declaring with data.settings.emergency.enabled as true
	emergency.plan == set() with input as declaring with data.settings.emergency.enabled as true
}

test_ended if {
	over := object.union(viewing, {"time": 2000})
	emergency.permit == set() with input as over with data.settings.emergency.enabled as true
	emergency.lacking == {"emergency-ended"} with input as over with data.settings.emergency.enabled as true
}

test_role_not_entitled if {
	other := object.union(declaring, {"subject": {"role": "R8009"}})
	emergency.permit == set() with input as other with data.settings.emergency.enabled as true
	emergency.lacking == {"emergency-role-not-entitled"} with input as other with data.settings.emergency.enabled as true
}

test_what_is_lacking if {
	every c in [
		[{"reason_code": "curiosity"}, "emergency-reason-not-known"],
		[{"reason_given": false}, "emergency-reason-not-known"],
		[{"until": 999}, "emergency-too-long"],
		[{"until": 1000}, "emergency-too-long"],
		[{"until": 253402300799}, "emergency-too-long"],
		[{"user_id": "u2"}, "statement-not-own"],
	] {
		asked := object.union(declaring, {"statement": c[0]})
		emergency.permit == set() with input as asked with data.settings.emergency.enabled as true
		emergency.lacking == {c[1]} with input as asked with data.settings.emergency.enabled as true
	}
}

test_not_looked_up if {
	unavailable := object.union(viewing, {"facts": {"emergencies": {"state": "unavailable"}}})
	"facts-unavailable" in emergency.lacking with input as unavailable with data.settings.emergency.enabled as true
	emergency.lacking == set() with input as unavailable with data.settings.emergency.enabled as false
}

# The two tests that follow hold for whatever length a region chooses.
longest := data.settings.emergency.minutes * 60

changed(change) := object.union(viewing, {"facts": {"emergencies": {"value": [object.union(viewing.facts.emergencies.value[0], change)]}}})

test_a_running_emergency_must_be_whole if {
	every change in [{"user_id": "u2"}, {"reason_code": "curiosity"}, {"from": 1001}, {"until": 1000}, {"until": 501 + longest}] {
		emergency.permit == set() with input as changed(change) with data.settings.emergency.enabled as true
		emergency.plan == set() with input as changed(change) with data.settings.emergency.enabled as true
	}
	every change in [{"from": 1000}, {"until": 1001}, {"until": 500 + longest}] {
		count(emergency.permit) == 1 with input as changed(change) with data.settings.emergency.enabled as true
	}
}

test_how_long_one_may_be_declared_for if {
	to_the_second := object.union(declaring, {"statement": {"until": 1000 + longest}})
	count(emergency.permit) == 1 with input as to_the_second with data.settings.emergency.enabled as true
	too_long := object.union(declaring, {"statement": {"until": 1001 + longest}})
	emergency.lacking == {"emergency-too-long"} with input as too_long with data.settings.emergency.enabled as true
}

test_what_it_opens if {
	emergency.plan == {{"categories": data.categories.understood, "labels": data.labels.normal}} with input as viewing with data.settings.emergency.enabled as true
}

test_it_opens_a_view_and_nothing_else if {
	every action in ["record-permission", "record-refusal", "withdraw"] {
		asked := object.union(object.union(viewing, {"statement": declaring.statement}), {"request": {"action": action}})
		emergency.permit == set() with input as asked with data.settings.emergency.enabled as true
		emergency.plan == set() with input as asked with data.settings.emergency.enabled as true
		over := object.union(asked, {"time": 2000})
		emergency.lacking == set() with input as over with data.settings.emergency.enabled as true
		away := object.union(asked, {"facts": {"emergencies": {"state": "unavailable"}}})
		emergency.lacking == set() with input as away with data.settings.emergency.enabled as true
	}
}

test_another_may_not_be_declared_by_viewing if {
	asked := object.union(viewing, {"subject": {"role": "R8009"}})
	emergency.lacking == set() with input as asked with data.settings.emergency.enabled as true
}

test_nothing_is_lacking_while_it_runs if {
	ended := object.union(viewing.facts.emergencies.value[0], {"id": "e0", "until": 900})
	asked := object.union(viewing, {"facts": {"emergencies": {"value": [ended, viewing.facts.emergencies.value[0]]}}})
	count(emergency.permit) == 1 with input as asked with data.settings.emergency.enabled as true
	emergency.lacking == set() with input as asked with data.settings.emergency.enabled as true
	none := object.union(object.remove(viewing, ["facts"]), {"facts": {"emergencies": {"state": "absent"}}})
	emergency.lacking == set() with input as none with data.settings.emergency.enabled as true
}

test_an_emergency_of_somebody_else_is_not_told if {
	every user in ["u0", "u2"] {
		emergency.lacking == set() with input as changed({"user_id": user, "until": 900}) with data.settings.emergency.enabled as true
	}
}

test_what_is_not_known_opens_nothing if {
	asked := object.union(viewing, {"facts": {"emergencies": {"state": "unavailable"}}})
	emergency.permit == set() with input as asked with data.settings.emergency.enabled as true
}

# Who may declare one, and why, stands here a second time: a slip in the list is noticed.
test_who_may_declare if {
	every role in ["R0050", "R0260", "R8000", "R8001", "R8003", "R8016"] {
		emergency.entitled with input as object.union(declaring, {"subject": {"role": role}}) with data.settings.emergency.enabled as true
	}
	every role, _ in data.roles.never_elsewhere {
		not emergency.entitled with input as object.union(declaring, {"subject": {"role": role}}) with data.settings.emergency.enabled as true
	}
}

test_the_reasons if {
	every code in ["life-threatening", "safeguarding", "unable-to-consent"] {
		emergency.reasoned with input as object.union(declaring, {"statement": {"reason_code": code}})
	}
}
