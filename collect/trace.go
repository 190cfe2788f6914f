package collect

import "github.com/mycarerecord/mcr/traceparent"

// traceOf takes over the asker's trace, or begins one.
func traceOf(parent string) traceparent.Parent {
	if p, ok := traceparent.Read(parent); ok {
		return p
	}
	return traceparent.New()
}

func isHex(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return s != ""
}
