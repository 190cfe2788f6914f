// Package demo is a small synthetic region: two hundred patients, the twelve
// source systems that hold their records, and an issuer of tokens for the
// professionals who look after them.
//
// Start brings up the sources and the issuer on loopback addresses. The brokers
// in front of the sources are the real ones: Region.Caddyfile is a Caddyfile for
// them, Region.RegistryNDJSON is what their registry imports. Region.Describe tells
// programs where everything is (docs/demo-describe.md), and the ten commands of
// Commands show what the promises to patients come to; Script runs them.
//
// The package shares no code with the broker: what it knows of FHIR, it knows by
// itself. A Region may be used by many goroutines at once.
package demo
