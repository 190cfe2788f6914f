// Package intake brings releases of policies to a broker: it asks the place of publication again and
// again, opens what is new there, and keeps what was accepted last, so that a broker starts when the
// place does not answer.
//
// A place is an address (HTTP, asked with the entity tag or the time of what it gave last: RFC 9110,
// section 13) or a folder. What comes is opened by release.Open, against the highest serial that was
// ever accepted here, which is sealed under a key of the deployment. What is refused is told once.
// Whether policies pass their checks, and whether they are in the trail before they decide, is for
// whoever takes them.
package intake
