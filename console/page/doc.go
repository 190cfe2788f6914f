// Package page holds what every page of the console has: the layout, the safety
// headers, the person who is signed in, and the way a template becomes an answer.
//
// A page is rendered whole before its first byte leaves; a template that fails is
// a 500 page, never half of another. Nothing that Render sends may be cached, and
// no page holds inline script or style. A browser that does not read what it asked
// for is given up on (Send). Pages are compressed for requests that no other site's
// page made (Guard, docs/decisions/0047). A Set may be used by many goroutines at once.
package page
