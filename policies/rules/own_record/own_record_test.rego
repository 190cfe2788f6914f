package mcr.rules.own_record_test

import data.mcr.rules.own_record

import rego.v2

own := {
	"subject": {"organisation": "A81001"},
	"source": {"organisation": "A81001"},
	"request": {"action": "view"},
}

test_own_staff_may_view if {
	own_record.permit == {{"reason": "own-record", "alert": false}} with input as own
	count(own_record.plan) == 1 with input as own
}

test_own_record_of_oneself_raises_an_alert if {
	asked := object.union(own, {"facts": {"subject_is_patient": {"state": "known", "value": true}}})
	own_record.permit == {{"reason": "own-record", "alert": true}} with input as asked
}

test_another_organisation_may_not if {
	asked := object.union(own, {"subject": {"organisation": "RXA01"}})
	own_record.permit == set() with input as asked
	own_record.plan == set() with input as asked
}

test_nobody_from_nowhere if own_record.permit == set() with input as {"request": {"action": "view"}}

test_nothing_but_viewing if {
	asked := object.union(own, {"request": {"action": "record-permission"}})
	own_record.permit == set() with input as asked
}

test_what_it_opens if {
	own_record.plan == {{"categories": data.categories.every, "labels": data.labels.every}} with input as own
}

test_nothing_is_opened_by_what_is_recorded if {
	own_record.plan == set() with input as object.union(own, {"request": {"action": "record-permission"}})
}

test_no_alert_unless_it_is_known_to_be_oneself if {
	every fact in [{"state": "known", "value": false}, {"state": "unavailable", "value": true}, {"state": "absent"}] {
		own_record.permit == {{"reason": "own-record", "alert": false}} with input as object.union(own, {"facts": {"subject_is_patient": fact}})
	}
}
