package fhir

const consentType = "Consent"
