package cases

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/mycarerecord/mcr/fhir"
)

// offered are the resource types that the broker offers, as its capability
// statement lists them, each with the names by which it can be searched.
var offered = sync.OnceValue(func() map[string][]string {
	var doc struct {
		Rest []struct {
			Resource []struct {
				Type        string
				SearchParam []struct{ Name string }
			}
		}
	}
	out := map[string][]string{}
	if err := json.Unmarshal(fhir.CapabilityStatement(fhir.Server{}), &doc); err != nil {
		panic("the capability statement is not JSON: " + err.Error())
	}
	for _, rest := range doc.Rest {
		for _, r := range rest.Resource {
			names := []string{}
			for _, p := range r.SearchParam {
				names = append(names, p.Name)
			}
			out[r.Type] = names
		}
	}
	return out
})

// asks checks that the broker would take what a case asks for: a misspelt type
// would be decided, and refused, for the wrong reason.
func (c *caseChecker) asks(line int, asks string) {
	path, query, _ := strings.Cut(asks, "?")
	typ, _, _ := strings.Cut(path, "/")
	if typ == "" {
		c.say(line, "asks: say what is asked for, such as Observation?category=laboratory")
		return
	}
	names, ok := offered()[typ]
	if !ok {
		c.say(line, "asks: %q is not a type that the broker offers; there are %s", typ, strings.Join(slices.Sorted(maps.Keys(offered())), ", "))
		return
	}
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name, _, _ = strings.Cut(name, ":"); query != "" && !slices.Contains(names, name) {
			c.say(line, "asks: %s cannot be searched by %q; it can by %s", typ, name, strings.Join(names, ", "))
		}
	}
}
