package nhs

import "errors"

// ODSSystem is the FHIR identifier system of an ODS code.
const ODSSystem = "https://fhir.nhs.uk/Id/ods-organization-code"

// ErrODSCode says that a text is not of the form of an ODS code.
var ErrODSCode = errors.New("not a valid ODS code")

// ODSCode is the code of an organisation or site in the Organisation Data
// Service: three to ten capital letters and digits. The zero ODSCode is none.
type ODSCode struct{ code string }

// ParseODSCode reads a code as it stands: lower case and spaces are refused, so
// that one organisation has one spelling.
func ParseODSCode(s string) (ODSCode, error) {
	if len(s) < 3 || len(s) > 10 {
		return ODSCode{}, ErrODSCode
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return ODSCode{}, ErrODSCode
		}
	}
	return ODSCode{code: s}, nil
}

// IsZero says that there is no code.
func (c ODSCode) IsZero() bool { return c.code == "" }

// String gives the code.
func (c ODSCode) String() string { return c.code }

// MarshalText gives the code.
func (c ODSCode) MarshalText() ([]byte, error) { return []byte(c.code), nil }
