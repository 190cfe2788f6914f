package past

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/nhs"
)

// Colleague is one who works in the region. The cast are among them, and others who never sign in.
type Colleague struct {
	Source string // where they work
	At     int    // their place in the list of its staff, of which their user id is made
	Name   string
	Role   string // the job role's code
}

// UserID is their SDS user id.
func (c Colleague) UserID() string { return people.UserID(c.Source, c.At) }

const (
	riverside  = "gp-riverside"
	hillview   = "gp-hillview"
	stAldhelm  = "acute-st-aldhelm"
	northmoor  = "acute-northmoor"
	wendValley = "community-wend-valley"
	larkfield  = "mental-health-larkfield"
	eastmere   = "mental-health-eastmere"
	ambulance  = "ambulance-three-counties"
	wend111    = "nhs-111-wend"
	outOfHours = "out-of-hours-wend"
	wendshire  = "council-wendshire"
	marlshire  = "council-marlshire"
)

// The misuse that is planted is of these two; the officers are those of the cast.
const (
	AtNight       = "Kirsty Vane"
	OfAColleague  = "Mary Kinsella"
	auditor       = "Claire Hodgson"
	atStAldhelm   = "Ruth Calder"
	atNorthmoor   = "Ian Petrie"
	WithoutFollow = "Dan Pryce"
)

// Staff are all who work in the region, as far as the month tells.
var Staff = []Colleague{
	{riverside, 0, "Dr Amara Okafor", "R0260"},
	{riverside, 1, "Joan Prentice", "R8001"},
	{riverside, 2, "Dr Tomasz Zielinski", "R0260"},
	{hillview, 0, "Dr Rhys Pritchard", "R0260"},
	{hillview, 1, "Dr Anjali Rao", "R0260"},
	{hillview, 2, "Colin Marsh", "R8009"},
	{stAldhelm, 0, "Dr Helen Marchetti", "R0050"},
	{stAldhelm, 1, "Dr Obinna Eze", "R0050"},
	{stAldhelm, 2, atStAldhelm, "R8012"},
	{stAldhelm, 3, AtNight, "R8001"},
	{stAldhelm, 4, "Dr Samir Haddad", "R0050"},
	{stAldhelm, 5, "Grainne Molloy", "R8001"},
	{northmoor, 0, "Dr Yusuf Demir", "R8005"},
	{northmoor, 1, auditor, "R8012"},
	{northmoor, 2, atNorthmoor, "R8013"},
	{northmoor, 3, "Dr Ines Falk", "R0050"},
	{wendValley, 0, "Linda Larch", "R8001"},
	{wendValley, 1, "Sipho Dube", "R8001"},
	{wendValley, 2, OfAColleague, "R8001"},
	{larkfield, 0, "Dr Oscar Brandt", "R8000"},
	{larkfield, 1, "Nia Bevan", "R8001"},
	{eastmere, 0, "Dr Greta Lindqvist", "R8000"},
	{ambulance, 0, "Jo Whitfield", "R8003"},
	{ambulance, 1, WithoutFollow, "R8003"},
	{ambulance, 2, "Meera Joshi", "R8003"},
	{wend111, 0, "Sam Akhtar", "R8000"},
	{wend111, 1, "Bethan Rowe", "R8000"},
	{wend111, 2, "Luke Farrow", "R8000"},
	{outOfHours, 0, "Dr Elena Vasquez", "R0260"},
	{outOfHours, 1, "Dr Hugh Mortimer", "R0260"},
	{outOfHours, 2, "Tess Nolan", "R8001"},
	{wendshire, 0, "Priscilla Boateng", "R8014"},
	{wendshire, 1, "Mark Ainsley", "R8014"},
	{marlshire, 0, "Dilip Nair", "R8010"},
	{marlshire, 1, "Sandra Pike", "R8014"},
}

// roles are the job roles of the staff, in words as tokens have them.
var roles = map[string]string{
	"R0050": "Consultant", "R0260": "General Medical Practitioner",
	"R8000": "Clinical Practitioner Access Role", "R8001": "Nurse Access Role", "R8003": "Health Professional Access Role",
	"R8005": "Biomedical Scientist Access Role", "R8009": "Receptionist Access Role", "R8010": "Clerical Access Role",
	"R8012": "Information Officer Access Role", "R8013": "Health Records Manager Access Role", "R8014": "Social Worker Access Role",
}

// named finds one of the staff.
func named(name string) Colleague {
	return Staff[slices.IndexFunc(Staff, func(c Colleague) bool { return c.Name == name })]
}

// at gives the staff of sources who work in one of these roles.
func at(source string, roles ...string) (some []Colleague) {
	for _, c := range Staff {
		if c.Source == source && slices.Contains(roles, c.Role) {
			some = append(some, c)
		}
	}
	return some
}

// subject is a colleague as their token tells of them: without an issuer, since none signed one.
func (m *month) subject(c Colleague) access.Subject {
	role, err := nhs.ParseRoleCode(c.Role)
	s, ok := m.sources[c.Source]
	if err != nil || !ok {
		m.fault = cmp.Or(m.fault, fmt.Errorf("%s has no role or no place", c.Name))
	}
	return access.Subject{
		UserID: c.UserID(), Name: c.Name, Role: role, RoleName: roles[c.Role], Organisation: s.ODS, OrgName: s.Name,
		Client: Client, Assurance: "AAL3", Purpose: access.DirectCare,
	}
}
