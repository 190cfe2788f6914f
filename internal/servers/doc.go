// Package servers has the real servers that tests run against: software that
// nobody here wrote, and which therefore disagrees with us where it matters.
// `make test-servers` runs them.
//
//	StartClickHouse(ctx, dir, users)  ClickHouse, to be killed and started again on its data
//	HAPI(t)                           a HAPI FHIR R4 server, empty (tag servers)
//	LoadSynthea(t, base)              Synthea's patients on it, each with an NHS number (tag servers)
//	ClientLibrary(t, name)            a part of a client library that others ask with (tag servers)
//
// The package provider, beside, has an OpenID provider; the package postgres PostgreSQL,
// with replicas.
//
// The folder clients has a program for each of five client libraries, and a page
// for a browser. TestServersClients runs them, as they are, through a broker in
// front of HAPI; the table of what they ask and what should come of it stands in
// clients_asks_test.go. MCR_CLIENTS_SENT=FILE leaves what each of them sends.
//
// The script install puts everything into the cache: .cache beside go.mod, or
// MCR_CACHE. A server that is not there is a failure, never a skip: a promise that
// was not tried is not kept. Each listens on loopback only, keeps its data in the
// test's own folder and ends with the test. Tests may run servers side by side.
package servers
