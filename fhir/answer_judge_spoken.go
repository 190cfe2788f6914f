package fhir

import (
	"bytes"
	"strconv"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// longText is from how many bytes on a text is no code with its term.
const longText = 256

// spoken looks for sensitive codes where no code belongs: in the values of elements
// whose name says no more than their type (valueString), in names and addresses, and in
// what stands first in all other texts that begin with no letter, as a code with its term
// does.
func (j *judge) spoken(m uint32) {
	n := &j.Nodes[m]
	if n.Key == tree.KeyOther {
		if name := j.NameOf(n); len(name) >= spelling.ShortestConcept && name[0] <= '9' {
			j.concepts(name)
		}
	}
	switch {
	case n.Kind == tree.KindNumber && j.isValue(n):
		j.concepts(j.Body[n.Start:n.End])
		j.power(j.Body[n.Start:n.End])
	case n.Kind != tree.KindString || n.End-n.Start < spelling.ShortestConcept+2:
	case looksLikeDate(j.Body[n.Start+1 : n.End-1]):
	case n.Key == tree.KeyOther && j.isValue(n):
		j.concepts(j.Decoded(n))
		j.tests(j.Decoded(n))
	case !isLetter(j.Body[n.Start+1]):
		if n.End-n.Start < longText || j.Body[n.Start+1] != '<' {
			text := j.Decoded(n)
			text = text[:min(len(text), longText)]
			j.concepts(text)
			j.tests(text)
		}
	case j.Body[n.Start+1]|0x20 == 'h':
		j.addressed(m)
	}
}

// addressed looks for sensitive concepts in an address of SNOMED CT, and codes in one of LOINC: the name of an
// extension, a profile, a definition.
func (j *judge) addressed(m uint32) {
	n := &j.Nodes[m]
	if n.Kind != tree.KindString {
		return
	}
	switch text := j.Body[n.Start:n.End]; {
	case bytes.Contains(text, []byte("snomed")):
		j.concepts(j.Decoded(n))
	case bytes.Contains(text, []byte("loinc")):
		j.tests(j.Decoded(n))
	}
}

// power looks at a number that is written with a power of ten.
func (j *judge) power(number []byte) {
	if !bytes.ContainsAny(number, "eE") || len(number) > spelling.LongestConcept+8 {
		return
	}
	if f, err := strconv.ParseFloat(string(number), 64); err == nil && f < 1e18 {
		j.concepts(strconv.AppendFloat(nil, f, 'f', 0, 64))
	}
}

// inPlace looks for a sensitive code of ICD-10 in the words that stand where a code is
// missing: "B20.9 HIV disease".
func (j *judge) inPlace(n *tree.Node) {
	if n.Kind != tree.KindString {
		return
	}
	if normal := spelling.ICD.Code(j.text[:0], j.Decoded(n)); spelling.IsICD(normal) {
		for _, s := range j.classes.written[spelling.ICD] {
			j.below(s, normal)
		}
	}
}

// looksLikeDate says that a text has the form of a date, or of a time of a day.
func looksLikeDate(b []byte) bool {
	switch {
	case len(b) < 7 || b[4] != '-' || !spelling.IsDigits(b[:4]):
		return false
	case len(b) == 7:
		return true
	case b[7] != '-':
		return false
	case len(b) == 10:
		return true
	}
	return len(b) >= 16 && len(b) < 40 && b[10] == 'T' && b[13] == ':'
}

// isValue says that a member is one of a choice of types (value[x]).
func (j *judge) isValue(n *tree.Node) bool {
	name := j.NameOf(n)
	return len(name) > 6 && string(name[:5]) == "value" && name[5]&0x20 == 0 && string(name) != "valueBase64Binary"
}
