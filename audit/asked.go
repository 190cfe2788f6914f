package audit

import (
	"github.com/google/uuid"

	"github.com/mycarerecord/mcr/access"
)

func init() { uuid.EnableRandPool() }

// NewID makes the id of a record, or of what one tells of: a UUIDv7 (RFC 9562), so that
// ids sort by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() } // fails only without randomness

// AskedBy puts who asks into the record, as their token says.
func (r *Record) AskedBy(s access.Subject) {
	r.UserID, r.UserName = s.UserID, s.Name
	r.RoleCode, r.RoleName = s.Role.String(), s.RoleName
	r.UserOrg, r.UserOrgName = s.Organisation.String(), s.OrgName
	r.Client, r.TokenID, r.SessionID, r.Issuer, r.Assurance = s.Client, s.TokenID, s.Session, s.Issuer, s.Assurance
}
