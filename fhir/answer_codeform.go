package fhir

import (
	"bytes"
	"unicode/utf8"
)

// notation is how the codes of a system are written, and compared.
type notation uint8

const (
	anyNotation notation = iota // letters of either case mean the same
	inSnomed                    // identifiers, or expressions of them
	inICD                       // ICD-10 and OPCS-4: a code stands for all below it
	inRead2                     // Read version 2: a code stands for all below it
	inCTV3                      // Read version 3
	inLabels                    // confidentiality: a code of it is a label (attack 317)
	notations
)

// signs tell the notation of a system by what its name is made of.
var signs = []struct {
	in    notation
	words []string
}{
	{inSnomed, []string{"snomed", "2.16.840.1.113883.6.96"}},
	{inICD, []string{"icd-10", "icd10", "icd_10", "opcs", "2.16.840.1.113883.6.90"}},
	{inCTV3, []string{"ctv3", "readv3", "read3", "read-v3"}},
	{inRead2, []string{"readv2", "read2", "read-v2", "read.info", "readcode", "byteread"}},
}

// notationOf tells the notation from an address in its normal form.
func notationOf(normal []byte) notation {
	if string(normal) == "sct" || bytes.HasSuffix(normal, []byte("/sct")) {
		return inSnomed
	}
	if isConfidentiality(normal) {
		return inLabels
	}
	for _, s := range signs {
		for _, word := range s.words {
			if bytes.Contains(normal, []byte(word)) {
				return s.in
			}
		}
	}
	for word := range bytes.FieldsFuncSeq(normal, func(r rune) bool { return !isAlnum(r) }) {
		switch string(word) {
		case "icd", "i10":
			return inICD
		case "read":
			return inRead2
		}
	}
	return anyNotation
}

// levels says that in this notation a code begins with the codes above it.
func (n notation) levels() bool { return n == inICD || n == inRead2 }

// shortest is the length of the highest code that a list may have, for notations with levels.
func (n notation) shortest() int {
	if n == inICD {
		return 3
	}
	return 2
}

// normal adds a code as it is compared. Of SNOMED CT see nextConcept.
func (n notation) normal(out, code []byte) []byte {
	from := len(out)
	for at := 0; at < len(code); {
		r, size := utf8.DecodeRune(code[at:])
		at += size
		r = plainSign(r)
		switch {
		case r == '|':
			if len(out) > from {
				return n.whole(out, from)
			}
			continue
		case r < 0:
			continue
		case r == ' ' && (n != anyNotation || len(out) == from):
			if len(out) > from {
				return n.whole(out, from)
			}
			continue
		case n == inICD && !isAlnum(r):
			continue
		case 'A' <= r && r <= 'Z' && n == anyNotation:
			r |= 0x20
		case 'a' <= r && r <= 'z' && n == inICD:
			r &^= 0x20
		}
		out = utf8.AppendRune(out, r)
	}
	return n.whole(out, from)
}

func isAlnum(r rune) bool {
	return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z'
}

// whole takes off the end of a code what only fills it up.
func (n notation) whole(out []byte, from int) []byte {
	switch n {
	case inRead2, inCTV3: // five signs; a term's number may follow
		out = bytes.TrimRight(out[:min(len(out), from+5)], ".")
	case anyNotation:
		out = bytes.TrimRight(out, " ")
	}
	return out
}

// The lengths of a SNOMED CT identifier.
const shortestConcept, longestConcept = 6, 18

// isConcept says that a code is one SNOMED CT identifier and nothing else.
func isConcept(code []byte) bool {
	if len(code) < shortestConcept || len(code) > longestConcept || code[0] == '0' {
		return false
	}
	for _, c := range code {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// nextConcept gives the first identifier in a SNOMED CT expression, or in an address or
// a text, and where the rest begins (0: there is none). Terms, operators and
// constraints are passed over; refined says that a refinement began before it.
func nextConcept(buf *[longestConcept]byte, text []byte, refined bool) (id []byte, rest int, within bool) {
	n := 0
	for at := 0; at < len(text); {
		r, size := rune(text[at]), 1
		if r < ' ' || r >= 0x7f {
			r, size = utf8.DecodeRune(text[at:])
			r = plainSign(r)
		}
		switch {
		case r < 0:
		case r >= '0' && r <= '9':
			if r != '0' || n > 0 { // leading noughts count for nothing
				if n < len(buf) {
					buf[n] = byte(r)
				}
				n++
			}
		default:
			if n >= shortestConcept && n <= longestConcept {
				return buf[:n], at, refined
			}
			n = 0
			refined = refined || r == ':'
		}
		at += size
	}
	if n >= shortestConcept && n <= longestConcept {
		return buf[:n], len(text), refined
	}
	return nil, 0, refined
}

// isICD says that a code without a system has the form of one of ICD-10 or OPCS-4: a
// letter, two digits, and up to two more.
func isICD(normal []byte) bool {
	return len(normal) >= 3 && len(normal) <= 5 && normal[0] >= 'A' && normal[0] <= 'Z' && isDigits(normal[1:3])
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
