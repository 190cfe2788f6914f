# METADATA
# title: What an organisation restricts at its own sources
# description: >-
#   Asked only where the region's rules permit that something be seen. What is
#   not refused here stays as the region decided it, but for what is masked or
#   withheld. Nothing here can permit or release anything.
# custom:
#   promise: An organisation may show less of its records than the region's rules permit, and never more.
#   reasons: []
package mcr.decision

import rego.v2

# METADATA
# title: What is restricted, and why
# description: >-
#   In this order. A rule that denies wins. A rule that could deny, and cannot
#   tell, makes the decision wait. With neither, what the region's rules permit
#   is permitted.
outcome := {"effect": "deny", "because": denials} if {
	denials != {}
} else := {"effect": "indeterminate", "because": unknowns} if {
	unknowns != {}
} else := {"effect": "permit", "because": region, "plans": object.union(masks, released), "withheld": withheld}

# METADATA
# title: The region's rules
# description: They have permitted it, and what they release is released.
region := {"region": {"own-record"}}

# METADATA
# title: The rules that deny
# description: By name, each with the reasons that it gives.
denials[name] := found if {
	some name
	found := data.mcr.rules[name].deny
	found != set()
}

# METADATA
# title: The rules that could deny and cannot tell
# description: By name; a fact that they need could not be looked up.
unknowns[name] := found if {
	some name
	found := data.mcr.rules[name].unknown
	found != set()
}

# METADATA
# title: What is taken out
# description: "By name: elements that are masked."
masks[name] := found if {
	some name
	found := data.mcr.rules[name].plan
	found != set()
}

# METADATA
# title: What the region's rules release
# description: As far as they do; this is no limit to it.
released := {"region": {{"categories": data.categories.every, "labels": ["*"]}}}

# METADATA
# title: What each rule withholds
# description: "By name: categories that are kept back, each with the reason."
withheld[name] := found if {
	some name
	found := data.mcr.rules[name].withhold
	found != set()
}
