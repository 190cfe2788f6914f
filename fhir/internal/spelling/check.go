package spelling

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Check says what is wrong with the form of a code of a list, in the notation of its
// system: a code that no record can have protects nobody, and nobody would notice.
// SNOMED CT: an identifier of a concept, with its check digit (Verhoeff; Release File
// Specifications §5.5.2). LOINC: its check digit (modulus 10). ICD-10 and OPCS-4: a
// letter and two digits, and what is below. Read codes: up to five signs, filled up
// with dots. Of other systems nothing is known.
func Check(system, code string) error {
	normal := System(nil, []byte(system))
	wrong := ""
	switch in := NotationOf(normal); {
	case code == "":
		return errors.New("no code")
	case in == Snomed && !isConceptID(code):
		wrong = "an identifier of a SNOMED CT concept: its check digit, or its partition, is wrong"
	case in == ICD && !icdForm.MatchString(code):
		wrong = "a code of ICD-10 or OPCS-4 (B20, F02.4)"
	case (in == Read2 || in == CTV3) && !readForm.MatchString(code):
		wrong = "a Read code (five signs, the last of which may be dots)"
	case string(normal) == "loinc.org" && !isLOINC(code):
		wrong = "a LOINC code: its check digit is wrong"
	}
	if wrong != "" {
		return fmt.Errorf("%q is not %s", code, wrong)
	}
	return nil
}

var (
	icdForm  = regexp.MustCompile(`^[A-Z][0-9]{2}(\.?[0-9A-Z]{1,2})?$`)
	readForm = regexp.MustCompile(`^[0-9A-Za-z]{2,5}\.{0,3}$`)
)

// isConceptID says that a text is the identifier of a concept: of the international
// edition (00 before the check digit) or of an extension (10).
func isConceptID(s string) bool {
	if !IsConcept([]byte(s)) {
		return false
	}
	partition := s[len(s)-3 : len(s)-1]
	return verhoeff(s) && (partition == "00" || partition == "10")
}

// verhoeff says that the last digit is the check digit of the others. The products are
// those of the dihedral group of ten.
func verhoeff(s string) bool {
	permute := [8][10]int{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}}
	for i := 2; i < 8; i++ {
		for d := range 10 {
			permute[i][d] = permute[i-1][permute[1][d]]
		}
	}
	c := 0
	for i := range len(s) {
		c = dihedral(c, permute[i%8][int(s[len(s)-1-i]-'0')])
	}
	return c == 0
}

func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b-5)%5
	case b < 5:
		return 5 + (a-b)%5
	}
	return (a - b + 5) % 5
}

// isLOINC checks "718-7". Of parts and answers (LP, LA) the form alone is known.
func isLOINC(s string) bool {
	if len(s) > 2 && s[0] == 'L' {
		return IsDigits([]byte(strings.Replace(s[2:], "-", "", 1)))
	}
	number, check, ok := strings.Cut(s, "-")
	if !ok || len(check) != 1 || len(number) < 1 || len(number) > 8 || !IsDigits([]byte(number+check)) {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10-sum%10)%10 == int(check[0]-'0')
}
