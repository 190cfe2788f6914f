# METADATA
# title: Care relationship
# description: >-
#   A record is seen for direct care only, by a professional whose organisation
#   is treating the patient now, who works in a role that treats patients, and
#   who is not the patient. The same holds for recording what a patient answered
#   when asked.
# custom:
#   promise: A record is accessed only with consent and while the patient is receiving treatment.
#   reasons:
#     - active-care-relationship
#     - professional-is-the-patient
#     - purpose-not-direct-care
#     - role-not-entitled
#     - facts-unavailable
#     - no-active-care-relationship
#     - statement-not-own
#     - statement-incomplete
#     - permission-without-end
#     - permission-not-found
package mcr.rules.relationship

import data.mcr.rules.directory
import data.mcr.rules.own_record

import rego.v2

# METADATA
# title: Active care relationships
# description: >-
#   The entries that show the professional's organisation treating the patient
#   now: of a kind that counts as treating (data/relationships.json), such as an
#   episode, admission, referral, caseload or call, that has begun, has not ended
#   and is in its period.
active contains r.id if {
	input.facts.relationships.state == "known"
	some r in input.facts.relationships.value
	r.organisation == input.subject.organisation
	r.ended == false
	r.from <= input.time
	input.time < r.until
	data.relationships.kinds[r.kind].treating == true
}

# METADATA
# title: Being the patient's registered practice
# description: A practice treats everyone on its list.
active contains input.facts.registration.value.id if {
	input.facts.registration.state == "known"
	input.facts.registration.value.organisation == input.subject.organisation
	input.facts.registration.value.from <= input.time
	input.time < input.facts.registration.value.until
}

# METADATA
# title: Looked up
# description: The registry says which relationships there are, or that there are none.
looked if {
	input.facts.relationships.state in {"known", "absent"}
	input.facts.registration.state in {"known", "absent"}
}

# METADATA
# title: Other purposes are refused
# description: Research, planning and curiosity are not direct care, whoever asks.
# custom:
#   reasons: [purpose-not-direct-care]
deny contains {"reason": "purpose-not-direct-care", "alert": true} if not input.request.purpose == "direct-care"

# METADATA
# title: Roles that never see records of other organisations
# description: >-
#   Clerical, administrative, information-governance and system-support roles, as
#   listed in data/roles.json, neither view them nor record anything at another
#   organisation. A role that is not on the list is let through to the other
#   rules, so that a clinician with an uncommon role is not refused in the night.
# custom:
#   reasons: [role-not-entitled]
deny contains {"reason": "role-not-entitled"} if {
	elsewhere
	not may_see_elsewhere
}

# METADATA
# title: What concerns records of other organisations
# description: >-
#   Whatever is asked of another organisation. A permission and a declared
#   emergency open only those, so they count wherever they are recorded.
elsewhere if not own_record.own_staff

elsewhere if input.request.action in {"record-permission", "declare-emergency"}

# METADATA
# title: A role that may see records of other organisations
# description: There is one, and it is not on the list.
may_see_elsewhere if {
	input.subject.role != ""
	not data.roles.never_elsewhere[input.subject.role]
}

# METADATA
# title: Nobody sees their own record from elsewhere
# description: Patients have their own ways to see their record; using a professional's is refused and looked into.
# custom:
#   reasons: [professional-is-the-patient]
deny contains {"reason": "professional-is-the-patient", "alert": true} if {
	input.facts.subject_is_patient.state == "known"
	not input.facts.subject_is_patient.value == false
	not own_view
}

# METADATA
# title: Nobody can say whether the professional is the patient
# description: >-
#   The registry could not be asked, so the decision waits, but for an entry of
#   the directory, which is about no patient.
# custom:
#   reasons: [facts-unavailable]
unknown contains "facts-unavailable" if {
	not own_view
	not input.facts.subject_is_patient.state in {"known", "absent"}
	not directory.entry
}

