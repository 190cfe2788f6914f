package mcr.rules.agreements_test

import data.mcr.rules.agreements

import rego.v2

asked := {"subject": {"organisation": "707"}}

test_refused_where_it_ended if agreements.deny == {{"reason": "agreement-ended"}} with input as asked with data.agreements.ended as ["707"]

test_others_are_not if {
	other := object.union(asked, {"subject": {"organisation": "708"}})
	agreements.deny == set() with input as other with data.agreements.ended as ["707"]
}
