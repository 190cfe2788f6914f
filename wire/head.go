package wire

import (
	"bytes"
	"strings"
)

// Fault says what is wrong with a request, in a word for a metric's label.
type Fault string

const (
	BadLine     Fault = "request-line" // RFC 9112 section 3
	BadHost     Fault = "host"         // section 3.2: none, two, or another than the target's
	BadField    Fault = "field"        // section 5: blanks before the colon, folding, control characters
	BadLength   Fault = "length"       // section 6.2: two, or no number
	BadCoding   Fault = "coding"       // section 6.1: anything but one "chunked"
	BothLengths Fault = "two-lengths"  // section 6.1: Content-Length and Transfer-Encoding
	BadChunk    Fault = "chunk"        // section 7.1
)

// Faults are all there are, for metrics that begin at nought.
var Faults = []Fault{BadLine, BadHost, BadField, BadLength, BadCoding, BothLengths, BadChunk}

// framing is how long the body of a request is.
type framing struct {
	length  int64
	chunked bool
}

// head judges one whole head, to its empty line. Each line ends with CRLF.
func head(text []byte) (f framing, fault Fault) {
	line, rest, ok := cutLine(text)
	if !ok {
		return f, BadLine
	}
	target, minor, ok := requestLine(line)
	if !ok {
		return f, BadLine
	}
	var lengths, codings, hosts int
	var host []byte
	for {
		if line, rest, ok = cutLine(rest); !ok {
			return f, BadField
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := field(line)
		if !ok {
			return f, BadField
		}
		switch {
		case is(name, "content-length"):
			if f.length, ok = number(value); !ok || lengths > 0 {
				return f, BadLength
			}
			lengths++
		case is(name, "transfer-encoding"):
			if codings > 0 || minor == 0 || !is(value, "chunked") {
				return f, BadCoding
			}
			codings, f.chunked = 1, true
		case is(name, "host"):
			hosts, host = hosts+1, value
		}
	}
	switch {
	case lengths > 0 && codings > 0:
		return f, BothLengths
	case hosts > 1 || hosts == 0 && minor > 0 || bytes.ContainsAny(host, " \t,/\\@?#"):
		return f, BadHost
	}
	if authority, absolute := authorityOf(target); absolute && !bytes.EqualFold(authority, host) {
		return f, BadHost // section 3.2.2: the client must send the same
	}
	return f, ""
}

// cutLine cuts one line off, without its CRLF. A bare CR, a bare LF or a NUL is
// found by who reads the line: none of them is allowed anywhere in it.
func cutLine(text []byte) (line, rest []byte, ok bool) {
	end := bytes.IndexByte(text, '\n')
	if end < 1 || text[end-1] != '\r' {
		return nil, nil, false
	}
	return text[:end-1], text[end+1:], true
}

// requestLine reads: method SP target SP HTTP/1.minor
func requestLine(line []byte) (target []byte, minor byte, ok bool) {
	method, rest, found := bytes.Cut(line, []byte(" "))
	if !found || !token(method) {
		return nil, 0, false
	}
	target, version, found := bytes.Cut(rest, []byte(" "))
	if !found || len(target) == 0 || len(version) != 8 || string(version[:7]) != "HTTP/1." || version[7] != '0' && version[7] != '1' {
		return nil, 0, false
	}
	for _, c := range target {
		if c <= ' ' || c >= 0x7f {
			return nil, 0, false
		}
	}
	// Section 3.2.4: OPTIONS * asks of a server as a whole. Nothing is said of it here.
	if string(target) == "*" {
		return nil, 0, false
	}
	return target, version[7] - '0', true
}

// authorityOf gives the authority of an absolute-form or authority-form target.
func authorityOf(target []byte) (authority []byte, absolute bool) {
	if target[0] == '/' {
		return nil, false
	}
	_, rest, found := bytes.Cut(target, []byte("://"))
	if !found {
		return target, true // CONNECT's, or nothing that is understood
	}
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return rest, true
}

// field reads: name ":" OWS value OWS
func field(line []byte) (name, value []byte, ok bool) {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found || !token(name) {
		return nil, nil, false // a folded line begins with a blank, which is in no token
	}
	value = bytes.Trim(value, " \t")
	for _, c := range value {
		if control[c] {
			return nil, nil, false
		}
	}
	return name, value, true
}

// tokens are the bytes of a token (RFC 9110 section 5.6.2), control those that no
// value of a field may hold.
var tokens, control = func() (in, out [256]bool) {
	for c := range 256 {
		in[c] = 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80 || '0' <= c && c <= '9' || c < 0x80 && strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c))
		out[c] = c < ' ' && c != '\t' || c == 0x7f
	}
	return in, out
}()

// token says whether text is one.
func token(text []byte) bool {
	for _, c := range text {
		if !tokens[c] {
			return false
		}
	}
	return len(text) > 0
}

// number reads a length: digits alone, and no more than fit.
func number(text []byte) (n int64, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' || len(text) > 18 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(text) > 0
}

// is compares a name or value without regard to case. lower is lower case, ASCII.
func is(text []byte, lower string) bool {
	if len(text) != len(lower) {
		return false
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
