# METADATA
# title: Opted out
# description: >-
#   A patient who opted out is not shared across organisations. Nothing
#   overrides it, neither a recorded permission nor an emergency. The staff of
#   the organisation that holds the record are not concerned. A national data
#   opt-out or a Type 1 objection is about research and planning and blocks
#   nothing here.
# custom:
#   promise: Patients can opt out at any time; professionals then telephone instead.
#   reasons: [opted-out, facts-unavailable]
package mcr.rules.opt_out

import data.mcr.rules.directory
import data.mcr.rules.own_record

import rego.v2

# METADATA
# title: Refused because the patient opted out
# description: The refusal says whom to telephone instead.
# custom:
#   reasons: [opted-out]
deny contains {
	"reason": "opted-out",
	"basis": {"opt_out": id},
	"fill": {"contact": contact, "telephone": telephone},
} if {
	input.facts.opt_out.state == "known"
	concerned
	not over
}

# METADATA
# title: Nobody can say whether the patient opted out
# description: >-
#   The registry could not be asked, so nobody from elsewhere is let in. An entry
#   of the directory is about no patient who could have opted out.
# custom:
#   reasons: [facts-unavailable]
unknown contains "facts-unavailable" if {
	concerned
	not looked
	not directory.entry
}

# METADATA
# title: Looked up
# description: The registry says either that the patient opted out, or that they did not.
looked if input.facts.opt_out.state == "known"

looked if input.facts.opt_out.state == "absent"

# METADATA
# title: What an opt-out stops
# description: >-
#   Viewing from another organisation, recording a permission and declaring an
#   emergency. Recording a "no" or a withdrawal shares nothing, so it stays possible.
concerned if {
	input.request.action == "view"
	not own_record.own_staff
}

concerned if input.request.action == "record-permission"

concerned if input.request.action == "declare-emergency"

# METADATA
# title: Over, or not begun
# description: The entry's period says so; an entry that says nothing of when it ends goes on.
over if input.time >= input.facts.opt_out.value.until

over if input.time < input.facts.opt_out.value.from

# METADATA
# title: Whom to telephone
# description: As the opt-out says, else the practice that the patient is registered with.
default telephone := ""

telephone := input.facts.opt_out.value.telephone if {
	input.facts.opt_out.value.telephone != ""
} else := input.facts.registration.value.telephone if {
	input.facts.registration.state == "known"
}

# METADATA
# title: Whose number it is
# description: As the opt-out says, else the practice that the patient is registered with.
default contact := ""

contact := input.facts.opt_out.value.contact if {
	input.facts.opt_out.value.telephone != ""
} else := input.facts.registration.value.name if {
	input.facts.registration.state == "known"
}

# METADATA
# title: Which entry it is
# description: Without one the opt-out holds all the same.
default id := ""

id := input.facts.opt_out.value.id
