package token

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// absent is the place of a member that is not there.
const absent = int32(-1)

// maxText bounds a claim that goes into a Subject, and so into the audit record.
const maxText = 256

// lookup finds the named members of the object at place `at`: places[i] is where
// names[i] stands, or absent. It is false when the object has a case variant of a
// name ("Org" for "org"): another reader would take the one for the other.
func (d *document) lookup(at int32, names []string, places []int32) bool {
	for i := range places {
		places[i] = absent
	}
	obj := &d.nodes[at]
	for i := at + 1; i < obj.next; i = d.nodes[i].next {
		name := d.nodes[i].name
		for j, want := range names {
			if !d.nodes[i].odd && (len(name) != len(want) || name[0]|0x20 != want[0]|0x20) {
				continue // only letters outside ASCII fold to another length
			}
			if string(name) == want {
				places[j] = i
			} else if strings.EqualFold(string(name), want) {
				return false
			}
		}
	}
	return true
}

func ascii(b []byte) bool {
	var all uint64
	for len(b) >= 8 {
		all |= binary.LittleEndian.Uint64(b)
		b = b[8:]
	}
	for _, c := range b {
		all |= uint64(c)
	}
	return all&0x8080808080808080 == 0
}

// text gives a copy of the string at a place; "" where nothing or null stands. It
// is false for another kind of value, for a control character and for a text that
// is too long: such a claim is not left out, the token is refused.
func (d *document) textAt(at int32) (string, bool) {
	if at == absent || d.nodes[at].kind == null {
		return "", true
	}
	n := &d.nodes[at]
	if n.kind != text {
		return "", false
	}
	raw := n.raw
	if n.esc {
		raw = unescape(raw)
	}
	if len(raw) > maxText {
		return "", false
	}
	for _, c := range raw {
		if c < ' ' || c == 0x7f {
			return "", false
		}
	}
	return string(raw), true
}

// equals compares the string at a place without copying it.
func (d *document) equals(at int32, s string) bool {
	if at == absent || d.nodes[at].kind != text {
		return false
	}
	n := &d.nodes[at]
	if n.esc {
		return string(unescape(n.raw)) == s
	}
	return string(n.raw) == s
}

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

// time gives the NumericDate (RFC 7519 §2) at a place; the zero Time where nothing
// stands. It is false for anything but a number of seconds since 1970.
func (d *document) timeAt(at int32) (time.Time, bool) {
	if at == absent {
		return time.Time{}, true
	}
	n := &d.nodes[at]
	if n.kind != number {
		return time.Time{}, false
	}
	if secs, err := strconv.ParseInt(string(n.raw), 10, 64); err == nil {
		return time.Unix(secs, 0), secs >= 0 && secs <= maxSeconds
	}
	f, err := strconv.ParseFloat(string(n.raw), 64)
	if err != nil || f < 0 || f > maxSeconds {
		return time.Time{}, false
	}
	whole := int64(f)
	return time.Unix(whole, int64((f-float64(whole))*1e9)), true
}
