package demo

import (
	"fmt"

	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/upstreams"
)

// parts are the cast: who they are, and as which of a source's staff.
var parts = []struct {
	id, name, source string
	staff            int
	code, role       string
}{
	{"own-gp", "Dr Amara Okafor", "gp-riverside", 0, "S0010:G0020:R0260", "General Medical Practitioner"},
	{"other-gp", "Dr Rhys Pritchard", "gp-hillview", 0, "S0010:G0020:R0260", "General Medical Practitioner"},
	{"practice-nurse", "Joan Prentice", "gp-riverside", 1, "S8000:G8000:R8001", "Nurse Access Role"},
	{"consultant", "Dr Helen Marchetti", "acute-st-aldhelm", 0, "S0010:G0020:R0050", "Consultant"},
	{"laboratory-specialist", "Dr Yusuf Demir", "acute-northmoor", 0, "S8000:G8000:R8005", "Biomedical Scientist Access Role"},
	{"paramedic", "Jo Whitfield", "ambulance-three-counties", 0, "S8000:G8000:R8003", "Health Professional Access Role"},
	{"nhs-111-clinician", "Sam Akhtar", "nhs-111-wend", 0, "S8000:G8000:R8000", "Clinical Practitioner Access Role"},
	{"community-nurse", "Linda Larch", "community-wend-valley", 0, "S8000:G8000:R8001", "Nurse Access Role"},
	{"social-worker", "Priscilla Boateng", "council-wendshire", 0, "S8000:G8000:R8014", "Social Worker Access Role"},
	{"council-administrator", "Dilip Nair", "council-marlshire", 0, "S8000:G8001:R8010", "Clerical Access Role"},
	{"privacy-officer", "Ruth Calder", "acute-st-aldhelm", 2, "S8000:G8001:R8012", "Information Officer Access Role"},
	{"two-roles", "Dr Obinna Eze", "acute-st-aldhelm", 1, "S0010:G0020:R0050", "Consultant"},
	{"regional-auditor", "Claire Hodgson", "acute-northmoor", 1, "S8000:G8001:R8012", "Information Officer Access Role"},
	{"ig-officer", "Ian Petrie", "acute-northmoor", 2, "S8000:G8001:R8013", "Health Records Manager Access Role"},
}

// further are the roles that a member of the cast has besides.
var further = map[string][]struct{ source, code, role string }{
	"two-roles": {{"out-of-hours-wend", "S8000:G8000:R8000", "Clinical Practitioner Access Role"}},
}

// cast makes the members that the issuer offers.
func cast(sources []upstreams.Source) []issuer.Member {
	at := map[string]upstreams.Source{}
	for _, s := range sources {
		at[s.ID] = s
	}
	var members []issuer.Member
	for _, p := range parts {
		s, user := at[p.source], people.UserID(p.source, p.staff)
		m := issuer.Member{
			ID: p.id, Name: p.name, UserID: user, RoleCode: p.code, RoleName: p.role,
			Organisation: s.ODS.String(), OrgName: s.Name, RoleID: "9" + user[1:],
		}
		for i, f := range further[p.id] {
			s := at[f.source]
			m.Roles = append(m.Roles, issuer.Role{
				Code: f.code, Name: f.role, Organisation: s.ODS.String(), OrgName: s.Name, ID: fmt.Sprintf("8%s%d", user[2:], i+1),
			})
		}
		members = append(members, m)
	}
	return members
}
