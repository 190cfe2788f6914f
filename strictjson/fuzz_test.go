package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/strictjson"
)

// FuzzRead compares with encoding/json: what is accepted is JSON of which
// encoding/json makes the same tree; what is not accepted, though it is JSON, is
// refused for a reason that encoding/json can see too. Options only make it less.
func FuzzRead(f *testing.F) {
	for _, probe := range probes {
		if len(probe.text) < 4096 {
			f.Add([]byte(probe.text))
		}
	}
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, text []byte) {
		whole := bytes.Clone(text)
		tree, err := strictjson.Decode(text, strictjson.Options{})
		if !errors.Is(strictjson.Check(text, strictjson.Options{}), err) {
			t.Fatal("Check and Decode differ")
		}
		for _, reader := range readers {
			narrow, no := strictjson.Decode(text, reader.options)
			if no == nil && (err != nil || !reflect.DeepEqual(narrow, tree)) {
				t.Fatalf("%s takes more than the rule, or another thing: %v", reader.name, err)
			}
		}
		if !bytes.Equal(whole, text) {
			t.Fatal("the text was changed")
		}
		plain, ok := lenient(text)
		if err != nil {
			if ok && !refusable(text, plain, err) {
				t.Fatalf("%v, but encoding/json reads %#v", err, plain)
			}
			return
		}
		if !json.Valid(text) || !reflect.DeepEqual(plain, any(tree)) {
			t.Fatalf("accepted %#v, encoding/json reads %#v", tree, plain)
		}
		if !reflect.DeepEqual(walked(text), any(tree)) {
			t.Fatalf("walked %#v, decoded %#v", walked(text), tree)
		}
		again, err := json.Marshal(tree)
		if err != nil {
			return // a number that encoding/json does not write
		}
		if twice, err := strictjson.Decode(again, strictjson.Options{}); err != nil || !reflect.DeepEqual(twice, tree) {
			t.Fatalf("written by encoding/json: %v, %s", err, again)
		}
	})
}

// lenient is what encoding/json makes of a whole text.
func lenient(text []byte) (v any, ok bool) {
	if !json.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

// refusable says whether a text that encoding/json reads has what it was refused
// for.
func refusable(text []byte, v any, why error) bool {
	s := see(text)
	switch why {
	case strictjson.ErrNotObject: //nolint:errorlint // no reader wraps them
		_, is := v.(map[string]any)
		return !is
	case strictjson.ErrNotUTF8, strictjson.ErrHalf: // encoding/json replaces it
		return strings.ContainsRune(s.strings, utf8.RuneError)
	case strictjson.ErrDepth:
		return s.deepest > strictjson.Deepest
	case strictjson.ErrMembers:
		return slices.ContainsFunc(s.names, func(names []string) bool { return len(names) > strictjson.Widest })
	case strictjson.ErrNoName:
		return slices.ContainsFunc(s.names, func(names []string) bool { return slices.Contains(names, "") })
	case strictjson.ErrTwice:
		return s.two(func(a, b string) bool { return a == b })
	case strictjson.ErrCase:
		return s.two(func(a, b string) bool { return a != b && strings.EqualFold(a, b) })
	}
	return false
}

// seen is what the tokens of a text tell.
type seen struct {
	names   [][]string // of each object
	strings string     // all of them, names too
	deepest int
}

func (s *seen) two(alike func(a, b string) bool) bool {
	return slices.ContainsFunc(s.names, func(names []string) bool {
		for i, a := range names {
			if slices.ContainsFunc(names[:i], func(b string) bool { return alike(a, b) }) {
				return true
			}
		}
		return false
	})
}

func see(text []byte) (s seen) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	s.value(d, 1)
	return s
}

func (s *seen) value(d *json.Decoder, depth int) {
	switch token, _ := d.Token(); token := token.(type) {
	case string:
		s.strings += token
	case json.Delim:
		s.deepest = max(s.deepest, depth)
		var names []string
		for d.More() {
			if token == '{' {
				name, _ := d.Token()
				names = append(names, name.(string))
				s.strings += name.(string)
			}
			s.value(d, depth+1)
		}
		_, _ = d.Token()
		s.names = append(s.names, names)
	}
}

// FuzzWalk: walking a text that nobody has checked ends, and stays within it.
func FuzzWalk(f *testing.F) {
	for _, text := range []string{sample, `{"a":"\\`, `{"a"`, `{"a":`, `{"a":1,`, `[`, `[1,`, `{,:`, `["\"`, `{]`, `{"a":{`, `[[[1`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		bytesSeen := 0
		for m := range strictjson.Members(text) {
			_ = m.Is("a")
			bytesSeen += len(m.Quoted) + len(m.Value)
		}
		for e := range strictjson.Elements(text) {
			_, _ = strictjson.Text(e)
			bytesSeen += len(e)
		}
		if bytesSeen > len(text) {
			t.Fatalf("%d bytes of %d", bytesSeen, len(text))
		}
	})
}
