package people

import (
	"fmt"
	"html"

	"github.com/mycarerecord/mcr/nhs"
)

// patient adds the person as this organisation has registered them.
func (r *record) patient() {
	p := r.person
	fields := object{
		"active": p.Died == "",
		"identifier": list{
			object{
				"extension": list{object{
					"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
					"valueCodeableConcept": concept("https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland",
						"01", "Number present and verified"),
				}},
				"use": "official", "system": nhs.NumberSystem, "value": r.number().Digits(),
			},
			object{"use": "usual", "system": "https://" + r.source.ID + ".example/Id/patient", "value": r.local},
		},
		"name":      list{object{"use": "official", "prefix": list{p.Prefix}, "given": list{p.Given}, "family": p.Family, "text": p.Prefix + " " + p.Name()}},
		"gender":    p.Gender,
		"birthDate": p.Born,
		"telecom":   list{object{"system": "phone", "use": "mobile", "value": p.Phone}},
		"address": list{object{"use": "home", "type": "both", "line": list{p.Address.Line}, "city": p.Address.Town,
			"district": p.Address.County, "postalCode": p.Address.Postcode}},
		"managingOrganization": r.organisation(),
	}
	gp := r.p.source[p.GP]
	fields["generalPractitioner"] = list{object{
		"type": "Organization", "identifier": object{"system": nhs.ODSSystem, "value": gp.ODS.String()}, "display": gp.Name,
	}}
	if gp.ID == r.source.ID {
		fields["generalPractitioner"] = list{r.organisation()}
	}
	if p.Died != "" {
		fields["deceasedDateTime"] = p.Died
	}
	if p.Has(Restricted) {
		fields["meta"] = labelled("R")
	}
	if r.source.Kind == "acute" { // a system that writes narratives, address and all
		fields["text"] = object{"status": "generated", "div": fmt.Sprintf(
			`<div xmlns="http://www.w3.org/1999/xhtml"><p>%s, born %s</p><p>%s, %s %s</p></div>`,
			html.EscapeString(p.Prefix+" "+p.Name()), p.Born, html.EscapeString(p.Address.Line), html.EscapeString(p.Address.Town), p.Address.Postcode)}
	}
	r.add("Patient", fields)
}
