// Package release makes sets of policies that can be carried to brokers, and reads them: a set is
// built, approved by two different people, signed, and opened again by whoever is to go by it.
//
// A release is a bundle of Open Policy Agent (https://www.openpolicyagent.org/docs/management-bundles),
// signed as OPA signs bundles: any OPA reads and verifies it. It holds the whole folder of policies,
// tests and cases too, data.json with all lists as OPA loads them, and release.json, a statement of
// ours that OPA's format has no place for: a serial that never goes back, from when and until when
// it holds, who wrote it and why, and the approvals. An approval is a JSON Web Signature (RFC 7515,
// detached payload) over the statement, which names the folder by its fingerprint; the signature
// of the bundle is over everything, the approvals included.
//
// Open gives nothing of a release that is not whole: it is unsigned, signed by a key that may not,
// approved by fewer than two people or twice by one, not valid yet or any more, older than what was
// accepted before, altered, cut off or too large. Each is an error of its own (Refusal). It judges no
// rules: whether they compile and pass their tests is for the gate (package gate) before they are in
// force.
package release
