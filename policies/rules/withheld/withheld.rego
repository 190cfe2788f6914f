# METADATA
# title: Withheld from a role
# description: >-
#   A region can keep categories of the record from a job role, whichever rule
#   would release them: a permission of the patient's and a declared emergency
#   included. The list is in data/settings.json and is empty as it comes. The
#   staff of the organisation that holds the record are not concerned.
# custom:
#   promise: What the region keeps from a kind of professional is kept from all of them, whatever else lets them in.
#   reasons: [withheld-from-role]
package mcr.rules.withheld

import data.mcr.rules.own_record

import rego.v2

# METADATA
# title: Categories that are kept from the professional's role
# description: >-
#   As the list of the region says. The role is in every request, so nothing has
#   to be looked up, and there is nothing that could not be told.
# custom:
#   reasons: [withheld-from-role]
withhold contains {"categories": categories, "reason": "withheld-from-role"} if {
	categories := data.settings.withheld.from_roles[input.subject.role]
	input.request.action == "view"
	not own_record.own_staff
}
