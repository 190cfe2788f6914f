package collect

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// traceID takes the trace id of a W3C traceparent (version 00), or makes one.
func traceID(parent string) string {
	if len(parent) == 55 && strings.HasPrefix(parent, "00-") && parent[35] == '-' && parent[52] == '-' {
		id, span, flags := parent[3:35], parent[36:52], parent[53:]
		if isHex(id) && isHex(span) && isHex(flags) && strings.Trim(id, "0") != "" && strings.Trim(span, "0") != "" {
			return id
		}
	}
	return randomHex(16)
}

// traceparent is what a broker is sent: the collection's id, and an id of the
// request's own.
func traceparent(trace string) string { return "00-" + trace + "-" + randomHex(8) + "-01" }

func isHex(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return s != ""
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand never fails since Go 1.24
	return hex.EncodeToString(b)
}
