// Package hostile is a FHIR server that lies: a source system as bad as one can be, for
// trying what stands in front of it.
//
// It knows two patients. A (Patient/a) may be seen by whoever tries; B (Patient/b) may
// not, and all that is said of B holds the mark [B] or B's NHS number: neither must ever
// leave, in whatever header or body. Which lie is told is chosen by what a client can ask
// through any gateway: the id of a read (Observation/<behaviour>,
// Observation/<behaviour>/_history), or the code of a search
// (Observation?patient=a&code=https://hostile.example|<behaviour>).
//
// Every behaviour is a small function in a table; the files of JSONTestSuite (MIT, in
// jsontestsuite.txt with its licence) are behaviours too. A [Server] listens for itself,
// since much of what it says is no HTTP. It is for tests and the demo alone.
package hostile
