package nhs

import "errors"

// ErrRoleCode says that a text is not of the form of an SDS job role code.
var ErrRoleCode = errors.New("not a valid SDS role code")

// RoleCode is a job role code of the Spine Directory Service, such as R8000
// (clinical practitioner access role): R and four digits. National RBAC writes
// it as the last part of "S8000:G8000:R8000".
type RoleCode struct{ code string }

// ParseRoleCode reads "R8000", or the three-part form of National RBAC.
func ParseRoleCode(s string) (RoleCode, error) {
	if len(s) == 17 && s[0] == 'S' && s[5] == ':' && s[6] == 'G' && s[11] == ':' {
		if !digits(s[1:5]) || !digits(s[7:11]) {
			return RoleCode{}, ErrRoleCode
		}
		s = s[12:]
	}
	if len(s) != 5 || s[0] != 'R' || !digits(s[1:]) {
		return RoleCode{}, ErrRoleCode
	}
	return RoleCode{code: s}, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// IsZero says that there is no code.
func (r RoleCode) IsZero() bool { return r.code == "" }

// String gives the code, such as "R8000".
func (r RoleCode) String() string { return r.code }

// MarshalText gives the code.
func (r RoleCode) MarshalText() ([]byte, error) { return []byte(r.code), nil }
