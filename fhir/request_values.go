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

// isTokens says that a value is one or more choices "code" or "system|code" or, when
// open, "system|": any code of the system (R4 §3.1.1.4.10). "|code" is refused: what
// it matches depends on the server. Backslash, the escape of FHIR (R4 §3.1.1.3), is refused too, so that "," and
// "|" mean one thing to everyone who reads the value.
func isTokens(value string, choices int, open bool) bool {
	for n := 0; ; n++ {
		one, rest, more := strings.Cut(value, ",")
		if n == choices || !isToken(one, open) {
			return false
		}
		if !more {
			return true
		}
		value = rest
	}
}

func isToken(s string, open bool) bool {
	system, code, qualified := strings.Cut(s, "|")
	if !qualified {
		return isCode(s)
	}
	return isSystem(system) && (isCode(code) || open && code == "")
}

// isIDs says that a value is one or more ids.
func isIDs(value string, choices int) bool {
	n := 0
	for one := range strings.SplitSeq(value, ",") {
		if n++; n > choices || !IsID(one) {
			return false
		}
	}
	return true
}

// localID takes the id of a resource of a type at the source: "123", "Patient/123"
// with a version or without, or the broker's own address of it, as clients write
// what they read here. Another server's address is none.
func localID(value, typ string, own []string) (string, bool) {
	rest, absolute := value, false
	if _, after, ok := strings.Cut(value, "://"); ok && (strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://")) {
		for _, base := range own {
			_, base, _ = strings.Cut(strings.TrimSuffix(base, "/"), "://")
			if rest, ok = strings.CutPrefix(after, base+"/"); ok && base != "" {
				absolute = true
				break
			}
		}
		if !absolute {
			return "", false
		}
	}
	id, typed := strings.CutPrefix(rest, typ+"/")
	if absolute && !typed {
		return "", false
	}
	if typed {
		var version string
		var versioned bool
		if id, version, versioned = strings.Cut(id, "/_history/"); versioned && !IsID(version) {
			return "", false
		}
	}
	return id, IsID(id)
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
