package record

import (
	"slices"
	"strings"
)

// aboutMedicine is what the summary wants to know of a medicine.
type aboutMedicine struct {
	event   bool // supplied or given once: not a standing instruction
	inForce bool // the patient is to take it now, as far as its source says
	since   When // from when on; when it was prescribed, where nothing else is said
	issued  When // when it was last issued or supplied, as this entry says
}

// lastIssue is the extension in which UK Core has when a medicine was last issued.
const lastIssue = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationStatementLastIssueDate"

// noDose stands where a source gives none.
const noDose = "not given by the source"

var medicineKinds = map[string]string{
	"MedicationRequest": "Prescription", "MedicationStatement": "Reported as taken",
	"MedicationDispense": "Supplied", "MedicationAdministration": "Given",
}

func readMedicine(e *entry) *Line {
	name, code := medicineName(e)
	l := e.line(medicineKinds[e.typ], name)
	l.coded(code)
	if name == "" {
		l.Title = "Medicine whose name did not come"
		l.mark("Name not shown", Alarm)
	}
	about := aboutMedicine{event: e.typ == "MedicationDispense" || e.typ == "MedicationAdministration"}
	l.medicineStatus(e)
	status := e.get("status").raw()
	about.inForce = !about.event && (status == "active" || status == "") && !e.get("doNotPerform").yes() &&
		!slices.Contains([]string{"proposal", "option"}, e.get("intent").raw()) // a plan is how a repeat prescription stands
	if e.get("doNotPerform").yes() {
		l.mark("Do NOT give", Alarm)
	}
	l.doses(e)
	switch e.typ {
	case "MedicationRequest":
		authored := when(e.get("authoredOn"))
		l.at("Prescribed", authored)
		intent := e.get("intent").raw()
		about.since = firstKnown(starts(e), when(e.get("dispenseRequest", "validityPeriod", "start")), authored)
		if strings.HasSuffix(intent, "order") {
			about.issued = authored
		}
		if intent != "" && !strings.HasSuffix(intent, "order") {
			l.mark(upper(spaced(intent))+" only", Heed)
		}
		l.supply(e)
		l.fact("Prescribed by", e.named(e.get("requester")))
	case "MedicationStatement":
		w, words := dateOf(e, "effective")
		l.at("From", w)
		l.fact("Taken", words)
		about.since = w
		for _, x := range e.node.get("extension").list() {
			if x.get("url").raw() == lastIssue {
				about.issued = when(x.get("valueDateTime"))
				l.fact("Last issued", about.issued.String())
			}
		}
		l.at("Reported", when(e.get("dateAsserted")))
		l.fact("Reported by", e.named(e.get("informationSource")))
	case "MedicationDispense":
		l.at("Handed over", when(e.get("whenHandedOver")))
		l.at("Prepared", when(e.get("whenPrepared")))
		about.issued = l.When
		l.fact("Amount", quantity(e.get("quantity")))
		l.fact("For", quantity(e.get("daysSupply")))
		l.fact("By", e.names(e.get("performer"), "actor"))
	case "MedicationAdministration":
		l.period(e, "Given", "effective")
		l.fact("By", e.names(e.get("performer"), "actor"))
	}
	l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	l.notes(e)
	l.about = about
	return l
}

// starts is when the first of the doses begins, where one says so.
func starts(e *entry) (first When) {
	for _, name := range []string{"dosageInstruction", "dosage"} {
		for _, d := range e.get(name).list() {
			if w := when(d.get("timing", "repeat", "boundsPeriod", "start")); w.Known() && (!first.Known() || w.Time.Before(first.Time)) {
				first = w
			}
		}
	}
	return first
}

func firstKnown(all ...When) When {
	for _, w := range all {
		if w.Known() {
			return w
		}
	}
	return When{}
}

// medicineName gives the name of the medicine and its code, wherever they stand.
func medicineName(e *entry) (string, node) {
	if c := e.get("medicationCodeableConcept"); c.is() {
		return concept(c), c
	}
	ref := e.get("medicationReference")
	found, ok := e.find(ref)
	if ok {
		name := concept(found.get("code"))
		if form := concept(found.get("form")); form != "" && name != "" && !strings.Contains(strings.ToLower(name), strings.ToLower(form)) {
			name += ", " + form
		}
		if name == "" {
			for _, i := range found.get("ingredient").list() {
				name = join(" + ", name, join(" ", concept(i.get("itemCodeableConcept")), ratio(i.get("strength"))))
			}
		}
		if name != "" {
			return name, found.get("code")
		}
	}
	return ref.get("display").text(), node{}
}

// medicineStatus reads the status; only what is said to be over is over.
func (l *Line) medicineStatus(e *entry) {
	status := e.get("status")
	code := status.raw()
	switch code {
	case "active":
		l.mark("Active", Good)
	case "completed", "stopped", "ended", "cancelled":
		l.Standing = Past
		l.mark(state(status), Plain)
		if e.typ == "MedicationDispense" || e.typ == "MedicationAdministration" {
			if code == "completed" {
				l.Marks = nil
			}
		}
	case "entered-in-error":
		l.Standing = Wrong
		l.Marks = []Mark{{"Entered in error", Alarm}}
	case "not-taken", "not-done", "declined":
		l.Standing = Undone
		l.mark(state(status), Heed)
	case "":
		l.mark("Status not given", Heed)
	default: // on-hold, draft, unknown, intended, in-progress, preparation …
		l.mark(state(status), Heed)
	}
	l.fact("Reason for the status", concept(e.get("statusReason")))
	l.fact("Reason for the status", join(", ", concept(e.get("statusReasonCodeableConcept")), e.named(e.get("statusReasonReference"))))
}

// doses adds every dose, in the order of the source.
func (l *Line) doses(e *entry) {
	var all []node
	for _, name := range []string{"dosageInstruction", "dosage"} {
		all = append(all, e.get(name).list()...)
	}
	for i, d := range all {
		name := "Dose"
		if i > 0 {
			name = "and"
			if s := d.get("sequence").raw(); s != "" && s != all[i-1].get("sequence").raw() {
				name = "then"
			}
		}
		l.fact(name, dose(d))
	}
	if len(l.Facts) == 0 || !e.get("dosageInstruction").is() && !e.get("dosage").is() {
		if e.typ == "MedicationRequest" || e.typ == "MedicationStatement" {
			l.fact("Dose", noDose)
		}
	}
}

// supply adds what a prescription orders.
func (l *Line) supply(e *entry) {
	d := e.get("dispenseRequest")
	l.fact("Amount", quantity(d.get("quantity")))
	l.fact("For", quantity(d.get("expectedSupplyDuration")))
	l.fact("Repeats allowed", d.get("numberOfRepeatsAllowed").text())
	l.fact("Valid", spanText(d.get("validityPeriod")))
	l.fact("Type", concept(e.get("courseOfTherapyType")))
}

// period sets the date of a choice of dates, and says all of it.
func (l *Line) period(e *entry, is, stem string) {
	w, words := dateOf(e, stem)
	l.at(is, w)
	l.fact(is, words)
}
