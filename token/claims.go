package token

import (
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/strictjson"
)

// absent is the place of a member that is not there.
const absent = strictjson.Absent

// maxText bounds a claim that goes into a Subject, and so into the audit record.
const maxText = 256

// document is a JSON text (RFC 8259) read strictly: encoding/json lets the last of
// two equal names win and matches names without regard to case, so two readers of
// one token could see two persons (attack 12). A document may be used again; it is
// not for several goroutines.
type document struct{ strictjson.Document }

// read takes a whole text, which must be an object; false when it is not one.
func (d *document) read(text []byte) bool {
	return d.readAny(text) && d.Nodes[0].Kind == strictjson.Object
}

// readAny takes a whole text of any kind.
func (d *document) readAny(text []byte) bool {
	return d.Read(text, strictjson.Claims) == nil
}

// textAt gives a copy of the string at a place; "" where nothing or null stands. It
// is false for another kind of value, for a control character and for a text that
// is too long: such a claim is not left out, the token is refused.
func (d *document) textAt(at int32) (string, bool) {
	if at == absent || d.Nodes[at].Kind == strictjson.Null {
		return "", true
	}
	n := &d.Nodes[at]
	if n.Kind != strictjson.String {
		return "", false
	}
	text := n.Text()
	if len(text) > maxText {
		return "", false
	}
	for _, c := range text {
		if c < ' ' || c == 0x7f {
			return "", false
		}
	}
	return string(text), true
}

// contains says whether the array at a place has this text.
func (d *document) contains(at int32, s string) bool {
	if d.Nodes[at].Kind != strictjson.Array {
		return false
	}
	for i := range d.Children(at) {
		if d.Is(i, s) {
			return true
		}
	}
	return false
}

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

// timeAt gives the NumericDate (RFC 7519 §2) at a place; the zero Time where nothing
// stands. It is false for anything but a number of seconds since 1970.
func (d *document) timeAt(at int32) (time.Time, bool) {
	if at == absent {
		return time.Time{}, true
	}
	n := &d.Nodes[at]
	if n.Kind != strictjson.Number {
		return time.Time{}, false
	}
	if secs, err := strconv.ParseInt(string(n.Raw), 10, 64); err == nil {
		return time.Unix(secs, 0), secs >= 0 && secs <= maxSeconds
	}
	f, err := strconv.ParseFloat(string(n.Raw), 64)
	if err != nil || f < 0 || f > maxSeconds {
		return time.Time{}, false
	}
	whole := int64(f)
	return time.Unix(whole, int64((f-float64(whole))*1e9)), true
}
