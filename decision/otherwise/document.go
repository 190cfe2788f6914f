package otherwise

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// document is an input document (policies/schema/input.json), perhaps an odd one: what is
// not of the form that it should have is as good as not there.
type document map[string]any

func readDocument(input []byte) (document, error) {
	var d document
	dec := json.NewDecoder(bytes.NewReader(input))
	dec.UseNumber()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("reading input: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading input: there is something after the document")
	}
	if d == nil {
		return nil, errors.New("reading input: it is not an object")
	}
	return d, nil
}

// text is the document as it is decided: entries that were taken out are gone.
func (d document) text() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(without(map[string]any(d))); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'}), nil
}

// taken stands in a list for an entry that was taken out, so that the others keep their places.
type taken struct{}

func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			v[k] = without(item)
		}
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			if item != (taken{}) {
				out = append(out, without(item))
			}
		}
		return out
	}
	return v
}

func (d document) copy() document { return document(copyOf(map[string]any(d)).(map[string]any)) }

func copyOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = copyOf(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = copyOf(item)
		}
		return out
	}
	return v
}

// object is the object of a name, made when there is none.
func (d document) object(name string) entry {
	o, ok := d[name].(map[string]any)
	if !ok {
		o = map[string]any{}
		d[name] = o
	}
	return o
}

// fact is a fact: nil when it is not there.
func (d document) fact(name string) entry {
	facts, _ := d["facts"].(map[string]any)
	f, _ := facts[name].(map[string]any)
	return f
}

func (d document) setFact(name string, f map[string]any) { d.object("facts")[name] = f }

// list is the entries of a fact that is a list.
func (d document) list(name string) []any {
	list, _ := d.fact(name)["value"].([]any)
	return list
}

// setItem puts something in the place of an entry.
func (d document) setItem(name string, i int, item any) {
	if list := d.list(name); i < len(list) {
		list[i] = item
	}
}

// item is an entry of a list, to be changed; an empty one when there is none.
func (d document) item(name string, i int) entry {
	list := d.list(name)
	if i < len(list) {
		if e, ok := list[i].(map[string]any); ok {
			return e
		}
	}
	return entry{}
}

func (d document) addItem(name string, item map[string]any) {
	d.setFact(name, known(append(slices.Clone(d.list(name)), item)))
}

func state(s string) map[string]any { return map[string]any{"state": s} }

func known(v any) map[string]any { return map[string]any{"state": "known", "value": v} }

// entry is an object of the document.
type entry map[string]any

func (e entry) text(name string) string {
	s, _ := e[name].(string)
	return s
}

func (e entry) has(name string) bool {
	_, ok := e[name]
	return ok
}

func (e entry) yes(name string) bool {
	b, _ := e[name].(bool)
	return b
}

// number is a whole number; 0 when it is none.
func (e entry) number(name string) int64 {
	n, _ := e[name].(json.Number)
	i, _ := n.Int64()
	return i
}

func (e entry) texts(name string) []string {
	list, _ := e[name].([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// over and ahead say that an entry's period has ended, or not begun.
func (e entry) over(now int64) bool  { return e.number("until") <= now }
func (e entry) ahead(now int64) bool { return e.number("from") > now }
func (e entry) running(now int64) bool {
	return !e.over(now) && !e.ahead(now)
}
