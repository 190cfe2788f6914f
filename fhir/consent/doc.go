// Package consent is the broker's Consent profile (FHIR R4 §6.2, docs/consent.md):
// how a professional tells the broker what a patient answered when asked, that a
// permission ends, or that an emergency is declared.
//
// Parse is strict: an element that the profile does not have is an error, since
// it could limit what the patient agreed to. JSON writes the answer. Whether the
// professional may record it is for the policies.
//
// The package keeps no state; all functions may be used by many goroutines at
// once.
package consent
