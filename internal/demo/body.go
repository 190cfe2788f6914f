package demo

import (
	"encoding/json"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
)

// permissionFor is how long a permission of the story lasts.
const permissionFor = time.Hour

type object = map[string]any

func coded(system, code string) object {
	return object{"coding": []any{object{"system": system, "code": code}}}
}

func identified(system, value string) object {
	return object{"identifier": object{"system": system, "value": value}}
}

// userID is the SDS user id of a member of the cast.
func userID(member string) string {
	for _, p := range parts {
		if p.id == member {
			return people.UserID(p.source, p.staff)
		}
	}
	return ""
}

// write makes the JSON that goes with a step. Consents are of the profile of
// docs/consent.md; ended is the permission that a withdrawal ends.
func (b body) write(patient DescribedPatient, member DescribedMember, ended string, now time.Time) []byte {
	var fields object
	switch b {
	case noBody:
		return nil
	case observation:
		fields = object{
			"resourceType": "Observation", "status": "final", "code": object{"text": "Temperature"},
			"subject": identified("https://fhir.nhs.uk/Id/nhs-number", patient.NHSNumber),
		}
	case permission, withdrawal:
		fields = object{
			"resourceType": "Consent", "status": "active",
			"scope":        coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
			"category":     []any{coded("https://mycarerecord.example/fhir/CodeSystem/consent-category", "permission-to-view")},
			"patient":      identified("https://fhir.nhs.uk/Id/nhs-number", patient.NHSNumber),
			"performer":    []any{identified("https://fhir.nhs.uk/Id/sds-user-id", userID(member.ID))},
			"organization": []any{identified("https://fhir.nhs.uk/Id/ods-organization-code", member.Organisation)},
		}
		if b == withdrawal {
			fields["status"] = "inactive"
			fields["identifier"] = []any{object{"system": "https://mycarerecord.example/fhir/Id/permission", "value": ended}}
			break
		}
		fields["extension"] = []any{object{
			"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "in-person",
		}}
		fields["provision"] = object{"type": "permit", "period": object{"end": now.Add(permissionFor).UTC().Format(time.RFC3339)}}
	}
	text, _ := json.Marshal(fields) // strings and lists always have a JSON form
	return text
}
