package sqlite

import (
	"encoding/hex"
	"strings"
)

// packed gives a trace id as the column has it: W3C's 32 digits as 16 bytes,
// anything else as it is behind 16 zeros, so that nothing is taken for the other.
func packed(trace string) []byte {
	if len(trace) == 32 && strings.IndexFunc(trace, notHex) < 0 {
		return fromHex(trace)
	}
	return asItIs(trace)
}

// packedID does the same for a record's id: a UUID in its usual form (RFC 9562,
// section 4) as 16 bytes.
func packedID(id string) []byte {
	if len(id) == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' {
		digits := id[:8] + id[9:13] + id[14:18] + id[19:23] + id[24:]
		if strings.IndexFunc(digits, notHex) < 0 {
			return fromHex(digits)
		}
	}
	return asItIs(id)
}

// packedPatient does the same for a patient's HMAC: the first half of it, which tells
// patients apart as well as the whole; nil when there is none.
func packedPatient(hmac string) []byte {
	switch {
	case hmac == "":
		return nil
	case len(hmac) == 64 && strings.IndexFunc(hmac, notHex) < 0:
		return fromHex(hmac[:32])
	}
	return asItIs(hmac)
}

func fromHex(digits string) []byte {
	b, _ := hex.DecodeString(digits) // they are digits
	return b
}

func asItIs(text string) []byte {
	if text == "" {
		return []byte{} // not NULL
	}
	return append(make([]byte, 16, 16+len(text)), text...)
}

func notHex(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }
