package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// refForm is what kind of reference a Reference.reference is (FHIR R4 §2.3.0).
type refForm uint8

const (
	// refUnclear: not understood, or one that nothing in the answer explains
	// (urn:uuid): it may lead to any patient.
	refUnclear   refForm = iota
	refContained         // "#id"
	refLocal             // "Type/id", at the source
	refSearch            // "Type?…", a conditional reference to what has no patient
	refForeign           // an address elsewhere that does not look like a patient's
	refPatient           // an address elsewhere that does
)

var historyPart = []byte("/_history/")

// readReference reads a literal reference. For a local one typ and id are its
// parts; at is where the relative form begins in text.
func readReference(text []byte, source string) (form refForm, typ, id []byte, at int) {
	if len(text) > 1 && text[0] == '#' {
		return refContained, nil, text[1:], 0
	}
	if len(source) > 0 && len(text) > len(source)+1 && text[len(source)] == '/' && string(text[:len(source)]) == source {
		at = len(source) + 1
	} else if colon := bytes.IndexByte(text, ':'); colon >= 0 {
		return foreign(text, colon), nil, nil, 0
	}
	local := text[at:]
	slash := bytes.IndexByte(local, '/')
	if slash < 0 {
		if query := bytes.IndexByte(local, '?'); query > 0 {
			if t := resourceTypes[string(local[:query])]; t != nil && t.alone {
				return refSearch, nil, nil, 0
			}
		}
		return refUnclear, nil, nil, 0
	}
	typ, id = local[:slash], local[slash+1:]
	if len(id) > len(historyPart) {
		if cut := bytes.Index(id, historyPart); cut > 0 && validID(id[cut+len(historyPart):]) {
			id = id[:cut]
		}
	}
	if !validType(typ) || !validID(id) {
		return refUnclear, nil, nil, 0
	}
	return refLocal, typ, id, at
}

// foreign judges an absolute address that is not the source's own.
func foreign(text []byte, colon int) refForm {
	if !bytes.HasPrefix(text[colon:], []byte("://")) || bytes.IndexByte(text, '%') >= 0 {
		return refUnclear
	}
	const patient = "patient"
	for i := colon; i+len(patient) <= len(text); i++ {
		if tree.EqualFold(text[i:i+len(patient)], patient) {
			return refPatient
		}
	}
	return refForeign
}

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
