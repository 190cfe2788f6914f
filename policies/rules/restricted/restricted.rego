# METADATA
# title: Restricted patients
# description: >-
#   For a patient whose whereabouts are protected, whatever tells where they
#   live or are treated is taken out of what other organisations see: address
#   and telephone, the practice, places and service providers, and all that is
#   said in words of a system's or a colleague's own. Codes, numbers and dates stay.
# custom:
#   promise: People whose safety depends on it are not found through the shared record.
#   reasons: [facts-unavailable]
package mcr.rules.restricted

import data.mcr.rules.directory
import data.mcr.rules.own_record

import rego.v2

# METADATA
# title: Elements to take out
# description: The list is in data/labels.json.
plan contains {"masks": data.labels.masks} if {
	input.request.action == "view"
	input.facts.restriction.state == "known"
	not own_record.own_staff
	not over
}

# METADATA
# title: Nobody can say whether the patient is restricted
# description: >-
#   The registry could not be asked, so nothing is released, but for an entry of
#   the directory, which is about no patient.
# custom:
#   reasons: [facts-unavailable]
unknown contains "facts-unavailable" if {
	input.request.action == "view"
	not own_record.own_staff
	not looked
	not directory.entry
}

# METADATA
# title: Looked up
# description: The registry says either that there is such an entry, or that there is none.
looked if input.facts.restriction.state == "known"

looked if input.facts.restriction.state == "absent"

# METADATA
# title: Over, or not begun
# description: The entry's period says so; an entry that says nothing of when it ends goes on.
over if input.time >= input.facts.restriction.value.until

over if input.time < input.facts.restriction.value.from
