# METADATA
# title: Own record
# description: >-
#   A professional of the organisation that holds the record may see all of it.
#   That organisation's own governance says what its staff may do; the broker
#   records it. No fact from the registry is needed, so this works when the
#   registry is away.
# custom:
#   promise: The organisation that holds a record goes on using it under its own governance, and every use is recorded.
#   reasons: [own-record]
package mcr.rules.own_record

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
# title: The professional is the patient
# description: Known only when the registry says so.
default looks_at_own := false

looks_at_own if {
	input.facts.subject_is_patient.state == "known"
	input.facts.subject_is_patient.value == true
}
