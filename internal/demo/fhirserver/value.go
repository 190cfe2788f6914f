package fhirserver

import "strings"

// A code is one token of a resource: Coding, CodeableConcept, Identifier, code.
type code struct{ system, code string }

// walk gives the values at a dotted path, walking through arrays.
func walk(v any, path string) []any {
	if list, ok := v.([]any); ok {
		var out []any
		for _, item := range list {
			out = append(out, walk(item, path)...)
		}
		return out
	}
	if path == "" {
		return []any{v}
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	name, rest, _ := strings.Cut(path, ".")
	next, ok := fields[name]
	if !ok {
		return nil
	}
	return walk(next, rest)
}

// codesOf reads the tokens of a value, whatever its datatype.
func codesOf(v any) []code {
	switch v := v.(type) {
	case string:
		return []code{{code: v}}
	case map[string]any:
		if coding, ok := v["coding"].([]any); ok {
			var out []code
			for _, c := range coding {
				out = append(out, codesOf(c)...)
			}
			return out
		}
		c := code{system: text(v, "system"), code: text(v, "code")}
		if c.code == "" {
			c.code = text(v, "value") // an Identifier
		}
		if c.code != "" {
			return []code{c}
		}
	}
	return nil
}

func text(fields map[string]any, name string) string {
	s, _ := fields[name].(string)
	return s
}
