package mcr.rules.therapy_notes_test

import data.mcr.rules.therapy_notes

import rego.v2

asked := {
	"subject": {"user_id": "1", "role": "R0050", "organisation": "A81001"},
	"source": {"organisation": "RXA01"},
	"facts": {"emergencies": {"state": "absent"}},
	"time": 1700000000,
}

kept := {{"categories": ["mental-health"], "reason": "therapy-notes-kept"}}

declared(until) := {"emergencies": {"state": "known", "value": [{"user_id": "1", "from": 1699999000, "until": until}]}}

test_kept_from_a_role_that_is_not_listed if therapy_notes.withhold == kept with input as asked

test_shown_to_one_that_is if {
	psychologist := object.union(asked, {"subject": {"role": "R0270"}})
	therapy_notes.withhold == set() with input as psychologist with data.therapy.shown_to as ["R0270"]
}

test_shown_in_an_emergency if {
	now := object.union(asked, {"facts": declared(1700000001)})
	therapy_notes.withhold == set() with input as now
}

test_kept_when_it_is_over if {
	now := object.union(asked, {"facts": declared(1700000000)})
	therapy_notes.withhold == kept with input as now
}

test_who_took_part_is_taken_out if therapy_notes.plan == {{"masks": ["Encounter.participant"]}} with input as asked

test_own_staff_see_it if {
	own := object.union(asked, {"subject": {"organisation": "RXA01"}})
	therapy_notes.plan == set() with input as own
}
