package people

import (
	"fmt"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

// staff are the people who work at a source, three each; the cast of the demo
// is among them.
var staff = map[string][]string{
	riverside:  {"Amara Okafor", "Joan Prentice", "Tomasz Zielinski"},
	hillview:   {"Rhys Pritchard", "Anjali Rao", "Colin Marsh"},
	stAldhelm:  {"Helen Marchetti", "Obinna Eze", "Ruth Calder"},
	northmoor:  {"Yusuf Demir", "Claire Hodgson", "Ian Petrie"},
	wendValley: {"Linda Larch", "Sipho Dube", "Mary Kinsella"},
	larkfield:  {"Oscar Brandt", "Nia Bevan", "Farhan Malik"},
	eastmere:   {"Greta Lindqvist", "Paul Adeyemi", "Sue Tranter"},
	ambulance:  {"Jo Whitfield", "Dan Pryce", "Meera Joshi"},
	wend111:    {"Sam Akhtar", "Bethan Rowe", "Luke Farrow"},
	outOfHours: {"Elena Vasquez", "Hugh Mortimer", "Tess Nolan"},
	wendshire:  {"Priscilla Boateng", "Mark Ainsley", "Jean Tully"},
	marlshire:  {"Dilip Nair", "Sandra Pike", "Owain Rees"},
}

const fixed = "2024-01-08T09:00:00Z"

// shared are the resources of a source that are about no patient.
func (p *Population) shared(s upstreams.Source) [][]byte {
	meta := func(kind string) object {
		return object{"versionId": "1", "lastUpdated": fixed, "profile": list{ukCore + kind}}
	}
	out := [][]byte{render("Organization", "org-"+s.ID, meta("Organization"), object{
		"active": true, "name": s.Name,
		"identifier": list{object{"system": nhs.ODSSystem, "value": s.ODS.String()}},
		"telecom":    list{object{"system": "phone", "value": s.Telephone}},
	})}
	for i, name := range staff[s.ID] {
		out = append(out, render("Practitioner", fmt.Sprintf("staff-%d", i+1), meta("Practitioner"), object{
			"active": true, "name": list{object{"text": name}},
			"identifier": list{object{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": UserID(s.ID, i)}},
		}))
	}
	for i, place := range []string{"Main building", "East wing"} {
		out = append(out, render("Location", fmt.Sprintf("place-%d", i+1), meta("Location"), object{
			"status": "active", "name": place + ", " + s.Name, "managingOrganization": refer("Organization/org-" + s.ID),
		}))
	}
	if s.Kind == "gp" || s.Kind == "acute" {
		for _, m := range medicines {
			out = append(out, render("Medication", "med-"+m.code, meta("Medication"), object{"status": "active", "code": m.concept()}))
		}
	}
	return out
}

// UserID is the SDS user id of the i-th member of a source's staff.
func UserID(source string, i int) string {
	for n, id := range sourceIDs {
		if id == source {
			return fmt.Sprintf("5550%02d00%04d", n+1, 100+i)
		}
	}
	return ""
}

func (r *record) organisation() object { return refer("Organization/org-" + r.source.ID) }

// someone is a member of the staff.
func (r *record) someone() object { return refer(fmt.Sprintf("Practitioner/staff-%d", 1+r.IntN(3))) }

func (r *record) place() object { return refer(fmt.Sprintf("Location/place-%d", 1+r.IntN(2))) }
