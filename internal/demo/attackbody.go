package demo

// consentTexts are the parts of a Consent of docs/consent.md, of which the cases of
// the attack suite are made: what stands in braces it puts in.
func consentTexts(asker, viewer [2]string) map[string]string {
	return map[string]string{
		"consent":    `"resourceType": "Consent", "status": "active", ` + consentScope + `, ` + consentCategory("permission-to-view"),
		"withdrawal": `"resourceType": "Consent", "status": "inactive", ` + consentScope + `, ` + consentCategory("permission-to-view"),
		"emergency":  `"resourceType": "Consent", "status": "active", ` + consentScope + `, ` + consentCategory("emergency-access"),
		"how_asked":  `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "in-person"}]`,

		"asker":  consentBy(asker),
		"viewer": consentBy(viewer),
		"asked":  `"patient": {"identifier": {"system": "{system}", "value": "{asked.nhs}"}}, ` + consentBy(asker),
	}
}

const consentScope = `"scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}`

func consentCategory(code string) string {
	return `"category": [{"coding": [{"system": "https://mycarerecord.example/fhir/CodeSystem/consent-category", "code": "` + code + `"}]}]`
}

// consentBy names who asked: user and organisation.
func consentBy(who [2]string) string {
	return `"performer": [{"identifier": {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "` + who[0] + `"}}], ` +
		`"organization": [{"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "` + who[1] + `"}}]`
}
