package people

// The code systems that the records use.
const (
	snomed       = "http://snomed.info/sct"
	loinc        = "http://loinc.org"
	ucum         = "http://unitsofmeasure.org"
	actCode      = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	confidential = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	hl7          = "http://terminology.hl7.org/CodeSystem/"
	// categories is the region's own: it marks what is mental health or social care.
	categories = "https://mycarerecord.example/fhir/CodeSystem/record-category"
)

// coded is a code with the words for it.
type coded struct{ code, display string }

// concept is a CodeableConcept of one SNOMED CT code, or of words alone.
func (c coded) concept() object {
	if c.code == "" {
		return object{"text": c.display}
	}
	return concept(snomed, c.code, c.display)
}

func coding(system, code, display string) object {
	c := object{"system": system, "code": code}
	if display != "" {
		c["display"] = display
	}
	return c
}

func concept(system, code, display string) object {
	c := object{"coding": list{coding(system, code, display)}}
	if display != "" {
		c["text"] = display
	}
	return c
}

// both is a CodeableConcept of a SNOMED CT code and a LOINC code.
func both(c coded, loincCode string) object {
	return object{"coding": list{coding(snomed, c.code, c.display), coding(loinc, loincCode, "")}, "text": c.display}
}

// labelled is a meta with security labels: "R", or codes of v3-ActCode.
func labelled(labels ...string) object {
	var security list
	for _, l := range labels {
		switch l {
		case "N", "R", "V":
			security = append(security, coding(confidential, l, map[string]string{"N": "normal", "R": "restricted", "V": "very restricted"}[l]))
		default:
			security = append(security, coding(actCode, l, ""))
		}
	}
	return object{"security": security}
}

func quantity(value float64, unit, code string) object {
	return object{"value": value, "unit": unit, "system": ucum, "code": code}
}

func period(start, end string) object {
	p := object{"start": start}
	if end != "" {
		p["end"] = end
	}
	return p
}

func refer(to string) object { return object{"reference": to} }
