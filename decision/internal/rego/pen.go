package rego

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Forever is how a period without an end is written, 9999-12-31T23:59:59Z: rules
// compare one number instead of asking whether there is one.
const Forever = 253402300799

// Key is a field's name, as a value and as JSON.
type Key struct {
	Node *Node
	json string // `"name":`
}

// names are the nodes of the input's field names. Filled when the program starts.
var names = map[string]*Node{}

// Field gives a field's name as a key. It is called when the program starts.
func Field(name string) Key {
	if names[name] == nil {
		names[name] = fixedText(name)
	}
	return Key{Node: names[name], json: strconv.Quote(name) + ":"}
}

// Pen writes one document twice at once: as values for the rules and as
// canonical JSON (keys in order, no spaces) for the record. Both come from the
// same calls, so that what is recorded is what was judged.
type Pen struct {
	Arena *arena
	JSON  []byte
	keys  []*Node // of the objects that are open
	items []*Node
	turn  *turn
}

// Open begins an object; its mark goes to close.
func (p *Pen) Open() int {
	p.JSON = append(p.JSON, '{')
	return len(p.keys)
}

// Close ends the object that was begun at mark.
func (p *Pen) Close(mark int) *Node {
	p.JSON = append(p.JSON, '}')
	n := p.Arena.Node(Object)
	n.Keys, n.Items = append(n.Keys, p.keys[mark:]...), append(n.Items, p.items[mark:]...)
	p.keys, p.items = p.keys[:mark], p.items[:mark]
	return n
}

// Name writes a field's name; keys must come in alphabetical order.
func (p *Pen) Name(k Key) {
	if p.JSON[len(p.JSON)-1] != '{' {
		p.JSON = append(p.JSON, ',')
	}
	p.JSON = append(p.JSON, k.json...)
}

// Value sets the field whose name was written to a value whose JSON was written.
func (p *Pen) Value(k Key, n *Node) {
	p.keys, p.items = append(p.keys, k.Node), append(p.items, n)
}

// Str writes a field that is a text.
func (p *Pen) Str(k Key, s string) {
	p.Name(k)
	p.Value(k, p.text(s))
}

// text writes a text. What is not valid UTF-8 is replaced in both forms alike.
func (p *Pen) text(s string) *Node {
	var plain bool
	if p.JSON, plain = AppendString(p.JSON, s); !plain {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return p.Arena.text(s)
}

// Num writes a field that is a whole number.
func (p *Pen) Num(k Key, n int64) {
	p.Name(k)
	p.Value(k, p.Int(n))
}

// Int writes a whole number.
func (p *Pen) Int(n int64) *Node {
	p.JSON = strconv.AppendInt(p.JSON, n, 10)
	return p.Arena.integer(n)
}

// Now writes a field that is the time of the question, in seconds.
func (p *Pen) Now(k Key, seconds int64) {
	p.Num(k, seconds)
	n := p.items[len(p.items)-1]
	n.by, n.turn = 1, p.turn
}

// Yes writes a field that is a truth.
func (p *Pen) Yes(k Key, b bool) {
	p.Name(k)
	p.JSON = strconv.AppendBool(p.JSON, b)
	p.Value(k, Truth(b))
}

// Strs writes a field that is a list of texts.
func (p *Pen) Strs(k Key, list []string) {
	p.Name(k)
	n := p.Arena.Node(Array)
	p.JSON = append(p.JSON, '[')
	for i, s := range list {
		if i > 0 {
			p.JSON = append(p.JSON, ',')
		}
		n.Items = append(n.Items, p.text(s))
	}
	p.JSON = append(p.JSON, ']')
	p.Value(k, n)
}

// Seconds writes a time; the zero time is written as given.
func (p *Pen) Seconds(k Key, t time.Time, zero int64) {
	if !t.IsZero() {
		zero = t.Unix()
	}
	p.Num(k, zero)
}

// AppendString appends a JSON string, and says whether it was plain ASCII.
// Identifiers are; whatever else a client managed to put into one is escaped, and
// what is not UTF-8 replaced.
func AppendString(b []byte, s string) ([]byte, bool) {
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
