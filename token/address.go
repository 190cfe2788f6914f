package token

import (
	"net/url"
	"strings"
)

// sameAddress says whether a proof's htu is the address that was asked (RFC 9449 §4.3,
// number 9): without query and fragment, and in whichever way RFC 3986 §6.2.2 and §6.2.3
// let it be written. An address with a dot segment is none: nothing is offered under one.
func sameAddress(htu, asked string) bool {
	a, ok1 := normal(htu)
	b, ok2 := normal(asked)
	return ok1 && ok2 && a == b
}

// normal is the one way of writing an address. Not ok: no absolute http or https address.
func normal(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	host := strings.ToLower(u.Host)
	own := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	host = strings.TrimSuffix(strings.TrimSuffix(host, own), ":")
	path, ok := normalPath(u.EscapedPath())
	return u.Scheme + "://" + host + path, ok && host != ""
}

func normalPath(escaped string) (string, bool) {
	if escaped == "" {
		return "/", true
	}
	var out strings.Builder
	out.Grow(len(escaped))
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if c != '%' {
			out.WriteByte(c)
			continue
		}
		if i+2 >= len(escaped) {
			return "", false
		}
		hi, ok1 := hexDigit(escaped[i+1])
		lo, ok2 := hexDigit(escaped[i+2])
		if !ok1 || !ok2 {
			return "", false
		}
		if c = hi<<4 | lo; unreserved(c) {
			out.WriteByte(c)
		} else {
			out.WriteString(strings.ToUpper(escaped[i : i+3]))
		}
		i += 2
	}
	path := out.String()
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return "", false
		}
	}
	return path, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// unreserved is a character that means the same written out or not (RFC 3986 §2.3).
func unreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
