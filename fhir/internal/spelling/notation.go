package spelling

import (
	"bytes"
	"unicode/utf8"
)

// Notation is how the codes of a system are written, and compared.
type Notation uint8

const (
	Any    Notation = iota // letters of either case mean the same
	Snomed                 // identifiers, or expressions of them
	ICD                    // ICD-10 and OPCS-4: a code stands for all below it
	Read2                  // Read version 2: a code stands for all below it
	CTV3                   // Read version 3
	Labels                 // confidentiality: a code of it is a label (attack 317)
	Notations
)

// signs tell the notation of a system by what its name is made of.
var signs = []struct {
	in    Notation
	words []string
}{
	{Snomed, []string{"snomed", "2.16.840.1.113883.6.96"}},
	{ICD, []string{"icd-10", "icd10", "icd_10", "opcs", "2.16.840.1.113883.6.90"}},
	{CTV3, []string{"ctv3", "readv3", "read3", "read-v3"}},
	{Read2, []string{"readv2", "read2", "read-v2", "read.info", "readcode", "byteread"}},
}

// NotationOf tells the notation from an address in its normal form.
func NotationOf(normal []byte) Notation {
	if string(normal) == "sct" || bytes.HasSuffix(normal, []byte("/sct")) {
		return Snomed
	}
	if IsConfidentiality(normal) {
		return Labels
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
			return ICD
		case "read":
			return Read2
		}
	}
	return Any
}

// Levels says that in this notation a code begins with the codes above it.
func (n Notation) Levels() bool { return n == ICD || n == Read2 }

// Shortest is the length of the highest code that a list may have, for notations with levels.
func (n Notation) Shortest() int {
	if n == ICD {
		return 3
	}
	return 2
}

// Code adds a code as it is compared. Of SNOMED CT see NextConcept.
func (n Notation) Code(out, code []byte) []byte {
	from := len(out)
	for at := 0; at < len(code); {
		r, size := utf8.DecodeRune(code[at:])
		at += size
		r = Plain(r)
		switch {
		case r == '|':
			if len(out) > from {
				return n.whole(out, from)
			}
			continue
		case r < 0:
			continue
		case r == ' ' && (n != Any || len(out) == from):
			if len(out) > from {
				return n.whole(out, from)
			}
			continue
		case n == ICD && !isAlnum(r):
			continue
		case 'A' <= r && r <= 'Z' && n == Any:
			r |= 0x20
		case 'a' <= r && r <= 'z' && n == ICD:
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
func (n Notation) whole(out []byte, from int) []byte {
	switch n {
	case Read2, CTV3: // five signs; a term's number may follow
		out = bytes.TrimRight(out[:min(len(out), from+5)], ".")
	case Any:
		out = bytes.TrimRight(out, " ")
	}
	return out
}

// ShortestConcept and LongestConcept are the lengths of a SNOMED CT identifier.
const ShortestConcept, LongestConcept = 6, 18

// IsConcept says that a code is one SNOMED CT identifier and nothing else.
func IsConcept(code []byte) bool {
	if len(code) < ShortestConcept || len(code) > LongestConcept || code[0] == '0' {
		return false
	}
	for _, c := range code {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// NextConcept gives the first identifier in a SNOMED CT expression, or in an address or
// a text, and where the rest begins (0: there is none). Terms, operators and
// constraints are passed over; refined says that a refinement began before it.
func NextConcept(buf *[LongestConcept]byte, text []byte, refined bool) (id []byte, rest int, within bool) {
	n := 0
	for at := 0; at < len(text); {
		r, size := rune(text[at]), 1
		if r < ' ' || r >= 0x7f {
			r, size = utf8.DecodeRune(text[at:])
			r = Plain(r)
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
			if n >= ShortestConcept && n <= LongestConcept {
				return buf[:n], at, refined
			}
			n = 0
			refined = refined || r == ':'
		}
		at += size
	}
	if n >= ShortestConcept && n <= LongestConcept {
		return buf[:n], len(text), refined
	}
	return nil, 0, refined
}

// IsICD says that a code without a system has the form of one of ICD-10 or OPCS-4: a
// letter, two digits, and up to two more.
func IsICD(normal []byte) bool {
	return len(normal) >= 3 && len(normal) <= 5 && normal[0] >= 'A' && normal[0] <= 'Z' && IsDigits(normal[1:3])
}

// IsDigits reports whether a text is nothing but the digits of ASCII.
func IsDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
