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

without_registry := {"facts": {"opt_out": {"state": "unavailable"}}}

test_own_staff_do_not_wait_for_the_registry if {
	every asked in [own, object.union(own, without_registry)] {
		own_record.unknown == set() with input as asked with data.settings.own_record.without_registry as true
	}
}

test_own_staff_wait_for_the_registry_where_it_is_chosen if {
	every asked in [own, object.union(own, without_registry)] {
		own_record.unknown == {"facts-unavailable"} with input as asked with data.settings.own_record.without_registry as false
	}
}

test_own_staff_wait_no_longer_once_it_could_be_asked if {
	every state in ["known", "absent"] {
		asked := object.union(own, {"facts": {"opt_out": {"state": state}}})
		own_record.unknown == set() with input as asked with data.settings.own_record.without_registry as false
	}
}

test_only_a_view_by_own_staff_waits if {
	elsewhere := object.union(own, {"subject": {"organisation": "RXA01"}})
	stated := object.union(own, {"request": {"action": "record-refusal"}})
	every asked in [elsewhere, stated] {
		own_record.unknown == set() with input as asked with data.settings.own_record.without_registry as false
	}
}

test_an_entry_of_the_directory_does_not_wait if {
	entry := object.union(own, {
		"request": {"action": "view", "interaction": "read", "type": "Practitioner"},
		"patient": {"known": false},
	})
	own_record.unknown == set() with input as object.union(entry, without_registry)
		with data.settings.own_record.without_registry as false
}

test_no_alert_unless_it_is_known_to_be_oneself if {
	every fact in [{"state": "known", "value": false}, {"state": "unavailable", "value": true}, {"state": "absent"}] {
		own_record.permit == {{"reason": "own-record", "alert": false}} with input as object.union(own, {"facts": {"subject_is_patient": fact}})
	}
}
