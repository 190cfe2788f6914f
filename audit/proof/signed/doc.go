// Package signed makes and reads what a Merkle log of the trail says under its key, in
// the forms that others' programs read as well:
//
//   - checkpoints (c2sp.org/tlog-checkpoint): origin, size and root, in a signed note
//     (c2sp.org/signed-note) under the log's Ed25519 key,
//   - cosignatures of witnesses (c2sp.org/tlog-cosignature, cosignature/v1), with the time
//     at which a witness saw that the log had only grown.
//
// The signatures are those of golang.org/x/mod/sumdb/note. Whoever reads these needs
// public keys alone. All functions may be used by many goroutines at once.
package signed
