// Package fhir reads FHIR R4 requests and cuts FHIR R4 responses, trusting neither.
//
// ParseRequest turns an HTTP request into one canonical Request or a Refusal: the
// files request_*.go. Filter cuts what a source answered to a Plan, entry by
// entry, in the bytes themselves, so that what is released is exactly what the
// source said: the files answer_*.go. What cannot be understood is withheld, and
// counted.
//
// The package keeps no state; all functions may be used by many goroutines at
// once.
package fhir
