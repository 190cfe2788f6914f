# METADATA
# title: Agreements that ended
# description: >-
#   Staff of an organisation with which the hospital's agreement ended see nothing
#   of its records.
# custom:
#   promise: A record is shared with those alone who have promised how they treat it.
#   reasons: [agreement-ended]
package mcr.rules.agreements

import rego.v2

# METADATA
# title: Refused because the agreement ended
# description: The list is in data/agreements.json.
# custom:
#   reasons: [agreement-ended]
deny contains {"reason": "agreement-ended"} if {
	input.subject.organisation in data.agreements.ended
}
