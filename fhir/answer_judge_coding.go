package fhir

import "github.com/mycarerecord/mcr/fhir/internal/spelling"

// coding judges a code in its system: whether it is sensitive, and what it
// classifies. Both are judged by their normal forms; what leaves stays as it came.
func (j *judge) coding(system, code []byte, as role) {
	dim, places := as.dimension()
	if len(system) == 0 {
		j.alone(code, dim, places)
		return
	}
	s, in := j.classes.spelled[string(system)], spelling.Any
	if s == nil {
		s, in = j.heard(system)
	}
	if s == nil {
		j.soundsLike(in, system, code, dim, places)
		return
	}
	if places {
		j.ofSystem(s.loose, dim)
	}
	use := s.codes[string(code)]
	if use != nil {
		j.known(use, dim, places, false)
		if !s.notation.Levels() {
			return
		}
	}
	switch s.notation {
	case spelling.Snomed:
		if !spelling.IsConcept(code) {
			j.expression(code, dim, places, false)
		}
	default:
		normal := s.notation.Code(j.text[:0], code)
		if use == nil {
			if use = s.codes[string(normal)]; use != nil {
				j.known(use, dim, places, false)
			} else {
				j.tests(code)
			}
		}
		if s.notation.Levels() {
			j.below(s, normal)
		}
		if code[0] >= '0' && code[0] <= '9' {
			j.concepts(code) // the wrong system beside it is one more spelling
		}
	}
}

// heardSystem is an address that no list has as it is, and what it means.
type heardSystem struct {
	address []byte
	s       *codeSystem
	in      spelling.Notation
}

// mostHeard is how many such addresses of one answer are remembered: a source has few.
const mostHeard = 8

// heard finds what an address means that stands in no list as it is.
func (j *judge) heard(address []byte) (*codeSystem, spelling.Notation) {
	for i := range j.systems {
		if h := &j.systems[i]; string(h.address) == string(address) {
			return h.s, h.in
		}
	}
	h := &j.systems[j.oldest%mostHeard]
	j.oldest++
	h.address = address
	h.s, h.in = j.classes.respelled(j.text[:0], address)
	return h.s, h.in
}

// dimension says in which list of the rules a coding counts by what it is for; places
// false: in none.
func (as role) dimension() (d dimension, places bool) {
	switch as {
	case asCategory:
		return byCategory, true
	case asCode:
		return byCode, true
	case asSpecialty:
		return bySpecialty, true
	}
	return 0, false
}

// known takes up a code that stands in a list.
func (j *judge) known(use *codeUse, dim dimension, places, beside bool) {
	j.sensitive = j.sensitive || use.sensitive
	if !places {
		return
	}
	j.hits = append(j.hits, hit{use, dim, beside})
	if len(j.hits) > maxHits {
		j.notClear(0)
	}
}

// below looks whether a code is sensitive, or is below one that is.
func (j *judge) below(s *codeSystem, normal []byte) {
	for n := min(len(normal), 8); n >= s.notation.Shortest(); n-- {
		if use := s.codes[string(normal[:n])]; use != nil && use.sensitive {
			j.sensitive = true
			return
		}
	}
}

// expression judges every concept of a SNOMED CT expression. Those of its refinement
// say more of what it is about, and not what.
func (j *judge) expression(code []byte, dim dimension, places, beside bool) {
	var buf [spelling.LongestConcept]byte
	refined := false
	for len(code) > 0 {
		id, rest, within := spelling.NextConcept(&buf, code, refined)
		if rest == 0 {
			return
		}
		for _, s := range j.classes.written[spelling.Snomed] {
			if use := s.codes[string(id)]; use != nil {
				j.known(use, dim, places, beside || within)
			}
		}
		code, refined = code[rest:], within
	}
}

// concepts looks for sensitive concepts in what is no code, or may be one.
func (j *judge) concepts(text []byte) { j.expression(text, 0, false, true) }

// soundsLike judges a coding of a system that no rule names. What may be of the
// notation is taken for it where it is sensitive, and for what comes on top; no
// identifier of SNOMED CT is anything else by chance.
func (j *judge) soundsLike(in spelling.Notation, system, code []byte, dim dimension, places bool) {
	j.tests(code)
	j.expression(code, dim, places && in == spelling.Snomed, true)
	switch in {
	case spelling.Labels:
		j.labelled(0, system, code)
	case spelling.Snomed:
		j.concepts(system)
	case spelling.ICD, spelling.Read2, spelling.CTV3:
		j.sensitiveIn(in, code)
	}
}

// sensitiveIn holds a code against all systems of a notation. Both versions of Read
// codes go by the same names.
func (j *judge) sensitiveIn(in spelling.Notation, code []byte) {
	for _, s := range j.classes.written[in] {
		normal := in.Code(j.text[:0], code)
		if use := s.codes[string(normal)]; use != nil && use.sensitive {
			j.sensitive = true
		}
		if in.Levels() {
			j.below(s, normal)
		}
	}
	if in == spelling.Read2 {
		j.sensitiveIn(spelling.CTV3, code)
	}
}

// alone judges a code without a system: it is taken for any that it may be.
func (j *judge) alone(code []byte, dim dimension, places bool) {
	use := j.classes.bare[string(code)]
	if use == nil {
		use = j.classes.bare[string(spelling.Any.Code(j.text[:0], code))]
	}
	if use != nil {
		j.known(use, dim, places, false)
	}
	if j.sensitive || isWord(code) {
		return
	}
	j.tests(code)
	j.expression(code, dim, places, true)
	if spelling.IsICD(spelling.ICD.Code(j.text[:0], code)) {
		j.sensitiveIn(spelling.ICD, code)
	}
	if n := len(spelling.Read2.Code(j.text[:0], code)); n >= spelling.Read2.Shortest() && n == len(code) || len(code) == 5 || len(code) == 7 {
		j.sensitiveIn(spelling.Read2, code)
	}
}

// isWord says that a code is letters and dashes, as those of FHIR's own lists are.
func isWord(code []byte) bool {
	for _, c := range code {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c != '-' {
				return false
			}
		}
	}
	return true
}
