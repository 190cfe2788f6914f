package strictjson

import (
	"bytes"
	"math"
	"sync"
	"unicode/utf8"
)

// Kind is the kind of a value.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is one value of a document.
type Node struct {
	Name []byte // of a member, unescaped; nil for an element
	Raw  []byte // the value as it is written; of a String, what stands between the quotes
	Next int32  // where the value after this one and all within it stands
	hash uint32 // of the name, folded
	Kind Kind
	esc  bool // a String with escapes
	odd  bool // the name has letters outside ASCII
}

// Document is a text that was read. Its nodes share the text: whoever changes the
// text changes them.
type Document struct {
	// Nodes are the values in the order in which they are written, 0 being the whole.
	Nodes []Node

	src     []byte
	pos     int
	options Options
	check   bool // keep no node of what has been read
	err     error
}

// Read reads a whole text of any kind by the rule, with options. The nodes of what
// the document held before are used again. After an error the nodes mean nothing.
func (d *Document) Read(text []byte, o Options) error {
	d.src, d.pos, d.err, d.options, d.Nodes = text, 0, nil, o.bounded(), d.Nodes[:0]
	switch {
	case bytes.HasPrefix(text, []byte("\ufeff")), bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return ErrMark
	case !utf8.Valid(text):
		return ErrNotUTF8
	case len(text) > math.MaxInt32:
		return ErrTooLong
	}
	d.space()
	if !d.value(nil, 0, false, 0) {
		return d.err
	}
	if d.space(); d.pos < len(text) {
		return ErrSyntax
	}
	return nil
}

// Check says whether a whole text is an object by the rule, with options. Members,
// Elements and Text may then walk it.
func Check(text []byte, o Options) error {
	d := checkers.Get().(*Document)
	err := d.Read(text, o)
	if err == nil && d.Nodes[0].Kind != Object {
		err = ErrNotObject
	}
	if clear(d.Nodes[:cap(d.Nodes)]); cap(d.Nodes) <= 1024 { // nothing holds the text, nor much memory
		d.src = nil
		checkers.Put(d)
	}
	return err
}

var checkers = sync.Pool{New: func() any { return &Document{check: true, Nodes: make([]Node, 0, 32)} }}

// Text gives the characters of a String; they share the text where it has no
// escapes.
func (n *Node) Text() []byte {
	if n.esc {
		return unescape(n.Raw)
	}
	return n.Raw
}
