# METADATA
# title: Emergency access
# description: >-
#   "Breaking the glass", off unless the region turns it on in
#   data/settings.json. An entitled professional gives a known reason for one
#   patient and a short time; each use is marked for the privacy officer. An opt-out still wins.
# custom:
#   promise: In an emergency a record may be seen without asking only where the region allows it, briefly, and every use is looked into.
#   reasons:
#     - emergency-access
#     - emergency-not-enabled
#     - emergency-role-not-entitled
#     - emergency-reason-not-known
#     - emergency-too-long
#     - emergency-ended
#     - statement-not-own
#     - facts-unavailable
package mcr.rules.emergency

import data.mcr.rules.relationship

import rego.v2

# METADATA
# title: Viewing in a declared emergency
# description: The professional declared it for this patient, and it runs. It is marked for the privacy officer.
# custom:
#   reasons: [emergency-access]
permit contains {"reason": "emergency-access", "basis": {"emergency": id}, "alert": true} if {
	input.request.action == "view"
	some id in running
}

# METADATA
# title: Declaring an emergency
# description: By an entitled professional for themselves, with a reason, for a short time.
# custom:
#   reasons: [emergency-access]
permit contains {"reason": "emergency-access", "alert": true} if {
	input.request.action == "declare-emergency"
	entitled
	relationship.own_statement
	reasoned
	short
}

# METADATA
# title: What an emergency opens
# description: >-
#   Everything that is understood and carries no sensitive label, alerts,
#   safeguarding concerns and decisions about resuscitation among it.
plan contains {"categories": data.categories.understood, "labels": data.labels.normal} if {
	input.request.action == "view"
	running != set()
}

# METADATA
# title: Declared emergencies that run
# description: Declared by this professional, for a known reason, for no longer than is allowed, and not over.
running contains e.id if {
	input.facts.emergencies.state == "known"
	entitled
	some e in input.facts.emergencies.value
	e.user_id == input.subject.user_id
	data.settings.emergency.reasons[e.reason_code]
	e.from <= input.time
	input.time < e.until
	e.until - e.from <= data.settings.emergency.minutes * 60
}

# METADATA
# title: Entitled to declare one
# description: The region has turned emergencies on, and the role is on its list.
entitled if {
	data.settings.emergency.enabled == true
	data.roles.emergency[input.subject.role]
}

# METADATA
# title: With a known reason, and in words
# description: The list of reasons is in data/settings.json.
reasoned if {
	data.settings.emergency.reasons[input.statement.reason_code]
	input.statement.reason_given == true
}

# METADATA
# title: For a short time
# description: The longest time is in data/settings.json.
short if {
	input.time < input.statement.until
	input.statement.until - input.time <= data.settings.emergency.minutes * 60
}

# METADATA
# title: The region has not turned emergencies on
# description: data/settings.json says so.
# custom:
#   reasons: [emergency-not-enabled]
lacking contains "emergency-not-enabled" if {
	input.request.action == "declare-emergency"
	not data.settings.emergency.enabled == true
}

# METADATA
# title: The role is not on the list
# description: The list is in data/roles.json.
# custom:
#   reasons: [emergency-role-not-entitled]
lacking contains "emergency-role-not-entitled" if {
	input.request.action == "declare-emergency"
	data.settings.emergency.enabled == true
	not entitled
}

# METADATA
# title: No known reason
# description: The code is not on the list, or there are no words.
# custom:
#   reasons: [emergency-reason-not-known]
lacking contains "emergency-reason-not-known" if {
	input.request.action == "declare-emergency"
	not reasoned
}

# METADATA
# title: Too long, or no end
# description: The end is missing, past, or further away than allowed.
# custom:
#   reasons: [emergency-too-long]
lacking contains "emergency-too-long" if {
	input.request.action == "declare-emergency"
	not short
}

# METADATA
# title: Somebody else's emergency
# description: It names another professional, or another organisation.
# custom:
#   reasons: [statement-not-own]
lacking contains "statement-not-own" if {
	input.request.action == "declare-emergency"
	not relationship.own_statement
}

# METADATA
# title: A declared emergency that has ended
# description: The professional declared one for this patient, and it is over or was too long.
# custom:
#   reasons: [emergency-ended]
lacking contains "emergency-ended" if {
	input.request.action == "view"
	entitled
	running == set()
	some e in input.facts.emergencies.value
	e.user_id == input.subject.user_id
}

# METADATA
# title: Emergencies that could not be looked up
# description: The registry could not be asked.
# custom:
#   reasons: [facts-unavailable]
lacking contains "facts-unavailable" if {
	input.request.action == "view"
	entitled
	not input.facts.emergencies.state in {"known", "absent"}
}
