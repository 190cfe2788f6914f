package mcr.rules.restricted_test

import data.mcr.rules.restricted

import rego.v2

asked := {
	"time": 1000,
	"subject": {"organisation": "RXA01"},
	"source": {"organisation": "A81001"},
	"request": {"action": "view"},
	"facts": {"restriction": {"state": "known", "value": {"id": "x1", "code": "R", "from": 500, "until": 2000}}},
}

test_masks if {
	some p in restricted.plan with input as asked
	every mask in ["Element.*", "Element.valueCode", "Location", "Organization", "Patient.extension"] { mask in p.masks }
}

test_masks_when_the_entry_says_nothing_more if {
	bare := object.union(object.remove(asked, ["facts"]), {"facts": {"restriction": {"state": "known"}}})
	count(restricted.plan) == 1 with input as bare
}

test_over_or_not_begun if {
	restricted.plan == set() with input as object.union(asked, {"time": 2000})
	restricted.plan == set() with input as object.union(asked, {"time": 499})
}

test_own_staff if {
	own := object.union(asked, {"subject": {"organisation": "A81001"}})
	restricted.plan == set() with input as own
	restricted.unknown == set() with input as object.union(own, {"facts": {"restriction": {"state": "unavailable"}}})
}

test_unknown_unless_looked_up if {
	restricted.unknown == {"facts-unavailable"} with input as object.union(asked, {"facts": {"restriction": {"state": "unavailable"}}})
	restricted.unknown == set() with input as object.union(asked, {"facts": {"restriction": {"state": "absent"}}})
	restricted.unknown == set() with input as asked
}
