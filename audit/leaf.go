package audit

import "crypto/sha256"

// leafDomain keeps the hash of a leaf apart from every other hash of a document.
const leafDomain = "mcr leaf 1\x00"

// LeafEntry is what stands for a record in a Merkle log: SHA-256 of the words "mcr leaf
// 1", a zero byte and the document as it was written. The document's salt makes it tell
// nothing to somebody who guesses at the rest, so that the log may be shown to anybody.
// The leaf's hash is made of it as RFC 6962, section 2.1, says (tlog.RecordHash).
func LeafEntry(document []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(leafDomain))
	h.Write(document)
	return [sha256.Size]byte(h.Sum(nil))
}
