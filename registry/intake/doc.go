// Package intake takes FHIR resources into a registry: it reads what they say about a patient
// into entries, says what is to be corrected, and adds the versions that make the registry say
// what the resources say (docs/registry-import.md).
//
// An import is a stream. check.go reads the file once and writes nothing; write.go reads it again
// and takes it in batches (batch.go), noting how far it is (progress.go). What a line says is read
// by the files named after the resources; what becomes of it beside what is on record is a plan
// (plan.go), in the check as when it is written.
package intake
