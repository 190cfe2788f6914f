// Package vouch carries where a request came from past the program that asks for
// somebody. The collector and the console ask a source's broker with a professional's
// own token, so the broker sees the collector's address and program. What the record
// needs is the browser's: the collector says it, in a statement that is signed, bound
// to this one request and short-lived (Signer), and the broker believes those alone
// whose key its operator has named (Verifier).
//
// A statement is a field Mcr-Client (a dictionary of RFC 9651) under an HTTP Message
// Signature (RFC 9421) of one fixed form:
//
//	Mcr-Client: for="192.0.2.7", agent=:TW96aWxsYS81LjA=:, trace="4bf92f3577b34da6a3ce929d0e0e4736"
//	Signature-Input: mcr=("@method" "@authority" "@path" "@query" "authorization" "mcr-client")
//	  ;created=1772452800;nonce="…";keyid="…";alg="ed25519";tag="mcr-client"
//	Signature: mcr=:…:
//
// What is guaranteed: a statement is believed only from a named key, for the method,
// host, path, query and token that it was made for, with the same trace id, within 60 s of
// its time, and once. What is not: that the signer tells the truth, and that the body is
// the one that it sent (it stands under the token and, on the way, under TLS). A statement
// opens nothing: it says where from, and no decision rests on it. It is for brokers alone
// and is never sent to a source.
//
// A Signer and a Verifier may be used by many goroutines at once.
package vouch
