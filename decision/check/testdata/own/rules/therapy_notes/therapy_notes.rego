# METADATA
# title: Notes of talking therapies
# description: >-
#   The hospital shows what its psychologists wrote to those alone who treat a
#   patient's mind, whoever else may see the rest. In a declared emergency it is
#   shown. Where the participants of a meeting were noted, they are taken out.
# custom:
#   promise: What is said in therapy stays with those who need it.
#   reasons: [therapy-notes-kept]
package mcr.rules.therapy_notes

import rego.v2

# METADATA
# title: Kept from roles that are not on the hospital's list
# description: The list is in data/therapy.json.
# custom:
#   reasons: [therapy-notes-kept]
withhold contains {"categories": ["mental-health"], "reason": "therapy-notes-kept"} if {
	not input.subject.role in data.therapy.shown_to
	not in_an_emergency
}

# METADATA
# title: Who took part
# description: Never shown outside the hospital.
plan contains {"masks": ["Encounter.participant"]} if {
	input.subject.organisation != input.source.organisation
}

# METADATA
# title: In an emergency
# description: One that this professional has declared, and that lasts.
in_an_emergency if {
	input.facts.emergencies.state == "known"
	some e in input.facts.emergencies.value
	e.user_id == input.subject.user_id
	e.from <= input.time
	input.time < e.until
}
