package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// matches reports where got does not hold what is wanted.
func (r *run) matches(what string, want, got any) {
	r.t.Helper()
	if diff := cmp.Diff(want, projected(want, got)); diff != "" {
		r.t.Errorf("%s (-story +broker):\n%s", what, diff)
	}
}

// projected cuts got down to what the story speaks of, so that a difference
// shows that and nothing else.
func projected(want, got any) any {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			return got
		}
		out := map[string]any{}
		for name, value := range want {
			there, ok := have[name]
			switch {
			case ok:
				out[name] = projected(value, there)
			case value == nil:
				out[name] = nil
			}
		}
		return out
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			return got
		}
		out := make([]any, len(have))
		for i := range have {
			out[i] = projected(want[i], have[i])
		}
		return out
	case string:
		if text, ok := got.(string); want == "*" && ok && text != "" {
			return "*"
		}
	}
	return got
}

func (r *run) decoded(what, text string) any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		r.t.Fatalf("%s: %v", what, err)
	}
	return v
}

func decode(body []byte) any {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return string(body)
	}
	return v
}

// earlier gives a member of an earlier answer ("1.body.id"), or the address of
// its next page ("1.next") or of the first document that it links to ("1.document").
func (r *run) earlier(path string) (string, error) {
	parts := strings.Split(path, ".")
	n, err := strconv.Atoi(parts[0])
	if err != nil || n < 1 || n > len(r.bodies) || len(parts) < 2 {
		return "", fmt.Errorf("no such word, or no such answer yet")
	}
	at := r.bodies[n-1]
	if parts[1] == "next" {
		links, _ := member(at, "link").([]any)
		for _, link := range links {
			if address, _ := member(link, "url").(string); member(link, "relation") == "next" {
				return withoutHost(address), nil
			}
		}
		return "", fmt.Errorf("answer %d has no next page", n)
	}
	if parts[1] == "document" {
		if address := firstDocument(at); address != "" {
			return withoutHost(address), nil
		}
		return "", fmt.Errorf("answer %d links to no document", n)
	}
	for _, name := range parts[2:] {
		at = member(at, name)
	}
	text, ok := at.(string)
	if !ok || parts[1] != "body" {
		return "", fmt.Errorf("there is no such text in the answer")
	}
	return text, nil
}

func withoutHost(address string) string {
	_, path, _ := strings.Cut(address, "://")
	_, path, _ = strings.Cut(path, "/")
	return "/" + path
}

// firstDocument finds a link to a document at any depth, in the order of names.
func firstDocument(v any) string {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "/Binary?_link=") {
			return v
		}
	case []any:
		for _, one := range v {
			if found := firstDocument(one); found != "" {
				return found
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if found := firstDocument(v[name]); found != "" {
				return found
			}
		}
	}
	return ""
}

func member(v any, name string) any {
	if object, ok := v.(map[string]any); ok {
		return object[name]
	}
	return nil
}
