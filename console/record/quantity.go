package record

import "strings"

// units writes the few UCUM codes that nobody says as they are written.
var units = map[string]string{
	"Cel": "°C", "mm[Hg]": "mmHg", "10*9/L": "×10⁹/L", "10*12/L": "×10¹²/L", "10*3/uL": "×10³/µL", "10*6/uL": "×10⁶/µL",
	"umol/L": "µmol/L", "ug": "micrograms", "mcg": "micrograms", "ug/L": "µg/L", "/min": "per minute", "{score}": "", "1": "", "mL/min/{1.73_m2}": "mL/min/1.73 m²",
	"m[IU]/L": "mIU/L", "kg/m2": "kg/m²", "[degF]": "°F", "[lb_av]": "lb", "[in_i]": "in", "mL/min": "mL/min",
}

// unit gives the unit of a quantity: in the source's words, or by its code.
func unit(n node) string {
	text := n.get("unit").text()
	if text == "" {
		text = n.get("code").text()
	}
	if words, ok := units[text]; ok {
		return words
	}
	return text
}

// number gives the figure of a quantity as it was written, with its comparator.
func number(n node) string {
	figure := n.get("value").text()
	if figure == "" {
		return ""
	}
	if c := n.get("comparator").text(); c != "" {
		words := map[string]string{"<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least "}[c]
		if words == "" {
			words = c + " "
		}
		return words + figure
	}
	return figure
}

// quantity writes a Quantity: "5.10 mmol/L", "less than 5 mg".
func quantity(n node) string {
	if text := n.text(); text != "" {
		return text
	}
	figure, u := number(n), unit(n)
	if figure == "" {
		return ""
	}
	if u == "%" || strings.HasPrefix(u, "°") {
		return figure + u
	}
	return join(" ", figure, u)
}

// span writes a Range: "133 to 146 mmol/L", "up to 5 mg", "2.5 or more".
func span(n node) string {
	low, high := n.get("low"), n.get("high")
	switch {
	case number(low) != "" && number(high) != "":
		if unit(low) == unit(high) || unit(low) == "" {
			return number(low) + " to " + quantity(high)
		}
		return quantity(low) + " to " + quantity(high)
	case number(low) != "":
		return quantity(low) + " or more"
	case number(high) != "":
		return "up to " + quantity(high)
	}
	return ""
}

// ratio writes a Ratio: "5 mg per 1 mL", titres as "1:128".
func ratio(n node) string {
	over, under := quantity(n.get("numerator")), quantity(n.get("denominator"))
	if over == "" || under == "" {
		return join(" ", over, under)
	}
	if unit(n.get("numerator")) == "" && unit(n.get("denominator")) == "" {
		return over + ":" + under
	}
	return over + " per " + under
}

// ranges writes Observation.referenceRange, every one with what it is for.
func ranges(n node) string {
	var all []string
	for _, r := range n.list() {
		text := span(r)
		if words := r.get("text").text(); text == "" {
			text = words
		} else if words != "" && words != text {
			text += " (" + words + ")"
		}
		if text == "" {
			continue
		}
		kind := r.get("type")
		about := concept(kind)
		if about == "Normal Range" || coded(kind, "normal") {
			about = ""
		}
		var to []string
		for _, one := range r.get("appliesTo").list() {
			to = append(to, concept(one))
		}
		if age := span(r.get("age")); age != "" {
			to = append(to, "aged "+age)
		}
		if about = join(", ", append([]string{about}, to...)...); about != "" {
			text += " [" + about + "]"
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
