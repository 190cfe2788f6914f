// Package provider has a real OpenID provider that tests run against: oidc-provider,
// of npm, which is certified by the OpenID Foundation and of which nobody here wrote
// a line. It is set up as NHS CIS2 is, with the people that a test gives it.
//
//	Start(setup)        the provider, on free ports of loopback, until Close
//	Provider.SignIn     goes through its pages as somebody's browser does
//	Provider.Rotate     new keys; Away: it cannot be reached; Slow: its clock is behind
//
// The tests (tag servers, `make test-servers`) put a broker with its Caddyfile, a console
// and a Chromium before it, and have client libraries of others (openid-client and
// fhirclient of npm, golang.org/x/oauth2) sign in there and ask for a record.
package provider
