// Package past makes up a month of the demo region's trail, so that whoever opens it for the first
// time finds something: working days and nights, clinics, calls, what patients said, what was refused
// and why, and some misuse to be found (docs/demo-past.md tells what, and how).
//
// Who asks, what for, and what was shown are made up. What was decided is not: each question is put
// to the very rules of the region, with what its registry knows of the patient, so that every
// record's effect, reasons, rules, revision and input are true, and a decision that is made again
// comes out the same. The same seed and the same day give the same month.
//
// Every record says that it was made up, by the program and by the browser that it names (Client,
// Agent). Write puts them into a data folder before its broker serves for the first time, through the
// broker's own spool and journal: they are numbered, chained and provable as all others are.
//
// Nothing but mcr demo uses this package: there is no other way to make such records.
package past
