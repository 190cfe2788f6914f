package attack

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// keep takes from an answer what later steps need: "link.next", "header.ETag",
// or a JSON pointer (RFC 6901).
func (s *scene) keep(step Step, a answer) {
	for name, what := range step.Keep {
		if text := taken(what, a); text != "" {
			s.kept[name] = text
		}
	}
}

func taken(what string, a answer) string {
	if header, ok := strings.CutPrefix(what, "header."); ok {
		return a.header.Get(header)
	}
	if relation, ok := strings.CutPrefix(what, "link."); ok {
		var b bundle
		_ = json.Unmarshal(a.body, &b) // what cannot be read has no links
		for _, l := range b.Link {
			if l.Relation == relation {
				return l.URL
			}
		}
		return ""
	}
	switch v, _ := at(a.body, what); v := v.(type) {
	case string:
		return v
	case float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// at follows a JSON pointer.
func at(body []byte, pointer string) (any, bool) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil, false
	}
	for _, part := range strings.Split(pointer, "/")[1:] {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[part]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}
