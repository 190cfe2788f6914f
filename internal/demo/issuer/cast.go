package issuer

// Member is one professional of the cast.
type Member struct {
	ID           string // "own-gp": what a program asks for
	Name         string
	UserID       string // SDS user id
	RoleCode     string // National RBAC, "S8000:G8000:R8000"
	RoleName     string
	Organisation string // ODS code
	OrgName      string
	RoleID       string // SDS role profile id: this person in this role at this organisation
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
