package collect

import (
	"slices"
	"strings"
	"time"

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

// london is where a date without a time begins and ends.
var london = func() *time.Location {
	if place, err := time.LoadLocation("Europe/London"); err == nil {
		return place
	}
	return time.UTC // a machine without the list of time zones: an hour off in summer
}()

// readDate reads a dateTime of FHIR (R4 §2.24.0.1) and gives where it begins and
// where it is over.
func readDate(s string) (from, until time.Time, ok bool) {
	var err error
	switch len(s) {
	case 4:
		if from, err = time.ParseInLocation("2006", s, london); err == nil {
			until = from.AddDate(1, 0, 0)
		}
	case 7:
		if from, err = time.ParseInLocation("2006-01", s, london); err == nil {
			until = from.AddDate(0, 1, 0)
		}
	case 10:
		if from, err = time.ParseInLocation("2006-01-02", s, london); err == nil {
			until = from.AddDate(0, 0, 1)
		}
	default:
		if strings.ContainsAny(s, ",") || len(s) > 40 {
			return time.Time{}, time.Time{}, false
		}
		if from, err = time.Parse(time.RFC3339Nano, s); err == nil {
			from = from.Truncate(time.Second) // what is sent on has seconds
			until = from.Add(time.Second)
		}
	}
	if err != nil || from.Year() < 1800 || from.Year() > 9998 {
		return time.Time{}, time.Time{}, false
	}
	return from, until, true
}
