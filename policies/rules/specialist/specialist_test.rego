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
		{"organisation": "RXB02"}, {"organisation": "RXN02"}, {"user_id": "u2"}, {"status": "revoked"}, {"status": "completed"},
		{"status": "completed", "closed_at": 50000000}, {"category": "documents"},
		{"from": 100000001}, {"until": 100000000}, {"until": 99999999},
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

test_what_it_opens if {
	opened := {"laboratory", "medications", "conditions", "administrative"}
	specialist.plan == {{"categories": ["laboratory", "medications", "conditions", "administrative"], "labels": data.labels.normal}} with input as asked({}, ["medications"])
	every category in opened {
		count(specialist.permit) == 1 with input as asked({}, [category])
		count(specialist.permit) == 1 with input as reading({}, [category])
	}
	every category in data.categories.every {
		category in opened or specialist.permit == set() with input as reading({}, [category])
	}
}

test_nothing_is_opened_by_a_search_for_more if specialist.plan == set() with input as asked({}, ["medications", "documents"])

test_only_results_can_be_ordered if {
	every category in ["imaging", "laboratory"] { count(specialist.open) == 1 with input as asked({"category": category}, []) }
	every category in data.categories.every {
		category in ["imaging", "laboratory"] or specialist.open == {} with input as asked({"category": category}, [])
	}
}

# The days of grace are the region's choice; the test holds for whatever it is.
test_to_the_second if {
	grace := data.settings.test_order.grace_days * 86400
	every change in [{"from": 100000000}, {"until": 100000001}, {"status": "completed", "closed_at": 100000001 - grace}] {
		count(specialist.open) == 1 with input as asked(change, [])
	}
	every change in [{"status": "completed", "closed_at": 100000000 - grace}, {"status": "revoked", "closed_at": 99999999}] {
		specialist.open == {} with input as asked(change, [])
	}
}

# In the first days of a clock that counts from 1970, an order without a closing time
# would seem to have been closed a moment ago.
test_an_order_that_says_not_when_it_was_closed_is_closed if {
	every closed in [-1, 0] {
		specialist.open == {} with input as object.union(asked({"status": "completed", "closed_at": closed}, []), {"time": 1000})
	}
	count(specialist.open) == 1 with input as object.union(asked({"status": "completed", "closed_at": 1}, []), {"time": 1000})
}

test_no_other_interaction if {
	history := object.union(asked({}, ["medications"]), {"request": {"interaction": "history-instance"}})
	specialist.permit == set() with input as history
}

test_nothing_but_viewing if {
	every action in ["record-permission", "record-refusal", "withdraw"] {
		recorded := {"request": {"action": action}}
		specialist.permit == set() with input as object.union(asked({}, ["medications"]), recorded)
		specialist.lacking == set() with input as object.union(asked({"status": "revoked"}, ["medications"]), recorded)
		specialist.lacking == set() with input as object.union(asked({}, ["documents"]), recorded)
		specialist.lacking == set() with input as object.union(object.union(asked({}, []), {"facts": {"test_orders": {"state": "unavailable"}}}), recorded)
	}
}

test_a_closed_order_is_told_where_it_matters if {
	closed := object.union(order, {"id": "o2", "status": "revoked"})
	both := object.union(asked({}, ["medications"]), {"facts": {"test_orders": {"value": [order, closed]}}})
	specialist.lacking == set() with input as both
	every category in ["laboratory", "medications", "conditions", "administrative"] {
		specialist.lacking == {"test-order-closed"} with input as reading({"status": "revoked"}, [category])
	}
	specialist.lacking == set() with input as reading({"status": "revoked"}, ["documents"])
	specialist.lacking == set() with input as asked({}, ["medications"])
}

test_what_is_not_known_opens_nothing if {
	specialist.named == set() with input as object.union(asked({}, []), {"facts": {"test_orders": {"state": "absent"}}})
}

# A result can carry a tag on top; a search for what is ordered brings those too.
test_a_tag_on_top_does_not_make_a_search_for_more if {
	tags := {"advance-decisions", "mental-health", "safeguarding", "social-care"}
	every category in data.categories.every {
		category in tags or category in {"laboratory", "medications", "conditions", "administrative"} or {
			specialist.permit == set() with input as asked({}, ["medications", category])
		}
	}
	every tag in tags {
		count(specialist.permit) == 1 with input as asked({}, ["medications", tag])
	}
}
