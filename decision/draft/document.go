package draft

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/strictjson"
)

// Errors of a document.
var (
	ErrDocument = errors.New("this is no JSON document")
	ErrNotThere = errors.New("there is no such entry")
	ErrTwice    = errors.New("there is such an entry already")
	ErrKind     = errors.New("this is another kind of list")
)

// At gives the value at a path of names in a JSON document, as it is written.
func At(document []byte, path ...string) (json.RawMessage, error) {
	at, err := find(document, path)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(document[at.from:at.to]), nil
}

// With gives the document with another value at a path. All else stays byte for byte.
func With(document []byte, value any, path ...string) ([]byte, error) {
	at, err := find(document, path)
	if err != nil {
		return nil, err
	}
	text, err := plain(value)
	if err != nil {
		return nil, err
	}
	return splice(document, at.from, at.to, text), nil
}

// Adding gives the document with one entry more at the end of the list at a path: of an object a
// member with the name and the value, of an array the name, without a value.
func Adding(document []byte, name string, value any, path ...string) ([]byte, error) {
	list, err := find(document, path)
	if err != nil {
		return nil, err
	}
	if name == "" || strings.TrimSpace(name) != name {
		return nil, errors.New("the entry has no name")
	}
	entry, err := plain(name)
	if err != nil {
		return nil, err
	}
	switch document[list.from] {
	case '{':
		text, err := plain(value)
		if err != nil {
			return nil, err
		}
		entry = slices.Concat(entry, []byte(": "), text)
	case '[':
	default:
		return nil, ErrKind
	}
	all := entries(document, list)
	if slices.ContainsFunc(all, func(e span) bool { return e.name == name }) {
		return nil, fmt.Errorf("%s: %w", name, ErrTwice)
	}
	if len(all) == 0 {
		return splice(document, list.from+1, list.to-1, entry), nil
	}
	last := all[len(all)-1].to
	return splice(document, last, last, slices.Concat([]byte(","), gap(document, list, all), entry)), nil
}

// Without gives the document without an entry of the list at a path: the member of that name, or the
// text in an array.
func Without(document []byte, name string, path ...string) ([]byte, error) {
	list, err := find(document, path)
	if err != nil {
		return nil, err
	}
	all := entries(document, list)
	i := slices.IndexFunc(all, func(e span) bool { return e.name == name && name != "" })
	switch {
	case i < 0:
		return nil, fmt.Errorf("%s: %w", name, ErrNotThere)
	case i > 0:
		return splice(document, all[i-1].to, all[i].to, nil), nil
	case len(all) > 1:
		return splice(document, all[0].from, all[1].from, nil), nil
	}
	return splice(document, list.from+1, list.to-1, nil), nil
}

// span is where something stands in a document: an entry of a list with its name, or its text.
type span struct {
	from, value, to int // value is where that of a member begins
	name            string
}

// find finds the value at a path.
func find(document []byte, path []string) (span, error) {
	if !utf8.Valid(document) || !json.Valid(document) { // lists of codes have more entries than strict JSON allows
		return span{}, ErrDocument
	}
	at := span{from: after(document, 0)}
	at.to = at.from + len(bytes.TrimSpace(document))
	for _, name := range path {
		var all []span
		if document[at.from] == '{' {
			all = entries(document, at)
		}
		named := func(e span) bool { return e.name == name }
		i := slices.IndexFunc(all, named)
		switch {
		case i < 0:
			return span{}, fmt.Errorf("%s: %w", strings.Join(path, "."), ErrNotThere)
		case slices.ContainsFunc(all[i+1:], named):
			return span{}, fmt.Errorf("%s: %w", name, ErrTwice)
		}
		at = span{from: all[i].value, to: all[i].to}
	}
	return at, nil
}

// entries are those of an object or an array, in order; an element that is no text has no name.
func entries(document []byte, list span) (all []span) {
	value := document[list.from:list.to]
	pos := list.from + 1
	for m := range strictjson.Members(value) {
		e := span{from: after(document, pos), name: string(m.Name())}
		e.value = after(document, e.from+len(m.Quoted))
		e.to = e.value + len(m.Value)
		all, pos = append(all, e), e.to
	}
	for text := range strictjson.Elements(value) {
		e := span{from: after(document, pos)}
		e.name, _ = strictjson.Text(text)
		e.to = e.from + len(text)
		all, pos = append(all, e), e.to
	}
	return all
}

// after is where the next value begins.
func after(document []byte, pos int) int {
	for strings.IndexByte(" \t\r\n,:", document[pos]) >= 0 {
		pos++
	}
	return pos
}

// gap is what stands between the entries of a list: a line's end and blanks, or a blank.
func gap(document []byte, list span, all []span) []byte {
	if n := len(all); n > 1 {
		_, gap, _ := bytes.Cut(document[all[n-2].to:all[n-1].from], []byte(",")) // a blank may stand before the comma
		return gap
	}
	if before := document[list.from+1 : all[0].from]; len(before) > 0 {
		return before
	}
	return []byte(" ")
}

// plain encodes a value as people write it.
func plain(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	text := bytes.TrimSpace(b.Bytes())
	if list, ok := value.([]string); ok && len(list) > 0 { // blanks after commas
		text = []byte{'['}
		for i, item := range list {
			one, err := plain(item)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				text = append(text, ", "...)
			}
			text = append(text, one...)
		}
		text = append(text, ']')
	}
	return text, nil
}

func splice(document []byte, from, to int, text []byte) []byte {
	return slices.Concat(document[:from], text, document[to:])
}
