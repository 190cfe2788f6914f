package fhir

import (
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// CheckMask says whether the filter can read a mask of a Plan, and whether FHIR R4 has
// what it names: a mask of an element that is misspelt protects nobody.
func CheckMask(s string) error {
	m, err := parseMask(s)
	if err != nil {
		return err
	}
	unknown := ""
	switch {
	case m.kept != "":
		unknown = unknownKept(m.kept)
	case m.path != nil && !m.every():
		unknown = unknownPath(startsOf(m), m.path)
	}
	if unknown != "" {
		return fmt.Errorf("reading mask %q: %w: FHIR R4 has no %q there", s, errMask, unknown)
	}
	return nil
}

// startsOf are the structures in which a mask's first element may be.
func startsOf(m mask) []*r4.Structure {
	switch {
	case m.deep:
		return r4.Structures(true)
	case m.typ == "*":
		return r4.Structures(false)
	}
	return []*r4.Structure{r4.StructureOf(m.typ)}
}

// unknownPath gives the first name of a path that none of the structures has, or "".
func unknownPath(in []*r4.Structure, path []string) string {
	for _, segment := range path {
		var below []*r4.Structure
		found := false
		for _, s := range in {
			if s == nil {
				continue
			}
			for name, m := range s.Members {
				if names(segment, []byte(name)) && (!strings.HasSuffix(segment, "[x]") || strings.HasSuffix(m.Path, "[x]")) {
					found, below = true, append(below, m.Below)
				}
			}
		}
		if !found {
			return segment
		}
		in = below
	}
	return ""
}

// unknownKept checks a data type, all of one ("HumanName.*"), or an element.
func unknownKept(kept string) string {
	typ, rest, dotted := strings.Cut(kept, ".")
	s := r4.StructureOf(typ)
	switch {
	case s == nil && (dotted || !r4.IsPrimitive(typ)):
		return typ
	case !dotted || rest == everything:
		return ""
	}
	return unknownPath([]*r4.Structure{s}, strings.Split(rest, "."))
}
