package book

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// said is a value as a person reads it, and as it is: two that read alike can differ.
type said struct {
	text string
	is   any
}

// exact is the value as JSON, with the members of objects in order.
func (s said) exact() string { return encoded(s.is) }

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // of a document that was read from JSON or YAML
	}
	return string(text)
}

// differences compares two maps, in the order of their keys. Values that read alike are
// told as they are.
func differences(old, next map[string]said) []Change {
	var out []Change
	for _, k := range slices.Sorted(maps.Keys(both(old, next))) {
		was, had := old[k]
		is, has := next[k]
		c := Change{Name: k, Old: was.text, New: is.text}
		switch {
		case !had:
			c.How = Added
		case !has:
			c.How = Removed
		case was.exact() == is.exact():
			continue
		default:
			c.How = Altered
			if was.text == is.text {
				c.Old, c.New = was.exact(), is.exact()
			}
		}
		out = append(out, c)
	}
	return out
}

// leaves names every value of a document by its path.
func leaves(v any, at string, out map[string]said) {
	below := func(key string, v any) {
		if at != "" {
			key = at + "." + key
		}
		leaves(v, key, out)
	}
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 {
			for key, one := range v {
				below(key, one)
			}
			return
		}
	case []any:
		if len(v) > 0 {
			for i, one := range v {
				below(strconv.Itoa(i+1), one)
			}
			return
		}
	}
	out[at] = said{words(v), v}
}

// byPath compares two documents value by value.
func byPath(old, next any) []Change {
	was, is := map[string]said{}, map[string]said{}
	leaves(old, "", was)
	leaves(next, "", is)
	return differences(was, is)
}

// sequence says where the order of what is in both differs; "" when it does not.
func sequence(old, next []string) (was, is string, differs bool) {
	in := func(list []string) map[string]int {
		n := map[string]int{}
		for _, k := range list {
			n[k]++
		}
		return n
	}
	inOld, inNew := in(old), in(next)
	common := func(list []string) []string {
		left := map[string]int{}
		for k, n := range inOld {
			left[k] = min(n, inNew[k])
		}
		var out []string
		for _, k := range list {
			if left[k] > 0 {
				left[k]--
				out = append(out, k)
			}
		}
		return out
	}
	a, b := common(old), common(next)
	for i := range a {
		if a[i] != b[i] {
			return "… " + shown(a[i:]), "… " + shown(b[i:]), true
		}
	}
	return "", "", false
}

// shown is the beginning of a list.
func shown(list []string) string {
	if most := 3; len(list) > most {
		return strings.Join(list[:most], ", ") + " …"
	}
	return strings.Join(list, ", ")
}

// document reads JSON; nil when it is none.
func document(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// number is a number, or a yes or no as one; nil for anything else.
func number(v any) *float64 {
	n := 0.0
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return nil
		}
		n = f
	case bool:
		if v {
			n = 1
		}
	default:
		return nil
	}
	return &n
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = words(one)
	}
	return out
}
