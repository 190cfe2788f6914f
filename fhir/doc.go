// Package fhir reads FHIR R4 requests and cuts FHIR R4 responses, trusting neither.
//
// ParseRequest turns an HTTP request into one canonical Request or a Refusal: the
// files request_*.go. Filter cuts what a source answered to a Plan, entry by
// entry, in the bytes themselves, so that what is released is exactly what the
// source said: the files answer_*.go. What cannot be understood is withheld, and
// counted.
//
// Its rooms decide nothing: internal/tree reads a document into nodes, internal/r4 has HL7's
// own tables, internal/spelling knows what is written otherwise and means the same, and
// internal/hosts finds a source's own addresses.
//
// The package keeps no state; all functions may be used by many goroutines at
// once.
package fhir
