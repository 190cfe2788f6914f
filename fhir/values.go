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
	for i := range len(s) {
		c := s[i]
		if !isAlnum(c) && strings.IndexByte("-._:/+^#", c) < 0 {
			return false
		}
	}
	return true
}

// isSystem says that a text has the form of an absolute URI.
func isSystem(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || rest == "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isAlnum(c) && strings.IndexByte("-._~:/?#@+=&", c) < 0 {
			return false
		}
	}
	return true
}

// isDate says that a value is a date of FHIR with one of the prefixes that mean
// the same to every server (R4 §3.1.1.4.4); "ne" and "ap" do not.
func isDate(s string) bool {
	if len(s) >= 2 && isLetter(s[0]) {
		switch s[:2] {
		case "eq", "gt", "lt", "ge", "le", "sa", "eb":
			s = s[2:]
		default:
			return false
		}
	}
	var ok bool
	if s, ok = digitsWithin(s, 4, 1, 9999); !ok || s == "" {
		return ok
	}
	if s, ok = after(s, '-', 1, 12); !ok || s == "" {
		return ok
	}
	if s, ok = after(s, '-', 1, 31); !ok || s == "" {
		return ok
	}
	if s, ok = after(s, 'T', 0, 23); !ok {
		return false
	}
	if s, ok = after(s, ':', 0, 59); !ok {
		return false
	}
	if s != "" && s[0] == ':' {
		if s, ok = after(s, ':', 0, 60); !ok {
			return false
		}
		if s != "" && s[0] == '.' {
			n := 1
			for n < len(s) && '0' <= s[n] && s[n] <= '9' {
				n++
			}
			if n == 1 || n > 10 {
				return false
			}
			s = s[n:]
		}
	}
	if s == "" || s == "Z" {
		return true
	}
	if s[0] == '+' || s[0] == '-' {
		if s, ok = after(s, s[0], 0, 14); ok {
			s, ok = after(s, ':', 0, 59)
		}
	}
	return ok && s == ""
}

// after reads a separator and two digits within bounds.
func after(s string, sep byte, low, high int) (string, bool) {
	if s == "" || s[0] != sep {
		return "", false
	}
	return digitsWithin(s[1:], 2, low, high)
}

// digitsWithin reads so many digits within bounds and gives what follows.
func digitsWithin(s string, digits, low, high int) (string, bool) {
	if len(s) < digits {
		return "", false
	}
	n := 0
	for i := range digits {
		c := s[i]
		if c < '0' || c > '9' {
			return "", false
		}
		n = n*10 + int(c-'0')
	}
	return s[digits:], low <= n && n <= high
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