# METADATA
# title: Viewing the own organisation's record
# description: Being the patient, or not, is then for that organisation to judge.
own_view if {
	input.request.action == "view"
	own_record.own_staff
}

# METADATA
# title: Recording the patient's answer
# description: >-
#   A professional may record, for themselves and their own organisation, what a
#   patient whom the organisation is treating answered, or that the patient
#   takes a permission back. A permission that includes sensitive items is marked
#   for the privacy officer.
# custom:
#   reasons: [active-care-relationship]
permit contains {"reason": "active-care-relationship", "basis": {"relationship": id}, "alert": for_sensitive} if {
	own_statement
	complete
	some id in active
}

# METADATA
# title: A permission that includes sensitive items
# description: Unless it says that it does not.
default for_sensitive := false

for_sensitive if {
	input.request.action == "record-permission"
	not input.statement.sensitive == false
}

# METADATA
# title: One's own statement
# description: The professional and the organisation named are those that ask.
own_statement if {
	input.statement.user_id == input.subject.user_id
	input.statement.organisation == input.subject.organisation
}

# METADATA
# title: A statement that says all it must
# description: A permission says how the patient was asked, and ends within the longest time that is allowed.
complete if {
	input.request.action == "record-permission"
	input.statement.how in data.settings.permission.ways_to_ask
	ends
}

complete if {
	input.request.action == "record-refusal"
	input.statement.how in data.settings.permission.ways_to_ask
}

complete if {
	input.request.action == "withdraw"
	own_permission
}

# METADATA
# title: A permission that ends
# description: In the future, and no later than the longest time in data/settings.json.
ends if {
	input.time < input.statement.until
	input.statement.until - input.time <= data.settings.permission.longest_hours * 3600
}

# METADATA
# title: The permission to be withdrawn is the professional's own
# description: It was given to this professional at this organisation.
own_permission if {
	input.facts.permissions.state == "known"
	some p in input.facts.permissions.value
	p.id == input.statement.permission
	p.user_id == input.subject.user_id
	p.organisation == input.subject.organisation
}

# METADATA
# title: No relationship to rest on
# description: The registry was asked and knows of none that is active.
# custom:
#   reasons: [no-active-care-relationship]
lacking contains "no-active-care-relationship" if {
	input.request.action != "declare-emergency"
	active == set()
	looked
}

# METADATA
# title: Relationships that could not be looked up
# description: The registry could not be asked.
# custom:
#   reasons: [facts-unavailable]
lacking contains "facts-unavailable" if {
	input.request.action != "declare-emergency"
	active == set()
	not looked
}

# METADATA
# title: Somebody else's statement
# description: It names another professional, or another organisation.
# custom:
#   reasons: [statement-not-own]
lacking contains "statement-not-own" if {
	input.request.action != "view"
	not own_statement
}

# METADATA
# title: How the patient was asked is not said
# description: In person, by telephone and by video are the ways that are accepted.
# custom:
#   reasons: [statement-incomplete]
lacking contains "statement-incomplete" if {
	input.request.action in {"record-permission", "record-refusal"}
	not input.statement.how in data.settings.permission.ways_to_ask
}

# METADATA
# title: A permission with no end, or too long
# description: Its end is missing, past, or further away than allowed.
# custom:
#   reasons: [permission-without-end]
lacking contains "permission-without-end" if {
	input.request.action == "record-permission"
	not ends
}

# METADATA
# title: No such permission to withdraw
# description: The registry knows of none of this professional's with that number.
# custom:
#   reasons: [permission-not-found]
lacking contains "permission-not-found" if {
	input.request.action == "withdraw"
	input.facts.permissions.state in {"known", "absent"}
	not own_permission
}

# METADATA
# title: Permissions that could not be looked up for a withdrawal
# description: The registry could not be asked.
# custom:
#   reasons: [facts-unavailable]
lacking contains "facts-unavailable" if {
	input.request.action == "withdraw"
	not input.facts.permissions.state in {"known", "absent"}
}
