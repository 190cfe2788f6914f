package mcr.decision_test

import data.mcr.decision

import rego.v2

# with_rules decides with what two rules say in place of the real ones.
with_rules(a, b) := outcome if {
	outcome := decision.outcome with data.mcr.rules as {
		"a": object.union({"deny": set(), "unknown": set(), "permit": set(), "plan": set(), "withhold": set(), "lacking": set()}, a),
		"b": object.union({"deny": set(), "unknown": set(), "permit": set(), "plan": set(), "withhold": set(), "lacking": set()}, b),
	}
}

test_deny_wins if {
	got := with_rules({"permit": {"x"}, "plan": {"p"}}, {"deny": {"y"}, "unknown": {"z"}})
	got == {"effect": "deny", "because": {"b": {"y"}}}
}

test_not_knowing_wins_over_a_permit if {
	got := with_rules({"permit": {"x"}, "plan": {"p"}}, {"unknown": {"z"}})
	got == {"effect": "indeterminate", "because": {"b": {"z"}}}
}

test_a_permit_brings_all_plans if {
	got := with_rules({"permit": {"x"}, "plan": {"p"}}, {"plan": {"q"}, "lacking": {"l"}})
	got == {"effect": "permit", "because": {"a": {"x"}}, "plans": {"a": {"p"}, "b": {"q"}}, "withheld": {}}
}

test_what_any_rule_withholds_is_withheld if {
	got := with_rules({"permit": {"x"}, "plan": {"p"}, "withhold": {"v"}}, {"withhold": {"w"}, "lacking": {"l"}})
	got == {"effect": "permit", "because": {"a": {"x"}}, "plans": {"a": {"p"}}, "withheld": {"a": {"v"}, "b": {"w"}}}
}

test_a_rule_that_withholds_permits_nothing if {
	got := with_rules({"withhold": {"w"}}, {"lacking": {"l"}})
	got == {"effect": "deny", "because": {"b": {"l"}}}
}

test_a_refusal_says_what_is_lacking if {
	got := with_rules({"lacking": {"l", "m"}}, {"lacking": {"n"}})
	got == {"effect": "deny", "because": {"a": {"l", "m"}, "b": {"n"}}}
}

test_what_could_not_be_looked_up_is_no_refusal if {
	got := with_rules({"lacking": {"l"}}, {"lacking": {"facts-unavailable", "n"}})
	got == {"effect": "indeterminate", "because": {"b": {"facts-unavailable"}}}
}

test_a_rule_that_opens_nothing_has_no_plan if {
	got := with_rules({"permit": {"x"}, "plan": {"p"}}, {"permit": {"y"}})
	got.plans == {"a": {"p"}}
}
