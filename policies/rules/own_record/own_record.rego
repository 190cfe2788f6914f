# METADATA
# title: Own record
# description: >-
#   A professional of the organisation that holds the record may see all of it.
#   That organisation's own governance says what its staff may do; the broker
#   records it. No fact from the registry is needed, so this works when the
#   registry is away, unless the region has chosen otherwise in data/settings.json.
# custom:
#   promise: The organisation that holds a record goes on using it under its own governance, and every use is recorded.
#   reasons: [own-record, facts-unavailable]
package mcr.rules.own_record

import data.mcr.rules.directory

import rego.v2

# METADATA
# title: Own staff
# description: The professional's organisation is the one that holds the record.
own_staff if input.subject.organisation == input.source.organisation

# METADATA
# title: Own staff may view
# description: Looking at one's own record, or a relative's, is for the organisation to judge; one's own raises an alert.
# custom:
#   reasons: [own-record]
permit contains {"reason": "own-record", "alert": looks_at_own} if {
	input.request.action == "view"
	own_staff
}

# METADATA
# title: All of it
# description: Every category, items that no category fits included, with every security label.
plan contains {"categories": data.categories.every, "labels": data.labels.every} if {
	input.request.action == "view"
	own_staff
}

# METADATA
# title: Nothing is seen while the registry is away
# description: >-
#   Where the region has chosen so (own_record.without_registry in
#   data/settings.json), the broker shows nobody anything while it cannot ask the
#   registry. Own staff then use their own system. An entry of the directory is
#   about no patient.
# custom:
#   reasons: [facts-unavailable]
unknown contains "facts-unavailable" if {
	input.request.action == "view"
	own_staff
	not data.settings.own_record.without_registry
	not looked
	not directory.entry
}

# METADATA
# title: Looked up
# description: >-
#   Whether the registry could be asked, told by the opt-out, which is asked for
#   with every request.
looked if input.facts.opt_out.state == "known"

looked if input.facts.opt_out.state == "absent"

# METADATA
# title: The professional is the patient
# description: Known only when the registry says so.
default looks_at_own := false

looks_at_own if {
	input.facts.subject_is_patient.state == "known"
	input.facts.subject_is_patient.value == true
}
