# METADATA
# title: The decision
# description: >-
#   Combines the rules. A request is permitted when some rule permits it and no
#   rule denies it. Every rule is found by itself: a new folder under rules/ is
#   a new rule. A rule's plan counts only when the same rule permits; what a
#   rule masks is masked whoever permits, and what a rule withholds is withheld
#   whoever permits.
# custom:
#   promise: Every request is judged by the same rules, and nothing is released that no rule permits.
#   reasons: []
package mcr.decision

import rego.v2

# METADATA
# title: What is decided, and why
# description: >-
#   In this order. A rule that denies wins over everything. A rule that could
#   deny, and cannot tell, makes the decision wait. Then a permit counts. With
#   none, the request is refused with what was lacking; when what was lacking
#   could not be looked up, the decision waits.
outcome := {"effect": "deny", "because": denials} if {
	denials != {}
} else := {"effect": "indeterminate", "because": unknowns} if {
	unknowns != {}
} else := {"effect": "permit", "because": permits, "plans": plans, "withheld": withheld} if {
	permits != {}
} else := {"effect": "indeterminate", "because": unavailable} if {
	unavailable != {}
} else := {"effect": "deny", "because": lacks}

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
# title: The rules that permit
# description: By name, each with the reasons and the entries that it rests on.
permits[name] := found if {
	some name
	found := data.mcr.rules[name].permit
	found != set()
}

# METADATA
# title: How far each rule lets the release go
# description: "By name: categories and labels that may be released, or elements to take out."
plans[name] := found if {
	some name
	found := data.mcr.rules[name].plan
	found != set()
}

# METADATA
# title: What each rule withholds, whichever rule releases it
# description: "By name: categories that are kept back, each with the reason."
withheld[name] := found if {
	some name
	found := data.mcr.rules[name].withhold
	found != set()
}

# METADATA
# title: What kept each rule from permitting
# description: By name; this explains a refusal.
lacks[name] := found if {
	some name
	found := data.mcr.rules[name].lacking
	found != set()
}

# METADATA
# title: The rules that might have permitted, had a fact been to hand
# description: A refusal is not told as one while a rule might still permit.
unavailable[name] := {"facts-unavailable"} if {
	some name
	"facts-unavailable" in lacks[name]
}
