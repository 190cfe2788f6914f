package signed

import (
	"fmt"
	"strings"
)

// Origin names a log: a prefix that is the deployment's own, such as a domain name, the
// chain of records, and for the log of one source organisation's records its ODS code.
// It is also the name of the log's key, so it bears neither blanks nor plus signs
// (c2sp.org/signed-note); the plus of a chain that began after a gap becomes a tilde.
func Origin(prefix, chain, organisation string) string {
	origin := prefix + "/" + Segment(chain)
	if organisation != "" {
		origin += "/" + Segment(organisation)
	}
	return origin
}

// Segment writes a name so that it can stand in an origin, in an address and as the name
// of a folder: different names stay different, and none is a step upwards.
func Segment(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		case c == '+':
			b.WriteByte('~')
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// CheckPrefix says what is wrong with a prefix of origins.
func CheckPrefix(prefix string) error {
	ok := prefix != "" && len(prefix) <= 100 && prefix == strings.Trim(prefix, "/")
	for i := range len(prefix) {
		ok = ok && prefix[i] > ' ' && prefix[i] < 0x7f && prefix[i] != '+'
	}
	if !ok {
		return fmt.Errorf("origin %q: write 1 to 100 characters without blanks and plus signs, such as a domain name of yours", prefix)
	}
	return nil
}
