package mcr.rules.opt_out_test

import data.mcr.rules.opt_out

import rego.v2

elsewhere := {
	"time": 1000,
	"subject": {"organisation": "RXA01"},
	"source": {"organisation": "A81001"},
	"request": {"action": "view"},
	"facts": {
		"opt_out": {"state": "known", "value": {"id": "oo-1", "from": 500, "until": 2000, "telephone": "", "contact": ""}},
		"registration": {"state": "absent"},
	},
}

test_an_opt_out_denies if {
	opt_out.deny == {{
		"reason": "opted-out",
		"basis": {"opt_out": "oo-1"},
		"fill": {"contact": "", "telephone": ""},
	}} with input as elsewhere
}

test_the_number_of_the_opt_out_comes_first if {
	asked := object.union(elsewhere, {"facts": {
		"opt_out": {"value": {"telephone": "1", "contact": "Riverside"}},
		"registration": {"state": "known", "value": {"telephone": "2", "name": "Hillview"}},
	}})
	some d in opt_out.deny with input as asked
	d.fill == {"contact": "Riverside", "telephone": "1"}
}

test_else_the_number_of_the_practice if {
	asked := object.union(elsewhere, {"facts": {"registration": {"state": "known", "value": {"telephone": "2", "name": "Hillview"}}}})
	some d in opt_out.deny with input as asked
	d.fill == {"contact": "Hillview", "telephone": "2"}
}

test_an_opt_out_that_says_nothing_more_denies if {
	asked := object.union(object.remove(elsewhere, ["facts"]), {"facts": {"opt_out": {"state": "known"}}})
	count(opt_out.deny) == 1 with input as asked
}

test_over_at_its_end if opt_out.deny == set() with input as object.union(elsewhere, {"time": 2000})

test_in_force_before_its_end if count(opt_out.deny) == 1 with input as object.union(elsewhere, {"time": 1999})

test_not_begun if opt_out.deny == set() with input as object.union(elsewhere, {"time": 499})

test_own_staff_are_not_concerned if {
	asked := object.union(elsewhere, {"subject": {"organisation": "A81001"}})
	opt_out.deny == set() with input as asked
	opt_out.unknown == set() with input as object.union(asked, {"facts": {"opt_out": {"state": "unavailable"}}})
}

test_no_permission_and_no_emergency_even_for_own_staff if {
	every action in ["record-permission", "declare-emergency"] {
		asked := object.union(elsewhere, {"subject": {"organisation": "A81001"}, "request": {"action": action}})
		count(opt_out.deny) == 1 with input as asked
	}
}

test_a_refusal_or_withdrawal_stays_possible if {
	every action in ["record-refusal", "withdraw"] {
		opt_out.deny == set() with input as object.union(elsewhere, {"request": {"action": action}})
	}
}

test_unknown_unless_looked_up if {
	opt_out.unknown == {"facts-unavailable"} with input as object.union(elsewhere, {"facts": {"opt_out": {"state": "unavailable"}}})
	opt_out.unknown == {"facts-unavailable"} with input as object.remove(elsewhere, ["facts"])
	opt_out.unknown == set() with input as elsewhere
	opt_out.unknown == set() with input as object.union(elsewhere, {"facts": {"opt_out": {"state": "absent"}}})
}

test_a_practice_that_is_not_known_is_not_named if {
	away := {"state": "unavailable", "value": {"telephone": "2", "name": "Hillview"}}
	some d in opt_out.deny with input as object.union(elsewhere, {"facts": {"registration": away}})
	d.fill == {"contact": "", "telephone": ""}
}

test_an_opt_out_without_a_number_of_its_own_has_none if {
	asked := object.union(object.remove(elsewhere, ["facts"]), {"facts": {"opt_out": {"state": "known"}}})
	some d in opt_out.deny with input as asked
	d.basis == {"opt_out": ""}
}
