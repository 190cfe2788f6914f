package mcr.rules.routine_gp_test

import data.mcr.rules.routine_gp

import rego.v2

asked(interaction, categories) := {
	"time": 1000,
	"subject": {"organisation": "A81001"},
	"request": {"action": "view", "interaction": interaction, "categories": categories},
	"facts": {"registration": {"state": "known", "value": {"id": "g1", "organisation": "A81001", "from": 0, "until": 2000}}},
}

test_routine if {
	routine_gp.permit == {{"reason": "routine-gp-access", "basis": {"relationship": "g1"}}} with input as asked("search-type", ["laboratory"])
	count(routine_gp.plan) == 1 with input as asked("search-type", ["laboratory"])
	count(routine_gp.permit) == 1 with input as asked("search-type", ["appointments", "laboratory"])
}

test_a_search_for_more if {
	routine_gp.permit == set() with input as asked("search-type", ["laboratory", "imaging"])
	routine_gp.plan == set() with input as asked("search-type", ["laboratory", "imaging"])
	routine_gp.lacking == {"category-not-routine"} with input as asked("search-type", ["laboratory", "imaging"])
}

test_a_search_for_nothing_known if routine_gp.permit == set() with input as asked("search-type", [])

test_reading_one if {
	count(routine_gp.permit) == 1 with input as asked("read", ["laboratory", "imaging"])
	routine_gp.permit == set() with input as asked("read", ["documents"])
}

test_another_practice if {
	other := object.union(asked("search-type", ["laboratory"]), {"subject": {"organisation": "B82002"}})
	routine_gp.permit == set() with input as other
	routine_gp.lacking == set() with input as other
}

test_moved_away if routine_gp.permit == set() with input as object.union(asked("search-type", ["laboratory"]), {"time": 2000})

test_not_looked_up if {
	routine_gp.lacking == {"facts-unavailable"} with input as object.union(asked("read", ["laboratory"]), {"facts": {"registration": {"state": "unavailable"}}})
}
