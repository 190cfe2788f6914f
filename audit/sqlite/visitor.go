package sqlite

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// visitor gives the number of whoever a record may be of a visit of (audit.Visitor): 64
// bits of a hash of what tells them apart, as the columns have it. Two of ten million
// visitors are one with a chance of three in a million.
func visitor(r *brief, org, session string, patient []byte, looks bool) int64 {
	text := make([]byte, 0, 256)
	part := func(b []byte) { text = append(binary.AppendUvarint(text, uint64(len(b))), b...) }
	part([]byte(r.user))
	part([]byte(org))
	part([]byte(session))
	part(patient)
	if looks {
		text = append(text, 1)
	}
	if r.user == "" {
		part(r.trace)
		if len(r.trace) == 0 {
			text = binary.BigEndian.AppendUint64(text, uint64(r.key))
		}
	}
	sum := sha256.Sum256(text)
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// isLook says whether a kind is of looks: ReadTraits writes the action as AppendJSON did.
func isLook(traits []byte) bool { return bytes.Contains(traits, []byte(`"action":"look-`)) }
