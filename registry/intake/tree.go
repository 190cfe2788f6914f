package intake

import (
	"errors"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/strictjson"
)

var (
	errNotJSON = errors.New("is not one JSON object in UTF-8: write one FHIR resource a line")
	errTooLong = errors.New("is longer than 1 MiB: send the plain resource, without attachments")
)

// amiss says what is to be corrected in a line that strictjson refuses; anything
// else is errNotJSON.
var amiss = map[error]error{
	strictjson.ErrTwice:   errors.New("has an element twice in one object: keep one"),
	strictjson.ErrCase:    errors.New("has two elements in one object whose names differ in case alone: keep the one that FHIR has"),
	strictjson.ErrNoName:  errors.New("has an element without a name: name it or remove it"),
	strictjson.ErrHalf:    errors.New("has a character of which only half is written (a lone surrogate, \\ud800 to \\udfff): write the whole character"),
	strictjson.ErrDepth:   errors.New("is nested too deep: send the plain resource"),
	strictjson.ErrMembers: fmt.Errorf("has an object of more than %d elements: send the plain resource", strictjson.Widest),
	strictjson.ErrNull:    errors.New("has a null, which FHIR does not have in an object: leave the element out"),
}

// tree reads JSON into maps by the exact names of its elements. encoding/json
// into structs would take "Status" for "status" and let the second of two win:
// another reader of the same line could then see another resource.
func tree(line []byte) (map[string]any, error) {
	fields, err := strictjson.Decode(line, strictjson.Import)
	switch {
	case err == nil:
		return fields, nil
	case amiss[err] != nil:
		return nil, amiss[err]
	}
	return nil, errNotJSON
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
