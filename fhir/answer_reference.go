package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/hosts"
	"github.com/mycarerecord/mcr/fhir/internal/spelling"
	"github.com/mycarerecord/mcr/nhs"
)

// refForm is what kind of reference a Reference.reference is (FHIR R4 §2.3.0).
type refForm uint8

const (
	// refUnclear: not understood, or one that nothing in the answer explains
	// (urn:uuid): it may lead to any patient.
	refUnclear   refForm = iota
	refContained         // "#id", and "#" for the resource around it
	refLocal             // "Type/id", at the source
	refTyped             // "Type/…" or "/Type/…" of no patient, with what is no id of FHIR's
	refSearch            // "Type?…", a conditional reference to what has no patient
	refNumber            // "Patient?identifier=system|number", of the system of NHS numbers; id is the number
	refForeign           // an address elsewhere that does not look like a patient's
	refPatient           // an address elsewhere that does
)

var (
	historyPart = []byte("/_history/")
	numberQuery = []byte("Patient?identifier=" + nhs.NumberSystem + "|")
)

// patientWord is looked for in what cannot be read as a reference to the source.
const patientWord = "patient"

// readReference reads a literal reference. For a local one typ and id are its
// parts; at is where the relative form begins in text.
func readReference(text []byte, source *hosts.Hosts) (form refForm, typ, id []byte, at int) {
	if len(text) > 0 && text[0] == '#' {
		return refContained, nil, text[1:], 0
	}
	if number, ok := bytes.CutPrefix(text, numberQuery); ok {
		return refNumber, nil, number, 0
	}
	if colon := bytes.IndexByte(text, ':'); colon >= 0 && !bytes.ContainsAny(text[:colon], "/?#") {
		if at = source.Below(text); at == 0 {
			return foreign(text, colon), nil, nil, 0
		}
	}
	local := text[at:]
	slash := bytes.IndexByte(local, '/')
	if query := bytes.IndexByte(local, '?'); query >= 0 && (slash < 0 || query < slash) {
		slash = query
	}
	if slash < 0 {
		return refUnclear, nil, nil, 0
	}
	if local[slash] == '?' {
		if t := resourceTypes[string(local[:slash])]; t != nil && t.alone && !speaksOfPatient(local) && !speaksOfNumber(local) {
			return refSearch, nil, nil, 0
		}
		return refUnclear, nil, nil, 0
	}
	typ, id = local[:slash], local[slash+1:]
	if len(id) > len(historyPart) {
		if cut := bytes.Index(id, historyPart); cut > 0 && validID(id[cut+len(historyPart):]) {
			id = id[:cut]
		}
	}
	switch {
	case validType(typ) && validID(id):
		return refLocal, typ, id, at
	case at == 0 && isTyped(text):
		return refTyped, nil, nil, 0
	}
	return refUnclear, nil, nil, 0
}

// isTyped reports whether a relative reference names a type that is no patient's,
// whatever stands behind it: it cannot be followed, and names nobody.
func isTyped(text []byte) bool {
	typ, rest, _ := bytes.Cut(bytes.TrimPrefix(text, []byte("/")), []byte("/"))
	return validType(typ) && len(rest) > 0 && !holdsNumber(rest) && bytes.IndexByte(rest, '%') < 0 && bytes.IndexByte(rest, '/') < 0 && !speaksOfPatient(text)
}

// holdsNumber reports whether a text has ten digits in a row: what may be an NHS
// number does not leave in a reference that cannot be read.
func holdsNumber(text []byte) bool {
	digits := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			digits = 0
		} else if digits++; digits == 10 {
			return true
		}
	}
	return false
}

// foreign judges an absolute address that is not the source's own. The name of a
// host says nothing of what stands there.
func foreign(text []byte, colon int) refForm {
	if !bytes.HasPrefix(text[colon:], []byte("://")) || bytes.IndexByte(text, '%') >= 0 {
		return refUnclear
	}
	path := text[colon+len("://"):]
	if end := bytes.IndexAny(path, "/?#"); end >= 0 {
		path = path[end:]
	} else {
		path = nil
	}
	if speaksOfPatient(path) {
		return refPatient
	}
	return refForeign
}

// speaksOfPatient reports whether the word stands anywhere in a text, in any case.
func speaksOfPatient(text []byte) bool { return spelling.HoldsFolded(text, patientWord) }

// validType says that b has the form of a resource type.
func validType(b []byte) bool {
	if len(b) < 3 || len(b) > 40 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	for _, c := range b {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

// validID says that b has the form of a resource id (FHIR R4 §2.24.0.1, id).
func validID(b []byte) bool {
	if len(b) == 0 || len(b) > 64 {
		return false
	}
	for _, c := range b {
		if byteClasses[c]&idByte == 0 {
			return false
		}
	}
	return true
}
