package record

import "strings"

// value writes the value of an observation, an answer or an extension, whatever
// type it has. A type that this page does not know is named, not left out.
func value(c chosen) string {
	switch c.kind {
	case "Quantity", "SimpleQuantity", "Age", "Count", "Duration", "Distance":
		return quantity(c.node)
	case "CodeableConcept", "Coding", "Code":
		return concept(c.node)
	case "String", "Markdown":
		return cleanProse(c.raw())
	case "Integer", "Decimal", "Uri", "Url", "Canonical", "Id", "Time", "PositiveInt", "UnsignedInt":
		return c.text()
	case "Boolean":
		return map[string]string{"true": "Yes", "false": "No"}[c.raw()]
	case "DateTime", "Date", "Instant":
		return when(c.node).String()
	case "Range":
		return span(c.node)
	case "Ratio":
		return ratio(c.node)
	case "Period":
		return spanText(c.node)
	case "Identifier":
		return c.get("value").text()
	case "Reference":
		return c.get("display").text()
	case "Attachment":
		return join(" ", "Attachment", c.get("title").text())
	}
	return "given as " + spaced(c.kind) + ", which this page cannot show"
}

// chooser is a node or an entry.
type chooser interface{ choice(stem string) []chosen }

// values writes a choice of types: the one value that there is, or all of them
// where a source sent several.
func values(n chooser, stem string) string {
	var all []string
	for _, c := range n.choice(stem) {
		text := value(c)
		if text == "" && c.is() {
			text = "given in a form that this page cannot show"
		}
		all = append(all, text)
	}
	return strings.Join(all, " / ")
}

// dateOf reads a choice of dates: onsetDateTime, onsetPeriod … ; words is what
// it says when that is more than a date (an age, a range, a string, an end).
func dateOf(n chooser, stem string) (w When, words string) {
	for _, c := range n.choice(stem) {
		switch c.kind {
		case "DateTime", "Date", "Instant":
			w = when(c.node)
		case "Period":
			w = when(c.get("start"))
			if !w.Given() {
				w = when(c.get("end"))
			}
			words = join(", ", words, spanText(c.node))
		case "Timing":
			w = when(c.get("event"))
			words = join(", ", words, timing(c.node))
		case "Age":
			words = join(", ", words, "aged "+quantity(c.node))
		default:
			words = join(", ", words, value(c))
		}
	}
	return w, words
}
