# METADATA
# title: Routine GP access
# description: >-
#   A professional of the practice that the patient is registered with sees
#   laboratory results and appointments at any source without asking, as GPs
#   always have. A search must ask for exactly these.
# custom:
#   promise: >-
#     The patient need not be asked for information that a GP routinely sees:
#     laboratory tests, blood results, past and future appointments.
#   reasons: [routine-gp-access, category-not-routine]
package mcr.rules.routine_gp

import rego.v2

# METADATA
# title: The patient's own practice asks for routine information
# custom:
#   reasons: [routine-gp-access]
permit contains {"reason": "routine-gp-access", "basis": {"relationship": input.facts.registration.value.id}} if {
	input.request.action == "view"
	own_practice
	routine
}

# METADATA
# title: Routine information
# description: Laboratory results and appointments, and whose they are, without sensitive items.
plan contains {"categories": data.categories.routine_gp, "labels": data.labels.normal} if permit != set()

# METADATA
# title: The patient's own practice
own_practice if {
	input.facts.registration.state == "known"
	input.facts.registration.value.organisation == input.subject.organisation
	input.facts.registration.value.from <= input.time
	input.time < input.facts.registration.value.until
}

# METADATA
# title: Only routine information is asked for
# description: All that a search could bring is routine; reading one item is cut to the plan afterwards.
routine if {
	input.request.interaction == "search-type"
	input.request.categories != []
	every c in input.request.categories { c in data.categories.routine_gp }
}

routine if {
	input.request.interaction == "read"
	some c in input.request.categories
	c in data.categories.routine_gp
}

# METADATA
# title: More than routine information is asked for
# custom:
#   reasons: [category-not-routine]
lacking contains "category-not-routine" if {
	input.request.action == "view"
	own_practice
	not routine
}

# METADATA
# title: The registration could not be looked up
# custom:
#   reasons: [facts-unavailable]
lacking contains "facts-unavailable" if {
	input.request.action == "view"
	not input.facts.registration.state in {"known", "absent"}
}
