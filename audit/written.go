package audit

import (
	"encoding/json"
	"reflect"
)

// Written gives a copy of r with each text in it as `as` gives it: what a client, a
// source or a colleague wrote is written out (legible) before a person reads it. The
// input stays: it is JSON, and read as such.
func (r *Record) Written(as func(string) string) *Record {
	copied := *r
	v := reflect.ValueOf(&copied).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); one := f.Interface().(type) {
		case json.RawMessage:
		case []string:
			f.Set(reflect.ValueOf(each(one, as)))
		case map[string]int:
			f.Set(reflect.ValueOf(eachName(one, as)))
		default:
			if f.Kind() == reflect.String {
				f.SetString(as(f.String()))
			}
		}
	}
	return &copied
}

func each(texts []string, as func(string) string) []string {
	if texts == nil {
		return nil
	}
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = as(text)
	}
	return out
}

// eachName adds up what has one name when it is written.
func eachName(counts map[string]int, as func(string) string) map[string]int {
	if counts == nil {
		return nil
	}
	out := make(map[string]int, len(counts))
	for name, n := range counts {
		out[as(name)] += n
	}
	return out
}
