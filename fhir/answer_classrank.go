package fhir

import (
	"errors"
	"fmt"
	"strings"
)

// rank is how surely what a rule asks for tells the category: the rank of the
// strongest of its lists.
type rank uint8

const (
	rankWide     rank = iota // nothing but the type
	rankSystem               // any code of a code system
	rankHas                  // an element that is there
	rankCode                 // codes of what it is about
	rankCategory             // the category that the source gave, and whose service it is
	ranks
)

// weakest is the highest rank of what is no more than a guess.
const weakest = rankSystem

// rank gives a rule's rank, and what is wrong with its lists.
func (r *ClassRule) rank() (top rank, err error) {
	if len(r.Has) > 0 {
		top = rankHas
	}
	for d, list := range [dimensions][]Code{r.Category, r.Code, r.Specialty} {
		this := rankCategory
		if dimension(d) == byCode {
			this = rankCode
		}
		loose := 0
		for _, code := range list {
			switch {
			case code.Code == "":
				return 0, errors.New("an entry without a code")
			case code.Code != AnyCode:
			case code.System == "":
				return 0, errors.New("any code of no system")
			default:
				loose++
			}
		}
		switch loose {
		case 0:
		case len(list):
			this = rankSystem
		default:
			return 0, errors.New("a list with codes, and with any code of a system: make two rules of it")
		}
		if len(list) > 0 {
			top = max(top, this)
		}
	}
	for _, text := range r.CategoryText {
		if len(appendWords(nil, []byte(text))) == 0 {
			return 0, errors.New("a category in words without a word")
		}
		top = max(top, rankCategory)
	}
	if r.OnTop && top < rankHas {
		return 0, errors.New("a category on top of another needs a category, codes, a specialty or an element to tell by")
	}
	return top, nil
}

// elements is a set of elements that tell what a resource is by being there.
type elements uint8

const (
	hasSpecimen elements = 1 << iota
	hasImagingStudy
)

// Elements are what ClassRule.Has may name: an Observation or a DiagnosticReport
// with a specimen is a laboratory's, whatever its code.
var Elements = []string{"imagingStudy", "specimen"}

func elementSet(names []string) (set elements, err error) {
	for _, name := range names {
		switch name {
		case "specimen":
			set |= hasSpecimen
		case "imagingStudy":
			set |= hasImagingStudy
		default:
			return 0, fmt.Errorf("%q is not an element that can tell a category: %s can", name, strings.Join(Elements, ", "))
		}
	}
	return set, nil
}

// appendWords adds words as they are compared: small letters of ASCII, single
// spaces. Other letters are compared as they are.
func appendWords(out, text []byte) []byte {
	from := len(out)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			if n := len(out); n > from && out[n-1] != ' ' {
				out = append(out, ' ')
			}
			continue
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		}
		out = append(out, c)
	}
	if n := len(out); n > from && out[n-1] == ' ' {
		out = out[:n-1]
	}
	return out
}
