package consent

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// errStrictJSON says that a text is not JSON that everyone reads alike. It never
// carries the text.
var errStrictJSON = errors.New("not JSON that every reader understands alike")

const mostJSONDepth = 12

// decodeStrict reads a small JSON object into map[string]any, []any, string,
// json.Number and bool. It refuses what readers disagree about, or what FHIR
// R4 §2.6.2 forbids: duplicate names, names that differ in case alone, half
// surrogates, bad UTF-8, control characters, nulls, empty strings, objects and
// arrays, great depth, and anything after the object.
//
// encoding/json by itself lets the last duplicate win and matches names without
// regard to case.
func decodeStrict(body []byte) (map[string]any, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errStrictJSON
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := strictValue(d, 0)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errStrictJSON
	}
	return object, nil
}

func strictValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil || depth > mostJSONDepth {
		return nil, errStrictJSON
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return strictObject(d, depth)
		}
		return strictArray(d, depth)
	case string:
		if !isStrictString(t) {
			return nil, errStrictJSON
		}
		return t, nil
	case json.Number, bool:
		return t, nil
	}
	return nil, errStrictJSON
}

func strictObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	folded := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok || !isStrictString(name) {
			return nil, errStrictJSON
		}
		// Upper before lower, so that ſ and K (U+017F, U+212A) fold as Go's
		// encoding/json folds them.
		fold := strings.ToLower(strings.ToUpper(name))
		if folded[fold] {
			return nil, errStrictJSON
		}
		folded[fold] = true
		if object[name], err = strictValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil || len(object) == 0 {
		return nil, errStrictJSON
	}
	return object, nil
}

func strictArray(d *json.Decoder, depth int) (any, error) {
	var array []any
	for d.More() {
		v, err := strictValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	if _, err := d.Token(); err != nil || len(array) == 0 {
		return nil, errStrictJSON
	}
	return array, nil
}

// isStrictString refuses the empty string, control characters, and U+FFFD, which
// is what the decoder makes of half a surrogate.
func isStrictString(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		if r < ' ' || 0x7f <= r && r <= 0x9f || r == utf8.RuneError {
			return false
		}
	}
	return true
}
