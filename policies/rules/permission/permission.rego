# METADATA
# title: Permission to view
# description: >-
#   A professional outside the practice sees a record when the patient was asked
#   and said yes to that professional at that organisation, the permission runs,
#   and the organisation is treating the patient now.
# custom:
#   promise: Before anything is collected for a professional outside the GP practice, the patient is asked, and the answer is recorded.
#   reasons:
#     - permission-to-view
#     - facts-unavailable
#     - permission-needed
#     - permission-refused-by-patient
#     - permission-withdrawn
#     - permission-expired
#     - permission-not-yet-valid
#     - permission-for-other-source
package mcr.rules.permission

import data.mcr.rules.relationship

import rego.v2

# METADATA
# title: The patient said yes
# description: A permission that holds, together with a care relationship that is active.
# custom:
#   reasons: [permission-to-view]
permit contains {"reason": "permission-to-view", "basis": {"permission": p, "relationship": r}} if {
	input.request.action == "view"
	some p, _ in usable
	some r in relationship.active
}

# METADATA
# title: What a permission opens
# description: >-
#   Everything that is understood and carries no sensitive label. Alerts,
#   safeguarding concerns, reasonable adjustments, and decisions about
#   resuscitation and treatment are among it: whoever treats the patient must
#   know them. They go with the patient's permission, or with a declared
#   emergency, and by no other way to another organisation.
plan contains {"categories": data.categories.understood, "labels": data.labels.normal} if permit != set()

# METADATA
# title: What a permission for sensitive items opens
# description: Sensitive items too, because the patient agreed to that.
plan contains {"categories": data.categories.understood, "labels": data.labels.every} if {
	permit != set()
	some sensitive in usable
	sensitive == true
}

# METADATA
# title: Permissions that hold
# description: >-
#   Given to this professional at this organisation, not withdrawn, in time, for
#   this source, and not overridden by a later "no". None runs longer than the
#   region allows (data/settings.json), whatever it says and whenever it was given.
#   Each with whether it covers sensitive items.
usable[p.id] := p.sensitive if {
	input.facts.permissions.state == "known"
	some p in input.facts.permissions.value
	p.user_id == input.subject.user_id
	p.organisation == input.subject.organisation
	p.given == true
	p.withdrawn == false
	p.from <= input.time
	input.time < p.until
	input.time - p.from < data.settings.permission.longest_hours * 3600
	p.sources == [] or input.source.id in p.sources
	every q in input.facts.permissions.value {
		q.given == true or q.withdrawn == true or q.recorded_ms < p.recorded_ms or q.user_id != p.user_id or q.organisation != p.organisation
	}
}

# METADATA
# title: What this professional was answered
# description: Each answer on record, with what keeps it from being a permission that holds now.
answers contains "permission-refused-by-patient" if {
	some p in own
	p.given == false
	p.withdrawn == false
}

answers contains "permission-withdrawn" if {
	some p in own
	p.given == true
	p.withdrawn == true
}

answers contains "permission-expired" if {
	some p in own
	p.given == true
	p.withdrawn == false
	p.until <= input.time
}

answers contains "permission-expired" if {
	some p in own
	p.given == true
	p.withdrawn == false
	input.time - p.from >= data.settings.permission.longest_hours * 3600
}

answers contains "permission-not-yet-valid" if {
	some p in own
	p.given == true
	p.withdrawn == false
	input.time < p.from
}

answers contains "permission-for-other-source" if {
	some p in own
	p.given == true
	p.withdrawn == false
	p.sources != []
	not input.source.id in p.sources
}

# METADATA
# title: Answers to this professional at this organisation
# description: Answers to colleagues, and answers given at another organisation, count for nothing.
own contains p if {
	input.facts.permissions.state == "known"
	some p in input.facts.permissions.value
	p.user_id == input.subject.user_id
	p.organisation == input.subject.organisation
}

# METADATA
# title: Permissions that could not be looked up
# description: The registry could not be asked.
# custom:
#   reasons: [facts-unavailable]
lacking contains "facts-unavailable" if {
	input.request.action == "view"
	not input.facts.permissions.state in {"known", "absent"}
}

# METADATA
# title: The answer on record is no longer, or not yet, a yes
# description: "It says which: refused, withdrawn, expired, not begun, or for another source."
# custom:
#   reasons:
#     - permission-refused-by-patient
#     - permission-withdrawn
#     - permission-expired
#     - permission-not-yet-valid
#     - permission-for-other-source
lacking contains answer if {
	input.request.action == "view"
	usable == {}
	some answer in answers
}

# METADATA
# title: The patient has not been asked
# description: There is no answer on record for this professional at this organisation.
# custom:
#   reasons: [permission-needed]
lacking contains "permission-needed" if {
	input.request.action == "view"
	input.facts.permissions.state in {"known", "absent"}
	usable == {}
	answers == set()
}
