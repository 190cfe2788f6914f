package mcr.rules.specialist_test

import data.mcr.rules.specialist

import rego.v2

order := {
	"id": "o1", "organisation": "RXL05", "user_id": "", "category": "laboratory",
	"status": "active", "closed_at": 0, "from": 0, "until": 900000000,
}

asked(change, categories) := {
	"time": 100000000,
	"subject": {"organisation": "RXL05", "user_id": "u1"},
	"request": {"action": "view", "interaction": "search-type", "categories": categories},
	"facts": {"test_orders": {"state": "known", "value": [object.union(order, change)]}},
}

reading(change, categories) := object.union(asked(change, categories), {"request": {"interaction": "read"}})

test_open if {
	specialist.permit == {{"reason": "test-order", "basis": {"order": "o1"}}} with input as asked({}, ["medications"])
	count(specialist.plan) == 1 with input as asked({}, ["medications"])
	count(specialist.permit) == 1 with input as asked({"user_id": "u1"}, ["laboratory"])
	count(specialist.permit) == 1 with input as reading({}, ["laboratory", "observations"])
}

test_shortly_after_it_was_closed if {
	count(specialist.permit) == 1 with input as asked({"status": "completed", "closed_at": 99000000}, ["conditions"])
}

test_each_condition_is_needed if {
	every change in [
		{"organisation": "RXB02"}, {"user_id": "u2"}, {"status": "revoked"}, {"status": "completed"},
		{"status": "completed", "closed_at": 50000000}, {"category": "documents"},
		{"from": 100000001}, {"until": 100000000},
	] {
		specialist.permit == set() with input as asked(change, ["medications"])
		specialist.plan == set() with input as asked(change, ["medications"])
	}
}

test_nothing_else if {
	specialist.permit == set() with input as asked({}, ["documents"])
	specialist.permit == set() with input as asked({}, ["medications", "documents"])
	specialist.permit == set() with input as asked({}, [])
	specialist.lacking == {"category-not-ordered"} with input as asked({}, ["documents"])
}

test_why_not if {
	specialist.lacking == {"test-order-closed"} with input as asked({"status": "revoked"}, ["medications"])
	specialist.lacking == set() with input as asked({"organisation": "RXB02"}, ["medications"])
	specialist.lacking == {"facts-unavailable"} with input as object.union(asked({}, []), {"facts": {"test_orders": {"state": "unavailable"}}})
}
