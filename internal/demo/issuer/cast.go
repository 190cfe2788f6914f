package issuer

// Member is one professional of the cast, in the first of their roles.
type Member struct {
	ID           string // "own-gp": what a program asks for
	Name         string
	UserID       string // SDS user id
	RoleCode     string // National RBAC, "S8000:G8000:R8000"
	RoleName     string
	Organisation string // ODS code
	OrgName      string
	RoleID       string // SDS role profile id: this person in this role at this organisation

	// Roles are the further roles of somebody who has several. Signing in does
	// not choose one of them: their first tokens have no selected_roleid.
	Roles []Role
}

// Role is one role of a member at one organisation.
type Role struct {
	Code, Name            string // National RBAC code, and in words
	Organisation, OrgName string // ODS code and name
	ID                    string // SDS role profile id
}

// Find gives a member by id.
func Find(cast []Member, id string) (Member, bool) {
	for _, m := range cast {
		if m.ID == id {
			return m, true
		}
	}
	return Member{}, false
}

// AllRoles gives every role of the member, the first one first.
func (m Member) AllRoles() []Role {
	first := Role{Code: m.RoleCode, Name: m.RoleName, Organisation: m.Organisation, OrgName: m.OrgName, ID: m.RoleID}
	return append([]Role{first}, m.Roles...)
}

// chosen gives the role profile id that a token names as selected: the one asked
// for, the only one there is, or "" when the member still has to choose. It is
// false when the role asked for is not the member's.
func (m Member) chosen(asked string) (string, bool) {
	if asked == "" {
		if len(m.Roles) == 0 {
			return m.RoleID, true
		}
		return "", true
	}
	for _, role := range m.AllRoles() {
		if role.ID == asked {
			return asked, true
		}
	}
	return "", false
}
