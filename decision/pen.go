package decision

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// forever is how a period without an end is written, 9999-12-31T23:59:59Z: rules
// compare one number instead of asking whether there is one.
const forever = 253402300799

// key is a field's name, as a value and as JSON.
type key struct {
	node *node
	json string // `"name":`
}

// names are the nodes of the input's field names. Filled when the program starts.
var names = map[string]*node{}

func field(name string) key {
	if names[name] == nil {
		names[name] = &node{kind: textual, fixed: true, str: name}
	}
	return key{node: names[name], json: strconv.Quote(name) + ":"}
}

// pen writes one document twice at once: as values for the rules and as
// canonical JSON (keys in order, no spaces) for the record. Both come from the
// same calls, so that what is recorded is what was judged.
type pen struct {
	arena *arena
	json  []byte
	keys  []*node // of the objects that are open
	items []*node
}

// open begins an object; its mark goes to close.
func (p *pen) open() int {
	p.json = append(p.json, '{')
	return len(p.keys)
}

// close ends the object that was begun at mark.
func (p *pen) close(mark int) *node {
	p.json = append(p.json, '}')
	n := p.arena.node(objectual)
	n.keys, n.items = append(n.keys, p.keys[mark:]...), append(n.items, p.items[mark:]...)
	p.keys, p.items = p.keys[:mark], p.items[:mark]
	return n
}

// name writes a field's name; keys must come in alphabetical order.
func (p *pen) name(k key) {
	if p.json[len(p.json)-1] != '{' {
		p.json = append(p.json, ',')
	}
	p.json = append(p.json, k.json...)
}

// value sets the field whose name was written to a value whose JSON was written.
func (p *pen) value(k key, n *node) {
	p.keys, p.items = append(p.keys, k.node), append(p.items, n)
}

func (p *pen) str(k key, s string) {
	p.name(k)
	p.value(k, p.text(s))
}

// text writes a text. What is not valid UTF-8 is replaced in both forms alike.
func (p *pen) text(s string) *node {
	var plain bool
	if p.json, plain = appendString(p.json, s); !plain {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return p.arena.text(s)
}

func (p *pen) num(k key, n int64) {
	p.name(k)
	p.json = strconv.AppendInt(p.json, n, 10)
	p.value(k, p.arena.integer(n))
}

func (p *pen) yes(k key, b bool) {
	p.name(k)
	p.json = strconv.AppendBool(p.json, b)
	p.value(k, truth(b))
}

func (p *pen) strs(k key, list []string) {
	p.name(k)
	n := p.arena.node(array)
	p.json = append(p.json, '[')
	for i, s := range list {
		if i > 0 {
			p.json = append(p.json, ',')
		}
		n.items = append(n.items, p.text(s))
	}
	p.json = append(p.json, ']')
	p.value(k, n)
}

// seconds writes a time; the zero time is written as given.
func (p *pen) seconds(k key, t time.Time, zero int64) {
	if !t.IsZero() {
		zero = t.Unix()
	}
	p.num(k, zero)
}

// appendString appends a JSON string, and says whether it was plain ASCII.
// Identifiers are; whatever else a client managed to put into one is escaped, and
// what is not UTF-8 replaced.
func appendString(b []byte, s string) ([]byte, bool) {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return appendEscaped(b, strings.ToValidUTF8(s, "\uFFFD")), false
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"'), true
}

// appendEscaped appends a JSON string of valid UTF-8 with what must be escaped.
func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
