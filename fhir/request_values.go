package fhir

import (
	"strings"
	"unicode/utf8"
)

// unescape decodes one name or value of a query or form, once, strictly: a bad
// escape is an error, and so are control characters and what is not UTF-8.
func unescape(s string) (string, bool) {
	escaped := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '%' || c == '+':
			escaped = true
		case c <= ' ' || c >= 0x7f:
			return "", false // not of a URI (RFC 3986 §2)
		}
	}
	if !escaped {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			var ok bool
			if c, ok = hexByte(s, i); !ok || c < ' ' || c == 0x7f {
				return "", false
			}
			i += 2
		}
		out = append(out, c)
	}
	return string(out), utf8.Valid(out)
}

// isTokens says that a value is one or more choices "code" or "system|code".
// "|code" and "system|" are refused: what they match depends on the server.
// Backslash, the escape of FHIR (R4 §3.1.1.3), is refused too, so that "," and
// "|" mean one thing to everyone who reads the value.
func isTokens(value string, choices int) bool {
	for n := 0; ; n++ {
		one, rest, more := strings.Cut(value, ",")
		if n == choices || !isToken(one) {
			return false
		}
		if !more {
			return true
		}
		value = rest
	}
}

func isToken(s string) bool {
	system, code, qualified := strings.Cut(s, "|")
	if !qualified {
		return isCode(s)
	}
	return isSystem(system) && isCode(code)
}

// isCode says that a text could be a code: printable ASCII that no server reads
// as a list, an escape, a wildcard or a quote. "^" is in codes of GP systems.
func isCode(s string) bool {
	if s == "" || s[0] == '-' && len(s) == 1 {
		return false
	}
	return consistsOf(s, codeByte)
}

// isSystem says that a text has the form of an absolute URI.
func isSystem(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || rest == "" {
		return false
	}
	return consistsOf(s, systemByte)
}

// positive reads a whole number of up to six digits, one or more.
func positive(s string) (int, bool) {
	if s == "" || len(s) > 6 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n > 0
}
