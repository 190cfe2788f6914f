package clickhouse

import (
	"bytes"
	"math/bits"
)

// A row keeps its document packed: with what stands in a column of the row cut out, and
// a mark in its place. A mark is one byte below 0x20, which no document of ours has,
// since JSON escapes it. Migration 004 says the same in SQL, as the ALIAS document; a
// mark that was ever released keeps its meaning.
const (
	markID = iota + 1
	markTimeIn
	markTimeOut
	markTrace
	markSalt
	markUserID
	markUserName
	markRole
	markRoleName
	markUserOrg
	markUserOrgName
	markToken
	markClientIP
	markUserAgent
	markPatient
	markPatientShown
	markSource
	markSourceOrg
	markType
	markPermission
	markRelationship
	markPolicy
	markDigest
	markResources
	markSpent
	markSeconds
	markReleased
	marks
)

// whole, the first byte of packed, says that the document follows as it is: it has
// bytes that could be taken for marks, or was not put together again from its parts.
const whole = 0

// values are what the columns of a row hold, as the document writes it; by mark.
type values [marks][]byte

// markedTime is how a time is cut: what the document has beyond microseconds stays in
// it. Times that the document writes shorter are not cut.
const markedTime = "2006-01-02T15:04:05.000000"

// byKey are the marks of values that are no strings: each stands behind its key, or for
// the beginning of what stands there.
var byKey = map[string]int{
	"released_resources": markResources, "spent_us": markSpent, "time": markSeconds, "bytes_released": markReleased,
}

// isString says which marks stand for whole strings.
func isString(mark int) bool {
	return mark < markResources && mark != markTimeIn && mark != markTimeOut
}

// pack appends the packed form of a document to dst. What it appends is what unpack
// gives the document for.
func pack(dst, document []byte, v *values) []byte {
	at := len(dst)
	if !control(document) && !v.control() {
		dst = cut(dst, document, v)
		if matches(document, dst[at:], v) {
			return dst
		}
	}
	return append(append(dst[:at], whole), document...)
}

// cut replaces the strings of a document that are the values of columns, and the few
// values that are no strings, wherever they stand.
func cut(dst, document []byte, v *values) []byte {
	var lengths [1 << 8]uint32 // by the length of a string, the marks whose values are as long
	for m := range v {
		if n := len(v[m]); n > 1 && n < len(lengths) && isString(m) {
			lengths[n] |= 1 << m
		}
	}
	from := 0
	for at := 0; ; {
		n := bytes.IndexByte(document[at:], '"')
		if n < 0 {
			break
		}
		begin := at + n + 1
		end, plain := closing(document, begin)
		if end < 0 {
			break
		}
		at = end + 1
		text := document[begin:end]
		if !plain {
			continue
		}
		mark, length := 0, len(text)
		switch {
		case at < len(document) && document[at] == ':': // a key
			m := byKey[string(text)]
			if m == 0 || len(v[m]) == 0 || !bytes.HasPrefix(document[at+1:], v[m]) {
				continue
			}
			begin, mark, length = at+1, m, len(v[m])
			at = begin + length
		case length >= len(markedTime) && text[10] == 'T':
			for _, m := range [...]int{markTimeIn, markTimeOut} {
				if len(v[m]) > 0 && bytes.HasPrefix(text, v[m]) {
					mark, length = m, len(v[m])
					break
				}
			}
		case length < len(lengths):
			for set := lengths[length]; set != 0; set &= set - 1 {
				if m := bits.TrailingZeros32(set); bytes.Equal(v[m], text) {
					mark = m
					break
				}
			}
		}
		if mark == 0 {
			continue
		}
		dst = append(append(dst, document[from:begin]...), byte(mark))
		from = begin + length
	}
	return append(dst, document[from:]...)
}

// closing gives where the string that begins behind a quote ends, and whether it is
// written without escapes; -1 where it does not end.
func closing(document []byte, begin int) (end int, plain bool) {
	n := bytes.IndexByte(document[begin:], '"')
	if n < 0 {
		return -1, false
	}
	if bytes.IndexByte(document[begin:begin+n], '\\') < 0 {
		return begin + n, true
	}
	for at := begin; at < len(document); at++ {
		switch document[at] {
		case '\\':
			at++
		case '"':
			return at, false
		}
	}
	return -1, false
}

// control says whether there is a byte that could be taken for a mark.
func control(text []byte) bool {
	for _, c := range text {
		if c < ' ' {
			return true
		}
	}
	return false
}

func (v *values) control() bool {
	for _, value := range v {
		if control(value) {
			return true
		}
	}
	return false
}

// matches says whether a packed form and the values of the columns give the document,
// each mark being one value: what the server's ALIAS does.
func matches(document, packed []byte, v *values) bool {
	for len(packed) > 0 {
		n := 0
		for n < len(packed) && packed[n] >= ' ' {
			n++
		}
		if !bytes.HasPrefix(document, packed[:n]) {
			return false
		}
		document, packed = document[n:], packed[n:]
		if len(packed) == 0 {
			break
		}
		if int(packed[0]) >= len(v) || !bytes.HasPrefix(document, v[packed[0]]) {
			return false
		}
		document, packed = document[len(v[packed[0]]):], packed[1:]
	}
	return len(document) == 0
}
