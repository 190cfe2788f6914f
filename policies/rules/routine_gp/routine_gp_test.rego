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
	every practice in ["A00001", "B82002"] {
		other := object.union(asked("search-type", ["laboratory"]), {"subject": {"organisation": practice}})
		routine_gp.permit == set() with input as other
		routine_gp.lacking == set() with input as other
	}
}

test_moved_away if routine_gp.permit == set() with input as object.union(asked("search-type", ["laboratory"]), {"time": 2000})

test_not_looked_up if {
	routine_gp.lacking == {"facts-unavailable"} with input as object.union(asked("read", ["laboratory"]), {"facts": {"registration": {"state": "unavailable"}}})
}

test_to_the_second if {
	every value in [{"from": 1000}, {"until": 1001}] {
		count(routine_gp.permit) == 1 with input as object.union(asked("read", ["laboratory"]), {"facts": {"registration": {"value": value}}})
	}
	every value in [{"from": 1001}, {"until": 1000}] {
		routine_gp.permit == set() with input as object.union(asked("read", ["laboratory"]), {"facts": {"registration": {"value": value}}})
	}
}

test_what_is_not_known_opens_nothing if {
	every state in ["absent", "unavailable"] {
		routine_gp.permit == set() with input as object.union(asked("read", ["laboratory"]), {"facts": {"registration": {"state": state}}})
	}
}

test_what_it_opens if {
	routine_gp.plan == {{"categories": data.categories.routine_gp, "labels": data.labels.normal}} with input as asked("read", ["laboratory"])
}

test_nothing_but_viewing if {
	every action in ["record-permission", "record-refusal", "withdraw"] {
		recorded := object.union(asked("search-type", ["laboratory", "imaging"]), {"request": {"action": action}})
		routine_gp.permit == set() with input as object.union(asked("read", ["laboratory"]), {"request": {"action": action}})
		routine_gp.lacking == set() with input as recorded
		away := object.union(recorded, {"facts": {"registration": {"state": "unavailable"}}})
		routine_gp.lacking == set() with input as away
	}
}

test_no_other_interaction if {
	routine_gp.permit == set() with input as asked("history-instance", ["laboratory"])
}

test_nothing_is_lacking_for_what_is_routine if {
	routine_gp.lacking == set() with input as asked("search-type", ["laboratory"])
}

# A result can carry a tag on top; a search for results brings those too, and the
# plan then withholds what is tagged.
test_a_tag_on_top_does_not_make_a_search_for_more if {
	every tag in ["advance-decisions", "mental-health", "safeguarding", "social-care"] {
		count(routine_gp.permit) == 1 with input as asked("search-type", ["laboratory", tag])
		routine_gp.permit == set() with input as asked("search-type", [tag])
	}
	every category in data.categories.every {
		category in ["administrative", "advance-decisions", "appointments", "demographics", "laboratory", "mental-health", "safeguarding", "social-care"] or {
			routine_gp.permit == set() with input as asked("search-type", ["laboratory", category])
		}
	}
}

# What comes on top of another category stands here a second time: a slip in the list is noticed.
test_the_tags if data.categories.tagged == ["advance-decisions", "mental-health", "safeguarding", "social-care"]
