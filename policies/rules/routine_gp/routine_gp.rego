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
#   reasons: [routine-gp-access, category-not-routine, facts-unavailable]
package mcr.rules.routine_gp

import rego.v2

# METADATA
# title: The patient's own practice asks for routine information
# description: The practice on record now, and nothing asked for but routine information.
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
# description: The patient is registered there now.
own_practice if {
	input.facts.registration.state == "known"
	input.facts.registration.value.organisation == input.subject.organisation
	input.facts.registration.value.from <= input.time
	input.time < input.facts.registration.value.until
}

# METADATA
# title: Only routine information is asked for
# description: >-
#   All that a search could bring is routine. What a source may have marked as
#   mental health, social care, safeguarding or an advance decision cannot be left
#   out of a search; it is withheld afterwards, and so is what else reading one
#   item brings. A search by code alone is not enough: its source may have put
#   what has that code into another category.
routine if {
	input.request.interaction == "search-type"
	some_routine
	every c in input.request.categories {
		c in data.categories.routine_gp or c in data.categories.tagged
	}
}

routine if {
	input.request.interaction == "read"
	some_routine
}

# METADATA
# title: Something routine is asked for
# description: At least one of the categories that the answer could hold.
some_routine if {
	some c in input.request.categories
	c in data.categories.routine_gp
}

# METADATA
# title: More than routine information is asked for
# description: By the patient's own practice, which may ask the patient for the rest.
# custom:
#   reasons: [category-not-routine]
lacking contains "category-not-routine" if {
	input.request.action == "view"
	own_practice
	not routine
}

# METADATA
# title: The registration could not be looked up
# description: The registry could not be asked.
# custom:
#   reasons: [facts-unavailable]
lacking contains "facts-unavailable" if {
	input.request.action == "view"
	not input.facts.registration.state in {"known", "absent"}
}
