// Package broker is the Policy Enforcement Point: it takes one FHIR request to
// one source from start to finish, on plain net/http.
//
// The request is one straight line (see answer.go): what is asked, who asks,
// what is known, may they and how far, fetch, cut, record, write. Whatever
// happens on the way, the line ends in the same two steps: the audit record is
// durable, and then the first byte leaves. There is one call of Append and one
// write in the package, both in finish.go.
//
// A Handler guarantees that nothing of a source's answer leaves that the release
// plan does not name, and nothing at all when the record could not be written.
// It does not decide (package decision does) and stores nothing but the pairing
// of a source's own patient ids with NHS numbers, in memory, for a short time.
//
// A Handler may be used by many goroutines at once.
package broker
