package collect

import (
	"slices"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/strictjson"
)

// readParameters reads the Parameters resource of the operation. It gives a reason
// code instead when there is anything in it that is not in docs/collect.md.
func readParameters(body []byte) (q Question, code string) {
	if strictjson.Check(body, strictjson.Answers) != nil {
		return q, "body-not-understood"
	}
	resource, ok := object(body, "resourceType", "parameter")
	if kind := text(resource["resourceType"]); !ok || kind != "Parameters" {
		return q, "body-not-understood"
	}
	parameters, ok := elements(resource["parameter"])
	if !ok {
		return q, "body-not-understood"
	}
	var period bool
	for _, raw := range parameters {
		name := text(field(raw, "name"))
		switch name {
		case "identifier":
			if !q.Patient.IsZero() {
				return Question{}, "parameter-repeated"
			}
			if q.Patient, ok = readIdentifier(raw); !ok {
				return Question{}, "nhs-number-not-valid"
			}
		case "category":
			parameter, ok := object(raw, "name", "valueCode")
			category := text(parameter["valueCode"])
			if !ok || !known([]string{category}) {
				return Question{}, "parameter-not-understood"
			}
			if slices.Contains(q.Categories, category) {
				return Question{}, "parameter-repeated"
			}
			q.Categories = append(q.Categories, category)
		case "period":
			if period {
				return Question{}, "parameter-repeated"
			}
			if period = true; !readPeriod(raw, &q) {
				return Question{}, "parameter-not-understood"
			}
		default:
			return Question{}, "parameter-not-offered"
		}
	}
	if q.Patient.IsZero() {
		return Question{}, "patient-not-named"
	}
	return q, ""
}

// object gives the members of an object by name; false when one is not among
// those that are understood.
func object(value []byte, names ...string) (map[string][]byte, bool) {
	out := make(map[string][]byte, len(names))
	for m := range strictjson.Members(value) {
		name := string(m.Name())
		if !slices.Contains(names, name) {
			return nil, false
		}
		out[name] = m.Value
	}
	return out, true
}

// readIdentifier takes exactly the NHS number's system and a number: anything
// less could be somebody else's.
func readIdentifier(raw []byte) (nhs.Number, bool) {
	parameter, ok := object(raw, "name", "valueIdentifier")
	if !ok {
		return nhs.Number{}, false
	}
	identifier, ok := object(parameter["valueIdentifier"], "system", "value")
	system := text(identifier["system"])
	value := text(identifier["value"])
	if !ok || system != nhs.NumberSystem {
		return nhs.Number{}, false
	}
	number, err := nhs.ParseNumber(value)
	return number, err == nil
}

// readPeriod takes a Period with a start, an end or both. An end is the last
// moment that is in it: "2026-03" ends with March.
func readPeriod(raw []byte, q *Question) bool {
	parameter, ok := object(raw, "name", "valuePeriod")
	if !ok {
		return false
	}
	period, ok := object(parameter["valuePeriod"], "start", "end")
	if !ok || len(period) == 0 {
		return false
	}
	if given, there := period["start"]; there {
		written := text(given)
		if q.Since, _, ok = readDate(written); !ok {
			return false
		}
	}
	if given, there := period["end"]; there {
		written := text(given)
		if _, q.Until, ok = readDate(written); !ok {
			return false
		}
	}
	return q.Since.IsZero() || q.Until.IsZero() || q.Since.Before(q.Until)
}

// readDate reads a dateTime of FHIR and gives where it begins and where it is over.
func readDate(s string) (from, until time.Time, ok bool) {
	d, ok := fhirdate.Parse(s)
	if !ok || d.Time.Year() < 1800 || d.Time.Year() > 9998 {
		return time.Time{}, time.Time{}, false
	}
	if d.Precision == fhirdate.Second {
		d.Time = d.Time.Truncate(time.Second) // what is sent on has seconds
		return d.Time, d.Time.Add(time.Second), true
	}
	return d.Time, d.Until(), true
}
