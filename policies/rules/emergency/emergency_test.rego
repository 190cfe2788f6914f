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
