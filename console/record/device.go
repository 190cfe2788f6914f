package record

import "cmp"

func readDevice(e *entry) *Line {
	var names string
	for _, n := range e.get("deviceName").list() {
		names = join(", ", names, n.get("name").text())
	}
	l := e.line("Device", cmp.Or(concept(e.get("type")), names, e.get("distinctIdentifier").text(), "Device that the source does not name"))
	l.coded(e.get("type"))
	l.deviceStatus(e.get("status"))
	l.mark(concept(e.get("safety")), Heed) // such as: not safe in an MRI scanner
	if names != l.Title {
		l.fact("Name", names)
	}
	l.fact("Reason for the status", concept(e.get("statusReason")))
	l.fact("Made by", e.get("manufacturer").text())
	l.at("Made", when(e.get("manufactureDate")))
	l.fact("Expires", when(e.get("expirationDate")).String())
	l.fact("Model", e.get("modelNumber").text())
	l.fact("Serial number", e.get("serialNumber").text())
	l.fact("Batch", e.get("lotNumber").text())
	for _, u := range e.get("udiCarrier").list() {
		l.fact("Device identifier", u.get("deviceIdentifier").text())
	}
	l.fact("Owner", e.party(e.get("owner")))
	l.fact("Place", e.named(e.get("location")))
	l.notes(e)
	return l
}

func (l *Line) deviceStatus(status node) {
	switch status.raw() {
	case "active":
	case "inactive":
		l.Standing = Past
		l.mark("No longer in use", Plain)
	default:
		l.lifeStatus(status)
	}
}

func readDeviceUse(e *entry) *Line {
	l := e.line("Use of a device", cmp.Or(e.named(e.get("device")), concept(e.get("reasonCode")), "Device that is not named here"))
	l.deviceStatus(e.get("status"))
	l.period(e, "Used", "timing")
	l.at("Recorded", when(e.get("recordedOn")))
	l.fact("Place in the body", concept(e.get("bodySite")))
	l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	l.fact("Rests on", e.names(e.get("derivedFrom")))
	l.fact("Said by", e.party(e.get("source")))
	l.notes(e)
	return l
}

func readDeviceRequest(e *entry) *Line {
	l := e.line("Request for a device", cmp.Or(concept(e.get("codeCodeableConcept")), e.named(e.get("codeReference")), "Device that the source does not name"))
	l.coded(e.get("codeCodeableConcept"))
	l.lifeStatus(e.get("status"))
	if p := e.get("priority").raw(); p != "" && p != "routine" {
		l.mark(state(e.get("priority")), Heed)
	}
	if intent := e.get("intent"); intent.raw() != "order" {
		l.fact("Intent", state(intent))
	}
	l.at("Asked for", when(e.get("authoredOn")))
	l.period(e, "Planned for", "occurrence")
	for _, p := range e.get("parameter").list() {
		l.fact(cmp.Or(concept(p.get("code")), "Setting"), values(p, "value"))
	}
	l.fact("Reason", join(", ", concept(e.get("reasonCode")), e.names(e.get("reasonReference"))))
	l.fact("Asked by", e.party(e.get("requester")))
	l.fact("Asked of", cmp.Or(e.party(e.get("performer")), concept(e.get("performerType"))))
	l.notes(e)
	return l
}
