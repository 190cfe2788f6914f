// Package population makes a region of any size as "mcr registry import" takes it: NDJSON,
// one FHIR R4 resource a line (docs/registry-import.md). It is for measuring: how long an
// import takes, how large a registry becomes, how fast a patient is found in it.
//
// A region is told in Generations feeds. Feed 0 tells all that is known on the first day; each
// later one what is new or has changed since (patients who move to another practice or died,
// relationships that ended, permissions that were given, made longer and withdrawn, opt-outs
// that were taken back), or, Whole, everything as it is by then. A feed is in the order in which
// a region gets it: each system sends its own resources, in an order that is not that of NHS
// numbers, so that what is known about a patient lies scattered in the registry.
//
// How much is known of whom is spread as it is among people: most have few relationships,
// and a few have hundreds. On average, over all feeds, a patient has 10 relationships (episodes,
// encounters, caseloads, referrals) and 2 versions of opt-outs and permissions; one in 50 had
// another NHS number before, under which a part of it still stands.
//
// Nobody in it is real. NHS numbers are of the range set aside for tests (beginning 999) and, where
// there are more than 800,000, of those below it down to 990, which have a right check digit and are
// not issued. Organisations are made up; telephone numbers are of the range set aside for drama.
//
// Everything follows from the number of patients: the same region gives the same bytes, on any
// day. It is made while it is written, in the memory of one line. A Region never changes
// and may be used by many goroutines at once.
package population
