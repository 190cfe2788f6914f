package people

import (
	"encoding/base64"
	"math"
	"time"
)

// The items that several kinds of organisation write alike.

func (r *record) condition(c coded, category, onset string, meta object) string {
	fields := object{
		"subject": r.subject(), "code": c.concept(), "recordedDate": onset, "onsetDateTime": onset,
		"clinicalStatus":     concept(hl7+"condition-clinical", "active", ""),
		"verificationStatus": concept(hl7+"condition-ver-status", "confirmed", ""),
		"category":           list{concept(hl7+"condition-category", category, "")},
		"asserter":           r.someone(),
	}
	r.tag(fields)
	if meta != nil {
		fields["meta"] = meta
	}
	return r.add("Condition", fields)
}

// measurement adds an Observation of one quantity within, or a little outside,
// its usual range.
func (r *record) measurement(t test, category, when string, more object) string {
	width := t.high - t.low
	value := t.low - width*0.08 + r.Float64()*width*1.16
	value = math.Round(math.Max(value, t.low/2)*10) / 10 // nothing here can be below nought
	fields := object{
		"status": "final", "subject": r.subject(), "code": both(t.coded, t.loinc), "effectiveDateTime": when,
		"category":      list{concept(hl7+"observation-category", category, "")},
		"valueQuantity": quantity(value, t.unit, t.ucum), "performer": list{r.organisation()},
	}
	if category == "laboratory" {
		fields["referenceRange"] = list{object{"low": quantity(t.low, t.unit, t.ucum), "high": quantity(t.high, t.unit, t.ucum)}}
		fields["issued"] = when
		if mark := t.mark(value); mark != nil {
			fields["interpretation"] = list{mark}
		}
	}
	for k, v := range more {
		fields[k] = v
	}
	return r.add("Observation", fields)
}

// mark is what a laboratory says of a value outside its reference range (HL7 v3
// ObservationInterpretation); nil for one within.
func (t test) mark(value float64) object {
	switch {
	case value < t.low:
		return concept(hl7+"v3-ObservationInterpretation", "L", "Low")
	case value > t.high:
		return concept(hl7+"v3-ObservationInterpretation", "H", "High")
	}
	return nil
}

// bloodPressure adds an Observation of two components.
func (r *record) bloodPressure(when string) string {
	component := func(snomedCode, loincCode, words string, mmHg int) object {
		return object{"code": both(coded{snomedCode, words}, loincCode), "valueQuantity": quantity(float64(mmHg), "mmHg", "mm[Hg]")}
	}
	return r.add("Observation", object{
		"status": "final", "subject": r.subject(), "effectiveDateTime": when, "performer": list{r.someone()},
		"code":     both(coded{"75367002", "Blood pressure"}, "85354-9"),
		"category": list{concept(hl7+"observation-category", "vital-signs", "")},
		"component": list{
			component("271649006", "8480-6", "Systolic blood pressure", 102+r.IntN(58)),
			component("271650006", "8462-4", "Diastolic blood pressure", 58+r.IntN(38)),
		},
	})
}

// bloods adds a laboratory report and its results.
func (r *record) bloods(panel []test, name coded, loincCode, when string) {
	var results list
	for _, t := range panel {
		results = append(results, refer(r.measurement(t, "laboratory", when, nil)))
	}
	r.add("DiagnosticReport", object{
		"status": "final", "subject": r.subject(), "code": both(name, loincCode), "effectiveDateTime": when, "issued": when,
		"category":  list{concept(hl7+"v2-0074", "LAB", "Laboratory")},
		"performer": list{r.organisation()}, "result": results,
	})
}

// document adds a DocumentReference: a hospital's clinical letter is a file of its own,
// to which it points; any other has its text inside.
func (r *record) document(kind coded, when, words string, meta object) string {
	attachment := object{"language": "en-GB", "title": kind.display, "creation": when}
	if r.source.Kind == "acute" && kind.code == "823691000000103" {
		attachment["contentType"], attachment["url"] = "application/pdf", r.binary("application/pdf", pdf(r.source.Name, kind.display, when[:len("2006-01-02")], "About "+r.person.Name(), words))
	} else {
		attachment["contentType"], attachment["data"] = "text/plain", base64.StdEncoding.EncodeToString([]byte(words))
	}
	fields := object{
		"status": "current", "docStatus": "final", "subject": r.subject(), "date": when, "type": kind.concept(),
		"category": list{concept(snomed, "823691000000103", "Clinical letter")},
		"author":   list{r.someone()}, "custodian": r.organisation(),
		"content": list{object{"attachment": attachment}},
	}
	r.tag(fields)
	if meta != nil {
		fields["meta"] = meta
	}
	return r.add("DocumentReference", fields)
}

// appointment adds one appointment of twenty minutes, kept or still to come.
func (r *record) appointment(start time.Time, status string, specialty coded) string {
	return r.add("Appointment", object{
		"status": status, "start": start.Format(time.RFC3339), "end": start.Add(20 * time.Minute).Format(time.RFC3339),
		"minutesDuration": 20, "specialty": list{specialty.concept()}, "description": specialty.display,
		"participant": list{
			object{"actor": r.subject(), "status": "accepted"},
			object{"actor": r.someone(), "status": "accepted"},
			object{"actor": r.place(), "status": "accepted"},
		},
	})
}

// appointments adds some that were kept and, while the tie lasts, one to come.
func (r *record) appointments(kept int, specialty coded) {
	for range kept {
		ago := 20 + r.IntN(500)
		r.appointment(asOf.AddDate(0, 0, -ago).Truncate(time.Hour).Add(time.Duration(r.IntN(15))*20*time.Minute-3*time.Hour), "fulfilled", specialty)
	}
	if r.tie.End == "" && r.person.Died == "" {
		start := r.p.today.AddDate(0, 0, 4+r.IntN(50)).Add(9*time.Hour + time.Duration(r.IntN(20))*20*time.Minute)
		r.appointment(start, "booked", specialty)
	}
}

func (r *record) encounter(class, words, status, start, end string, kind coded) string {
	return r.add("Encounter", object{
		"status": status, "class": coding(actCode, class, words), "type": list{kind.concept()}, "subject": r.subject(),
		"period": period(start, end), "serviceProvider": r.organisation(),
		"participant": list{object{"individual": r.someone()}},
		"location":    list{object{"location": r.place()}},
	})
}

// sensitive gives the one item that this person would rather keep to themselves.
func (r *record) sensitive() coded {
	if r.person.Has(Sensitive) && r.person.index < len(story) {
		return hiv
	}
	if r.person.Gender == "female" && r.person.index%2 == 0 {
		return termination
	}
	return syphilis
}

// tag adds the region's category to what a mental-health trust or a council
// writes.
func (r *record) tag(fields object) {
	code := map[string]string{"mental-health": "mental-health", "council": "social-care"}[r.source.Kind]
	if already, ok := fields["category"].(list); ok && code != "" {
		fields["category"] = append(already, concept(categories, code, ""))
	}
}
