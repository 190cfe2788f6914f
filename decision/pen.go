package decision

import (
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// forever is how a period without an end is written, 9999-12-31T23:59:59Z: rules
// compare one number instead of asking whether there is one.
const forever = 253402300799

// key is a field's name, as a term and as JSON.
type key struct {
	term *ast.Term
	json string // `"name":`
}

func field(name string) key {
	return key{term: ast.StringTerm(name), json: strconv.Quote(name) + ":"}
}

// pen writes one document twice at once: as terms for the rules and as canonical
// JSON (keys in order, no spaces) for the record. Both come from the same calls,
// so that what is recorded is what was judged.
type pen struct {
	vocab *vocabulary
	json  []byte
	pairs [][2]*ast.Term // of the objects that are open
	items []*ast.Term    // of the array that is open; arrays of objects do not nest
}

var pens = sync.Pool{New: func() any {
	return &pen{json: make([]byte, 0, 2048), pairs: make([][2]*ast.Term, 0, 64)}
}}

// open begins an object; its mark goes to close.
func (p *pen) open() int {
	p.json = append(p.json, '{')
	return len(p.pairs)
}

// close ends the object that was begun at mark.
func (p *pen) close(mark int) *ast.Term {
	p.json = append(p.json, '}')
	t := ast.NewTerm(ast.NewObject(p.pairs[mark:]...))
	p.pairs = p.pairs[:mark]
	return t
}

// name writes a field's name; keys must come in alphabetical order.
func (p *pen) name(k key) {
	if p.json[len(p.json)-1] != '{' {
		p.json = append(p.json, ',')
	}
	p.json = append(p.json, k.json...)
}

// value sets the field whose name was written to a term whose JSON was written.
func (p *pen) value(k key, t *ast.Term) { p.pairs = append(p.pairs, [2]*ast.Term{k.term, t}) }

func (p *pen) str(k key, s string) {
	p.name(k)
	p.json = appendString(p.json, s)
	p.value(k, p.vocab.str(s))
}

func (p *pen) num(k key, n int64) {
	p.name(k)
	p.json = strconv.AppendInt(p.json, n, 10)
	p.value(k, ast.InternedTerm(int(n)))
}

func (p *pen) yes(k key, b bool) {
	p.name(k)
	p.json = strconv.AppendBool(p.json, b)
	p.value(k, ast.InternedTerm(b))
}

func (p *pen) strs(k key, list []string) {
	p.name(k)
	if len(list) == 0 {
		p.json = append(p.json, "[]"...)
		p.value(k, ast.InternedEmptyArray)
		return
	}
	terms := make([]*ast.Term, len(list))
	for i, s := range list {
		p.json = append(p.json, "[,"[min(i, 1)])
		p.json = appendString(p.json, s)
		terms[i] = p.vocab.str(s)
	}
	p.json = append(p.json, ']')
	p.value(k, ast.ArrayTerm(terms...))
}

// seconds writes a time; the zero time is written as given.
func (p *pen) seconds(k key, t time.Time, zero int64) {
	if !t.IsZero() {
		zero = t.Unix()
	}
	p.num(k, zero)
}

// appendString appends a JSON string. Identifiers are plain text; whatever else
// a client managed to put into one is escaped, and invalid UTF-8 replaced.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			b = append(append(b, s[start:i]...), "\uFFFD"...)
		} else {
			const hex = "0123456789abcdef"
			b = append(append(b, s[start:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
