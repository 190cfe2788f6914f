package strictjson

import (
	"bytes"
	"iter"
)

// What follows walks a text that Check has found good, or a value within it, and
// finds only where things end. Of another text it gives nonsense; it ends and does
// not panic.

// Member is one member of an object, as it is written.
type Member struct {
	Quoted []byte // the name with its quotes
	Value  []byte
}

// Is says whether the member has this name.
func (m Member) Is(name string) bool { return string(m.Name()) == name }

// Name gives the member's name, unescaped. It shares the text where it has no
// escapes.
func (m Member) Name() []byte { return inside(m.Quoted) }

// Members gives the members of an object, in the order in which they are written;
// of another value there are none.
func Members(value []byte) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		w := walker{b: value}
		for more := w.enter('{'); more; more = w.next() {
			var m Member
			m.Quoted = w.value()
			w.space()
			w.i++ // the colon
			w.space()
			m.Value = w.value()
			if !yield(m) {
				return
			}
		}
	}
}

// Elements gives the elements of an array, in order; of another value there are
// none.
func Elements(value []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		w := walker{b: value}
		for more := w.enter('['); more; more = w.next() {
			if !yield(w.value()) {
				return
			}
		}
	}
}

// KindOf gives the kind of a value by how it begins. It is false where nothing
// stands.
func KindOf(value []byte) (Kind, bool) {
	w := walker{b: value}
	if w.space(); w.i >= len(value) {
		return Null, false
	}
	switch value[w.i] {
	case '{':
		return Object, true
	case '[':
		return Array, true
	case '"':
		return String, true
	case 't', 'f':
		return Bool, true
	case 'n':
		return Null, true
	}
	return Number, true
}

// Text gives the characters of a string; false when the value is none.
func Text(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	return string(inside(value)), true
}

// inside gives the characters between two quotes.
func inside(quoted []byte) []byte {
	if len(quoted) < 2 {
		return nil
	}
	raw := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	return unescape(raw)
}

type walker struct {
	b []byte
	i int
}

// enter passes the bracket that a value begins with; false when it begins with
// another, or nothing stands within.
func (w *walker) enter(bracket byte) bool {
	w.space()
	if w.i >= len(w.b) || w.b[w.i] != bracket {
		return false
	}
	w.i++
	w.space()
	return w.i < len(w.b) && w.b[w.i] != bracket+2 // the bracket that closes it
}

// next passes a comma; false at the end.
func (w *walker) next() bool {
	w.space()
	if w.i >= len(w.b) || w.b[w.i] != ',' {
		return false
	}
	w.i++
	w.space()
	return w.i < len(w.b)
}

func (w *walker) space() {
	for w.i < len(w.b) && (w.b[w.i] == ' ' || w.b[w.i] == '\n' || w.b[w.i] == '\r' || w.b[w.i] == '\t') {
		w.i++
	}
}

// value passes one value, and gives it.
func (w *walker) value() []byte {
	if w.i >= len(w.b) {
		w.i = len(w.b)
		return nil
	}
	start := w.i
	switch w.b[w.i] {
	case '"':
		w.quoted()
	case '{', '[':
		w.nested()
	default:
		w.word()
	}
	return w.b[start:w.i:w.i]
}

// quoted passes a string.
func (w *walker) quoted() {
	from := w.i + 1
	for at := from; ; at++ {
		n := bytes.IndexByte(w.b[at:], '"')
		if n < 0 {
			w.i = len(w.b)
			return
		}
		at += n
		slashes := 0
		for at-slashes > from && w.b[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			w.i = at + 1
			return
		}
	}
}

// nested passes an object or an array.
func (w *walker) nested() {
	for open := 0; w.i < len(w.b); {
		switch w.b[w.i] {
		case '"':
			w.quoted()
			continue
		case '{', '[':
			open++
		case '}', ']':
			open--
		}
		if w.i++; open == 0 {
			return
		}
	}
}

// word passes a number, true, false or null, which end where something else begins.
func (w *walker) word() {
	for w.i < len(w.b) {
		switch w.b[w.i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return
		}
		w.i++
	}
}
