// Package nhs holds the identifiers of the National Health Service that a
// decision rests on: NHS numbers, ODS organisation codes and SDS role codes.
//
// Each is parsed once, at the edge, and then trusted: a non-zero value of these
// types has the right form. The package guarantees form only; that a number has
// been issued, or an organisation exists, is for others to know.
//
// All values are immutable and may be used by many goroutines at once.
package nhs

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// NumberSystem is the FHIR identifier system of the NHS number
// (UK Core Patient.identifier:nhsNumber).
const NumberSystem = "https://fhir.nhs.uk/Id/nhs-number"

// ErrNumber says that a text is not an NHS number. It never carries the text.
var ErrNumber = errors.New("not a valid NHS number")

// Number is an NHS number: ten digits, the last of which is a Modulus 11 check
// digit (NHS Data Dictionary, NHS NUMBER). The zero Number is no number, and neither are
// ten equal digits: their check digit is right by arithmetic, and systems write them
// where a number is not known (0000000000, 9999999999). The UK Health Security
// Agency's package epidm (valid_nhs, 1.0.6) refuses them likewise.
//
// A Number prints and logs itself masked; Digits gives the number itself.
type Number struct{ digits string }

// ParseNumber reads exactly ten ASCII digits with a right check digit. Spaces,
// dashes and digits of other scripts are refused: what a person types is
// cleaned by the page that asked for it.
func ParseNumber(s string) (Number, error) {
	if len(s) != 10 {
		return Number{}, ErrNumber
	}
	sum := 0
	for i := range 10 {
		c := s[i]
		if c < '0' || c > '9' {
			return Number{}, ErrNumber
		}
		if i < 9 {
			sum += int(c-'0') * (10 - i)
		}
	}
	check := (11 - sum%11) % 11
	if check == 10 || byte(check) != s[9]-'0' || strings.Count(s, s[:1]) == len(s) {
		return Number{}, ErrNumber
	}
	return Number{digits: s}, nil
}

// IsZero says that there is no number.
func (n Number) IsZero() bool { return n.digits == "" }

// Digits gives the ten digits, for a comparison or for the patient's own source.
// It must never reach a log, a metric, an error or a page address.
func (n Number) Digits() string { return n.digits }

// String gives the number masked: "999*****34".
func (n Number) String() string {
	if n.IsZero() {
		return "none"
	}
	return n.digits[:3] + "*****" + n.digits[8:]
}

// Format writes the number masked whatever the verb: without it %#v and %d would
// go round String and show the digits. A struct that keeps a Number in an
// unexported field MUST NOT be printed: package fmt calls no methods there.
func (n Number) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprint(f, strconv.Quote(n.String()))
		return
	}
	fmt.Fprint(f, n.String())
}

// LogValue masks the number in every slog handler.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalText masks the number wherever a value is encoded without thought.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }
