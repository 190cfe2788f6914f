package fhir

import (
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Target gives the address, relative to a source's base, that asks the source for
// exactly this request: "Observation?_count=50&category=laboratory&patient=123".
// It is built from the canonical form alone; nothing of what the client wrote is
// in it, and nothing is added but the patient.
//
// localPatientID is the source's own id of the patient. It must be given for a
// search by NHS number, and must agree with the id that the request names; a
// search of Patient by identifier keeps its identifier and needs none.
//
// Target gives "" for what is never asked of a source: Create, Capabilities, a
// further page (its address is in the sealed token), a search for no entries, no
// patient, another patient than the request's, or an id that is not one.
func (r Request) Target(localPatientID string) string {
	switch r.Interaction {
	case Read, VRead, History:
		return r.instanceTarget()
	case Search:
	default:
		return ""
	}
	o := offersByType[r.Type]
	if o == nil || o.directory || r.Page != "" || r.CountsOnly() {
		return ""
	}
	name, value, ok := r.patientParam(o, localPatientID)
	if !ok {
		return ""
	}
	var room [256]byte
	out := append(room[:0], r.Type...)
	sep := byte('?')
	for _, p := range r.Params {
		if name != "" && name < p.Name {
			out = appendParam(out, sep, name, value)
			name, sep = "", '&'
		}
		out = appendParam(out, sep, p.Name, p.Value)
		sep = '&'
	}
	if name != "" {
		out = appendParam(out, sep, name, value)
	}
	return string(out)
}

// instanceTarget is the address of one item, of a version of it, or of its history.
func (r Request) instanceTarget() string {
	if offersByType[r.Type] == nil || !IsID(r.ID) || r.Page != "" || r.Interaction == VRead && !IsID(r.Version) {
		return ""
	}
	if r.Interaction != History {
		return r.Place()
	}
	out := []byte(r.Place())
	sep := byte('?')
	for _, p := range r.Params {
		out = appendParam(out, sep, p.Name, p.Value)
		sep = '&'
	}
	return string(out)
}

// patientParam says how the source is told whose record is searched: "patient"
// where R4 defines it, which is everywhere but in Patient itself.
func (r Request) patientParam(o *offer, local string) (name, value string, ok bool) {
	if o.typ == "Patient" && !r.Patient.Number.IsZero() {
		return "identifier", nhs.NumberSystem + "|" + r.Patient.Number.Digits(), true
	}
	if local == "" {
		local = r.Patient.LocalID
	}
	if !IsID(local) || r.Patient.LocalID != "" && r.Patient.LocalID != local {
		return "", "", false
	}
	if o.typ == "Patient" {
		return "_id", local, true
	}
	return "patient", local, true
}

// Query gives the parameters in their canonical form for the record, without
// what names the patient: "_count=50&category=laboratory". A value that has the
// form of an NHS number, wherever a client put it, is shown as "nhs-number".
func (r Request) Query() string {
	asked := r.asked()
	if len(asked) == 0 {
		return ""
	}
	var room [256]byte
	out := room[:0]
	for i, p := range asked {
		if i > 0 {
			out = append(out, '&')
		}
		out = append(out, p.Name...)
		out = append(out, '=')
		out = appendShown(out, p.Value)
	}
	return string(out)
}

// appendShown adds a value, choice by choice, without NHS numbers. A number that
// is qualified by another system is a code of that system.
func appendShown(out []byte, value string) []byte {
	for first := true; ; first = false {
		one, rest, more := strings.Cut(value, ",")
		if !first {
			out = append(out, ',')
		}
		bare := strings.TrimPrefix(one, nhs.NumberSystem+"|")
		if _, err := nhs.ParseNumber(bare); err == nil {
			out = append(out, "nhs-number"...)
		} else {
			out = appendEscaped(out, one)
		}
		if !more {
			return out
		}
		value = rest
	}
}

func appendParam(out []byte, sep byte, name, value string) []byte {
	out = append(out, sep)
	out = append(out, name...) // names come from the tables and need no escape
	out = append(out, '=')
	return appendEscaped(out, value)
}

// appendEscaped percent-encodes all but unreserved characters and those of a
// query that every server reads alike.
func appendEscaped(out []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; byteClasses[c]&plainByte != 0 {
			out = append(out, c)
		} else {
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return out
}
