package mcr.rules.withheld_test

import data.mcr.rules.withheld

import rego.v2

asked := {
	"subject": {"organisation": "707", "role": "R8014"},
	"source": {"organisation": "A81001"},
	"request": {"action": "view"},
}

from_roles := {"R8014": ["mental-health", "safeguarding"], "R8004": ["documents"]}

kept := {{"categories": ["mental-health", "safeguarding"], "reason": "withheld-from-role"}}

test_what_is_kept_from_the_role if {
	withheld.withhold == kept with input as asked with data.settings.withheld.from_roles as from_roles
}

test_nothing_is_kept_from_another_role if {
	every role in ["R0050", "", "R801", "R80144"] {
		other := object.union(asked, {"subject": {"role": role}})
		withheld.withhold == set() with input as other with data.settings.withheld.from_roles as from_roles
	}
}

test_nothing_is_kept_where_the_region_keeps_nothing if {
	withheld.withhold == set() with input as asked with data.settings.withheld.from_roles as {}
}

test_own_staff_are_not_concerned if {
	own := object.union(asked, {"source": {"organisation": "707"}})
	withheld.withhold == set() with input as own with data.settings.withheld.from_roles as from_roles
}

test_it_holds_where_nobody_says_who_holds_the_record if {
	asked_of := object.remove(asked, ["source"])
	withheld.withhold == kept with input as asked_of with data.settings.withheld.from_roles as from_roles
}

test_nothing_but_viewing if {
	every action in ["record-permission", "record-refusal", "withdraw", "declare-emergency"] {
		stated := object.union(asked, {"request": {"action": action}})
		withheld.withhold == set() with input as stated with data.settings.withheld.from_roles as from_roles
	}
}
