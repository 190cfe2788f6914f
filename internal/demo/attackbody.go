package demo

// The Consents of docs/consent.md, as the attack suite sends them: what stands in
// braces it puts in.
const (
	permissionBody = `{"resourceType": "Consent", "status": "active",
  "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
  "category": [{"coding": [{"system": "https://mycarerecord.example/fhir/CodeSystem/consent-category", "code": "permission-to-view"}]}],
  "patient": {"identifier": {"system": "{system}", "value": "{A.nhs}"}},
  "performer": [{"identifier": {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "{vars.user}"}}],
  "organization": [{"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "{vars.organisation}"}}],
  "extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "in-person"}],
  "provision": {"type": "permit", "period": {"end": "{time.+1h}"}}}`

	withdrawalBody = `{"resourceType": "Consent", "status": "inactive",
  "identifier": [{"system": "https://mycarerecord.example/fhir/Id/permission", "value": "{kept.permission}"}],
  "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
  "category": [{"coding": [{"system": "https://mycarerecord.example/fhir/CodeSystem/consent-category", "code": "permission-to-view"}]}],
  "patient": {"identifier": {"system": "{system}", "value": "{A.nhs}"}},
  "performer": [{"identifier": {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "{vars.user}"}}],
  "organization": [{"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "{vars.organisation}"}}]}`
)
