package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// deepest bounds the nesting of a resource.
const deepest = 32

var (
	errNotJSON   = errors.New("is not one JSON object in UTF-8: write one FHIR resource a line")
	errTwice     = errors.New("has an element twice in one object: keep one")
	errTooDeep   = errors.New("is nested too deep: send the plain resource")
	errTooLong   = errors.New("is longer than 1 MiB: send the plain resource, without attachments")
	errNullValue = errors.New("has a null, which FHIR does not have in an object: leave the element out")
)

// tree reads JSON into maps by the exact names of its elements. encoding/json
// into structs would take "Status" for "status" and let the second of two win:
// another reader of the same line could then see another resource.
func tree(line []byte) (map[string]any, error) {
	if !utf8.Valid(line) || !json.Valid(line) {
		return nil, errNotJSON
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	v, err := branch(d, 0)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errNotJSON
	}
	return object, nil
}

func branch(d *json.Decoder, depth int) (any, error) {
	if depth > deepest {
		return nil, errTooDeep
	}
	t, err := d.Token()
	if err != nil {
		return nil, errNotJSON
	}
	switch t {
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, errNotJSON
			}
			key := k.(string)
			if _, twice := object[key]; twice {
				return nil, errTwice
			}
			v, err := branch(d, depth+1)
			if err != nil {
				return nil, err
			}
			if v == nil {
				return nil, errNullValue
			}
			object[key] = v
		}
		_, err = d.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := branch(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// element is an object in a resource. Its methods collect what is wrong in the
// resource's list of problems and give zero values, so that one reading finds
// all there is to correct. A problem names the element, never a value.
type element struct {
	fields   map[string]any
	path     string
	now      time.Time // of the import
	problems *[]string
}

func (e element) wrong(format string, args ...any) {
	*e.problems = append(*e.problems, fmt.Sprintf(format, args...))
}

func (e element) has(name string) bool { _, ok := e.fields[name]; return ok }

func (e element) at(name string) string {
	if e.path == "" {
		return name
	}
	return e.path + "." + name
}

// text gives a string, "" where there is none.
func (e element) text(name string) string {
	v, ok := e.fields[name]
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		e.wrong("%s is not a string: correct it", e.at(name))
	}
	return s
}

// in gives an object; where there is none, one without fields.
func (e element) in(name string) element {
	sub := element{path: e.at(name), now: e.now, problems: e.problems}
	if v, ok := e.fields[name]; ok {
		if sub.fields, ok = v.(map[string]any); !ok {
			e.wrong("%s is not an object: correct it", sub.path)
		}
	}
	return sub
}

// all gives the objects of a list.
func (e element) all(name string) []element {
	v, ok := e.fields[name]
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		e.wrong("%s is not a list: correct it", e.at(name))
		return nil
	}
	elements := make([]element, 0, len(list))
	for _, v := range list {
		fields, ok := v.(map[string]any)
		if !ok {
			e.wrong("%s has a member that is not an object: correct it", e.at(name))
			continue
		}
		elements = append(elements, element{fields: fields, path: e.at(name), now: e.now, problems: e.problems})
	}
	return elements
}
