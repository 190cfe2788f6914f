package clickhouse

import (
	"bytes"
	"encoding/binary"

	"github.com/mycarerecord/mcr/audit"
)

// A row keeps its document in parts. form is the document with what is its own cut out and
// a mark in its place: so documents of one kind have one form, of which there are some
// hundreds, and the server keeps each once (LowCardinality). A mark is one byte below 0x20,
// which no document of ours has, since JSON escapes it. Most marks stand for the value of a
// column, markFacts for what was known of the patient (LowCardinality too: all requests of
// a visit have the same), and markNext for the next of the values that stand nowhere else,
// which are in packed, each with a markNext behind it.
//
// Migrations 004, 007 and 009 say the same in SQL, as the ALIAS document; a mark that was ever
// released keeps its meaning. Rows of before 007 have no form: their packed is the whole
// document with marks in it.
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
	markBroker
	markFacts
	markSession
	marks

	markNext = 0x1F
)

// whole, the first byte of packed, says that the document follows as it is, and that there
// is no form: it has bytes that could be taken for marks, or was not put together again
// from its parts.
const whole = 0

// values are what the columns of a row hold, as the document writes it; by mark.
type values [marks][]byte

// markedTime is how a time is cut: what the document has beyond microseconds is its own.
// Times that the document writes shorter are not cut.
const markedTime = "2006-01-02T15:04:05.000000"

// What a value is to the form, beside the mark of a column.
const (
	isOwn    = -iota - 1 // a value that stands nowhere else
	isWord               // one of few, which the form keeps
	isStatus             // a word that is a number
	isAlert              // likewise
	isInput              // the question and the facts, which are entered
	isPart               // a part of the question
)

// inputIs says it of the members of the input, and partIs of theirs.
var (
	inputIs = map[string]int{"facts": markFacts, "time": markSeconds, "patient": isPart, "request": isPart, "source": isPart, "subject": isPart}
	partIs  = map[string]map[string]int{
		"patient": {"known": isWord},
		"request": {"action": isWord, "interaction": isWord, "purpose": isWord, "categories": isWord, "type": markType},
		"source":  {"id": markSource, "organisation": markSourceOrg},
		"subject": {"organisation": markUserOrg, "role": markRole, "user_id": markUserID, "assurance": isWord},
	}
)

// pack ends the cutting of a document and keeps what came of it: packed, so that unpacking it
// with the form gives the document; without a form when it is the document itself.
func (k *block) pack(c *cutter) (form string) {
	at := len(k.packed)
	c.form = append(c.form, c.document[c.from:]...)
	k.form, k.packed = c.form, c.own
	if control(c.document) || !matches(c.document, c.form, c.own[at:], c.v) {
		k.packed = append(append(k.packed[:at], whole), c.document...)
		return ""
	}
	form, known := k.forms[string(c.form)]
	if !known {
		form = string(c.form)
		k.forms[form] = form
	}
	return form
}

// cutter cuts one document.
type cutter struct {
	document  []byte
	v         *values
	from      int // what is before it is in form
	form, own []byte
}

// field takes the next field.
func (c *cutter) field(is int, value []byte) {
	switch is {
	case isWord, isStatus, isAlert:
	default:
		c.value(is, value)
	}
}

// input takes the question and the facts.
func (c *cutter) input(read *audit.Fields) {
	for read.Next() {
		switch is := inputIs[string(read.Key)]; {
		case is == isPart && c.part(string(read.Key), read):
		case is == markFacts:
			c.v[markFacts] = read.Value()
			c.value(is, c.v[markFacts])
		default:
			c.value(is, read.Value())
		}
	}
}

// part takes a part of the question, if it is one.
func (c *cutter) part(name string, read *audit.Fields) bool {
	if !read.Enter() {
		return false
	}
	for read.Next() {
		if is := partIs[name][string(read.Key)]; is != isWord {
			c.value(is, read.Value())
		}
	}
	return true
}

// value cuts a value: by the mark of its column if it is what the column holds, or else as
// one that stands nowhere else.
func (c *cutter) value(mark int, value []byte) {
	n := len(value)
	if n == 0 {
		return
	}
	text := value[0] == '"' && n >= 2
	if text {
		value = value[1 : n-1]
	}
	begin := cap(c.document) - cap(value) // both end where the document does
	switch {
	case mark > 0 && len(c.v[mark]) > 0 && bytes.Equal(value, c.v[mark]):
		c.put(begin, len(value), byte(mark))
	case (mark == markTimeIn || mark == markTimeOut) && len(value) > len(markedTime) && bytes.HasPrefix(value, c.v[mark]):
		c.put(begin, len(markedTime), byte(mark))
		c.next(begin+len(markedTime), value[len(markedTime):])
	default:
		c.next(begin, value)
	}
}

// next cuts what stands nowhere else.
func (c *cutter) next(begin int, value []byte) {
	c.put(begin, len(value), markNext)
	c.own = append(append(c.own, value...), markNext)
}

func (c *cutter) put(begin, length int, mark byte) {
	c.form = append(append(c.form, c.document[c.from:begin]...), mark)
	c.from = begin + length
}

// control says whether there is a byte that could be taken for a mark.
func control(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		// Of eight at once: the highest bit of each byte that is below 0x20.
		if w := binary.LittleEndian.Uint64(text); (w-0x2020202020202020)&^w&0x8080808080808080 != 0 {
			return true
		}
	}
	for _, c := range text {
		if c < ' ' {
			return true
		}
	}
	return false
}

// matches says whether a form, the values that are its own and those of the columns give
// the document: what the server's ALIAS does.
func matches(document, form, own []byte, v *values) bool {
	for len(form) > 0 {
		n := 0
		for n < len(form) && form[n] >= ' ' {
			n++
		}
		if !bytes.HasPrefix(document, form[:n]) {
			return false
		}
		document, form = document[n:], form[n:]
		if len(form) == 0 {
			break
		}
		var value []byte
		switch mark := int(form[0]); {
		case mark == markNext:
			end := bytes.IndexByte(own, markNext)
			if end < 0 {
				return false
			}
			value, own = own[:end], own[end+1:]
		case mark > 0 && mark < marks:
			value = v[mark]
		default:
			return false
		}
		if !bytes.HasPrefix(document, value) {
			return false
		}
		document, form = document[len(value):], form[1:]
	}
	return len(document) == 0 && len(own) == 0
}
