package record

import (
	"cmp"
	"time"
)

// aboutAppointment is what the summary wants to know of an appointment.
type aboutAppointment struct {
	until time.Time
	off   bool // cancelled, missed or kept: not to be waited for
}

func readAppointment(e *entry) *Line {
	what := cmp.Or(concept(e.get("serviceType")), e.get("description").text(), concept(e.get("specialty")),
		concept(e.get("serviceCategory")), concept(e.get("appointmentType")))
	l := e.line("Appointment", cmp.Or(what, "Appointment"))
	start, end := when(e.get("start")), when(e.get("end"))
	l.at("On", start)
	for _, p := range e.get("requestedPeriod").list() {
		if l.at("Asked for", when(p.get("start"))); !start.Given() {
			l.fact("Asked for", spanText(p))
		}
	}
	l.till(start, end)
	if minutes := e.get("minutesDuration").text(); minutes != "" && !end.Given() {
		l.fact("Lasts", minutes+" minutes")
	}
	about := aboutAppointment{until: start.Until()}
	if end.Known() && end.Until().After(about.until) {
		about.until = end.Until()
	}
	switch status := e.get("status"); status.raw() {
	case "booked":
	case "fulfilled":
		about.off, l.Standing = true, Past
		l.mark("Kept", Plain)
	case "cancelled":
		about.off, l.Standing = true, Undone
		l.mark("Cancelled", Heed)
	case "noshow":
		about.off, l.Standing = true, Undone
		l.mark("Missed", Heed)
	case "entered-in-error":
		about.off, l.Standing = true, Wrong
		l.mark("Entered in error", Alarm)
	case "":
		l.mark("Status not given", Heed)
	default:
		l.mark(state(status), Heed)
	}
	l.about = about
	if words := e.get("description").text(); words != what {
		l.fact("About", words)
	}
	if words := concept(e.get("specialty")); words != what {
		l.fact("Specialty", words)
	}
	l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	for _, p := range e.get("participant").list() {
		actor := p.get("actor")
		if found, ok := e.find(actor); ok && found.get("resourceType").raw() == "Patient" {
			continue
		}
		name := cmp.Or(e.named(actor), concept(p.get("type")))
		if coded(p.get("status"), "declined") {
			name = join(" ", name, "(declined)")
		}
		l.fact("With", name)
	}
	l.fact("Why cancelled", concept(e.get("cancelationReason")))
	l.fact("What the patient was told", e.get("patientInstruction").text())
	l.fact("Comment", e.get("comment").prose())
	return l
}
