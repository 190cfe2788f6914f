// Package people makes the synthetic population of the demo region: who lives
// there, which organisations hold a record about them, and those records as FHIR
// R4 resources in the shape of UK Core.
//
// Everything follows from a seed: the same seed gives the same bytes, whatever
// the day, but for the appointments still to come, which are counted from the
// day that is passed in. Nobody here is a real person: names and addresses are
// made up, telephone numbers are of the range set aside for drama, and NHS
// numbers of the range set aside for tests (beginning 999).
//
// A Population never changes after New and may be used by many goroutines at once.
package people
