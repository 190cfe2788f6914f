package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// errStrict says that a text is not JSON that every reader understands alike. It
// never carries the text.
var errStrict = errors.New("not JSON that every reader understands alike")

const mostDepth = 64

// scan walks a JSON text that encoding/json has found valid, and refuses what
// readers disagree about: names given twice, names that differ in case alone,
// names with escapes, and great depth. encoding/json by itself lets the last of
// two names win, and matches names without regard to case.
type scan struct {
	b       []byte
	i       int
	names   [][]byte // of the objects that are open
	checked bool     // this text has been walked before: only find the ends
}

// member is one member of an object: its name, and its value as it stands.
type member struct{ name, value []byte }

// checkStrict says that a whole text is an object that every reader understands
// alike. The functions below MUST be given texts that it has found so, or parts
// of them.
func checkStrict(text []byte) error {
	if !utf8.Valid(text) || !json.Valid(text) {
		return errStrict
	}
	s := &scan{b: text}
	s.space()
	if s.b[s.i] != '{' {
		return errStrict
	}
	return s.object(0, nil)
}

// walk gives each member of an object, and says whether it is one.
func walk(text []byte, each func(name, value []byte)) bool {
	s := scan{b: text, checked: true}
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != '{' {
		return false
	}
	return s.object(0, each) == nil
}

// members gives the members of an object; nil if it is none.
func members(text []byte) (all []member) {
	walk(text, func(name, value []byte) { all = append(all, member{name, value}) })
	return all
}

// picked are values of an object by name, in the order of the names; nil what is
// not there.
type picked [6][]byte

// pick gives up to six members of an object by name.
func pick(text []byte, names ...string) (out picked) {
	walk(text, func(name, value []byte) {
		for i := range names {
			if names[i] == string(name) {
				out[i] = value
				return
			}
		}
	})
	return out
}

// field gives one member of an object by name.
func field(text []byte, name string) []byte { return pick(text, name)[0] }

// elements gives the elements of an array; false if it is none.
func elements(text []byte) ([][]byte, bool) {
	if len(text) == 0 {
		return nil, false
	}
	s := &scan{b: text, checked: true}
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != '[' {
		return nil, false
	}
	var all [][]byte
	err := s.array(0, func(value []byte) { all = append(all, value) })
	return all, err == nil
}

// text gives a string; false if it is none, or empty.
func text(value []byte) (string, bool) {
	if len(value) < 3 || value[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1]), true
	}
	var out string
	return out, json.Unmarshal(value, &out) == nil && out != ""
}

func (s *scan) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\r' || s.b[s.i] == '\t') {
		s.i++
	}
}

// value passes one value.
func (s *scan) value(depth int) error {
	if depth > mostDepth {
		return errStrict
	}
	switch c := s.b[s.i]; {
	case c == '"':
		s.quoted()
	case c != '{' && c != '[':
		s.word()
	case s.checked:
		s.skip()
	case c == '{':
		return s.object(depth, nil)
	default:
		return s.array(depth, nil)
	}
	return nil
}

// quoted passes a string.
func (s *scan) quoted() {
	from := s.i + 1
	for at := from; ; at++ {
		at += bytes.IndexByte(s.b[at:], '"')
		slashes := 0
		for at-slashes > from && s.b[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			s.i = at + 1
			return
		}
	}
}

// word passes a number, true, false or null, which end where something else begins.
func (s *scan) word() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return
		}
		s.i++
	}
}

// skip passes an object or array that has been checked.
func (s *scan) skip() {
	for open := 0; ; {
		switch s.b[s.i] {
		case '"':
			s.quoted()
			continue
		case '{', '[':
			open++
		case '}', ']':
			open--
		}
		s.i++
		if open == 0 {
			return
		}
	}
}

func (s *scan) object(depth int, each func(name, value []byte)) error {
	open := len(s.names)
	defer func() { s.names = s.names[:open] }()
	s.i++
	for s.space(); s.b[s.i] != '}'; s.space() {
		from := s.i + 1
		s.quoted()
		name := s.b[from : s.i-1]
		if !s.checked {
			if !s.fresh(open, name) {
				return errStrict
			}
			s.names = append(s.names, name)
		}
		s.space()
		s.i++ // the colon
		s.space()
		from = s.i
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if each != nil {
			each(name, s.b[from:s.i])
		}
		if s.space(); s.b[s.i] == ',' {
			s.i++
		}
	}
	s.i++
	return nil
}

// mostNames bounds the names of one object, which are compared each with each.
const mostNames = 256

// fresh says that no name of the object was the same, or the same to a reader
// without regard for case.
func (s *scan) fresh(open int, name []byte) bool {
	if len(name) == 0 || len(s.names)-open >= mostNames || bytes.IndexByte(name, '\\') >= 0 {
		return false
	}
	for _, other := range s.names[open:] {
		if bytes.EqualFold(other, name) {
			return false
		}
	}
	return true
}

func (s *scan) array(depth int, each func(value []byte)) error {
	s.i++
	for s.space(); s.b[s.i] != ']'; s.space() {
		from := s.i
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if each != nil {
			each(s.b[from:s.i])
		}
		if s.space(); s.b[s.i] == ',' {
			s.i++
		}
	}
	s.i++
	return nil
}
