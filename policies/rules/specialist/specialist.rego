# METADATA
# title: Specialist with a test order
# description: >-
#   An open test order that names the professional, or their organisation,
#   opens the ordered results, medications and conditions until the order is
#   closed, and some days more.
# custom:
#   promise: >-
#     A specialist who interprets a test may check medication and pre-existing
#     conditions; agreeing to the test is agreeing to this.
#   reasons: [test-order, test-order-closed, category-not-ordered, facts-unavailable]
package mcr.rules.specialist

import rego.v2

# METADATA
# title: An open order names the specialist
# description: And nothing is asked for but what the order opens.
# custom:
#   reasons: [test-order]
permit contains {"reason": "test-order", "basis": {"order": id}} if {
	input.request.action == "view"
	some id, category in open
	asked_within({category, "medications", "conditions", "administrative"})
}

# METADATA
# title: What an order opens
# description: The ordered results, medications and conditions, without sensitive items.
plan contains {"categories": [category, "medications", "conditions", "administrative"], "labels": data.labels.normal} if {
	permit != set()
	some category in open
}

# METADATA
# title: Open orders
# description: Orders that name the professional or their organisation and are open, or closed a short time ago, with what was ordered.
open[o.id] := o.category if {
	some o in named
	o.category in data.categories.can_be_ordered
	o.from <= input.time
	input.time < o.until
	o.status == "active" or { o.status == "completed"; input.time - o.closed_at < data.settings.test_order.grace_days * 86400; o.closed_at > 0 }
}

# METADATA
# title: Orders that name the professional
# description: An order that names a person is for that person at that organisation; one that does not is for the organisation.
named contains o if {
	input.facts.test_orders.state == "known"
	some o in input.facts.test_orders.value
	o.organisation == input.subject.organisation
	o.user_id in {"", input.subject.user_id}
}

# METADATA
# title: Only what the order opens is asked for
# description: >-
#   All that a search could bring. What a source may have marked as mental health,
#   social care, safeguarding or an advance decision cannot be left out of a
#   search; it is withheld afterwards, and so is what else reading one item brings.
asked_within(opened) if {
	input.request.interaction == "search-type"
	some_of(opened)
	every c in input.request.categories { c in opened or c in data.categories.tagged }
}

asked_within(opened) if {
	input.request.interaction == "read"
	some_of(opened)
}

# METADATA
# title: Something that the order opens is asked for
# description: At least one of the categories that the answer could hold.
some_of(opened) if {
	some c in input.request.categories
	c in opened
}

# METADATA
# title: The order is closed
# description: It would have opened what is asked for.
# custom:
#   reasons: [test-order-closed]
lacking contains "test-order-closed" if {
	input.request.action == "view"
	open == {}
	some o in named
	asked_within({o.category, "medications", "conditions", "administrative"})
}

# METADATA
# title: More than the order opens is asked for
# description: An order is open, and something else is asked for.
# custom:
#   reasons: [category-not-ordered]
lacking contains "category-not-ordered" if {
	input.request.action == "view"
	open != {}
	permit == set()
}

# METADATA
# title: Orders that could not be looked up
# description: The registry could not be asked.
# custom:
#   reasons: [facts-unavailable]
lacking contains "facts-unavailable" if {
	input.request.action == "view"
	not input.facts.test_orders.state in {"known", "absent"}
}
