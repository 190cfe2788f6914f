package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// numberOID is the object identifier of the NHS number.
const numberOID = "2.16.840.1.113883.2.1.4.1"

// isNumberSystem knows the NHS number by its older and misspelt names too, so
// that no other patient's goes by.
func isNumberSystem(system []byte) bool {
	const name = "nhs-number"
	if len(system) < len("nhsnumber") {
		return false
	}
	last := system[len(system)-1] | 0x20
	return (last == 'r' || last == '/') && hasFoldedSuffix(bytes.TrimRight(system, "/"), name) || last == '1' && string(system) == "urn:oid:"+numberOID ||
		mayNameNumber(system) && namesNumber(system)
}

// mayNameNumber is quick, and says so of what must be looked at.
func mayNameNumber(text []byte) bool {
	for i := range len(text) - 2 {
		switch text[i] | 0x20 {
		case 'n':
			if text[i+1]|0x20 == 'h' && text[i+2]|0x20 == 's' {
				return true
			}
		case '2': // of the object identifier: the sign itself has this bit
			if text[i+1] == '.' && text[i+2] == '1' {
				return true
			}
		}
	}
	return false
}

// namesNumber looks through signs that cannot be seen, versions, escapes, and what stands
// between the words.
func namesNumber(system []byte) bool {
	normal := spelling.System(nil, spelling.PercentDecoded(system))
	if string(normal) == numberOID {
		return true
	}
	letters := normal[:0]
	for _, c := range normal {
		if isLetter(c) {
			letters = append(letters, c)
		}
	}
	return bytes.HasSuffix(letters, []byte("nhsnumber"))
}

// speaksOfNumber reports whether an NHS number's system stands in an address.
func speaksOfNumber(text []byte) bool {
	for from := 0; from < len(text); {
		at := bytes.IndexAny(text[from:], "|=&/?")
		if at < 0 {
			return isNumberSystem(text[from:])
		}
		if isNumberSystem(text[:from+at]) {
			return true
		}
		from += at + 1
	}
	return false
}

// numberCoded judges a Coding, or another thing with a code, that is an NHS number.
func (j *judge) numberCoded(code uint32, system []byte) {
	if n := &j.Nodes[code]; n.Kind == tree.KindString && n.End-n.Start >= 12 && spelling.IsDigits(j.Body[n.Start+1:n.Start+3]) && isNumberSystem(system) && !j.isOwnNumber(j.Decoded(n)) {
		j.ofAnother(code)
	}
}

// numberExtended judges an extension that is called an NHS number: its value is the owner's.
func (j *judge) numberExtended(at, url uint32) {
	if n := &j.Nodes[url]; n.Kind != tree.KindString || !isNumberSystem(j.Decoded(n)) {
		return
	}
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		var text []byte
		switch n := &j.Nodes[m]; {
		case m == url:
			continue
		case n.Kind == tree.KindString:
			text = j.Decoded(n)
		case n.Kind == tree.KindNumber:
			text = j.Body[n.Start:n.End]
		}
		if digits := onlyDigits(text); len(digits) == 10 && !j.isOwnNumber(digits) {
			j.ofAnother(m)
		}
	}
}

func onlyDigits(text []byte) (digits []byte) {
	for _, c := range text {
		if c >= '0' && c <= '9' {
			digits = append(digits, c)
		}
	}
	return digits
}

// points judges a text that is an address as a whole, in whatever element: one that leads
// to another patient, by id or by NHS number, is about that patient (attacks 312, 315).
func (j *judge) points(m uint32) {
	n := &j.Nodes[m]
	if n.End-n.Start < uint32(len(`"Patient/1"`)) {
		return
	}
	switch first := j.Body[n.Start+1]; {
	case first == 'P', first == '/', first == '\\':
		text := bytes.TrimPrefix(j.Decoded(n), []byte{'/'})
		rest, ok := bytes.CutPrefix(text, []byte("Patient"))
		if !ok || len(rest) < 2 || rest[0] != '/' && rest[0] != '?' || bytes.IndexByte(rest, ' ') >= 0 {
			return
		}
		if form, _, id, _ := readReference(text, nil); form == refNumber && j.isOwnNumber(id) {
			return
		}
		if id, _, _ := bytes.Cut(rest[1:], []byte{'/'}); rest[0] == '/' && j.isOwnID(id) {
			return // the owner's, or something of the owner's
		}
		j.ofAnother(m)
	case first|0x20 == 'h' || first|0x20 == 'u':
		if text := j.Body[n.Start+1 : n.End-1]; bytes.Contains(text, []byte("nhs-number")) && bytes.IndexByte(text, ' ') < 0 {
			if digits := onlyDigits(text[bytes.Index(text, []byte("nhs-number")):]); len(digits) == 10 && !j.isOwnNumber(digits) {
				j.ofAnother(m)
			}
		}
	}
}
