package invariants

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
)

// Request is one request of all that can be asked, with the categories that it could bring.
type Request struct {
	Request    fhir.Request
	Categories []string
}

// Requests are all that can be asked of some policies: of each type one of those that could
// bring the same.
func Requests(rev *decision.Revision) []Request {
	all := asksOf([]*decision.Revision{rev}, offered())
	out := make([]Request, len(all))
	for i, a := range all {
		out[i] = Request{a.request, a.categories}
	}
	return out
}

// asksOf is all that can be asked of some policies: every type that the broker
// offers, read and searched, and searched by each category that data/categories.json
// names for it. Requests that the rules cannot tell apart, since they could bring
// the same categories and are of no type that the rules name, are one.
func asksOf(revisions []*decision.Revision, named []string) []ask {
	var out []ask
	index := map[string]bool{}
	add := func(words string, req fhir.Request) {
		key := string(req.Interaction)
		if slices.Contains(named, req.Type) {
			key += " " + req.Type
		}
		for _, r := range revisions {
			key += fmt.Sprint(r.Classes().Possible(req))
		}
		if !index[key] {
			index[key] = true
			categories := revisions[0].Classes().Possible(req)
			out = append(out, ask{words: words, request: req, categories: categories, seen: rego.FieldText(typeField, categories)})
		}
	}
	types := offered()
	for _, t := range types {
		add(t, fhir.Request{Interaction: fhir.Search, Type: t})
	}
	for _, t := range types {
		add(t+"/1", fhir.Request{Interaction: fhir.Read, Type: t, ID: "1"})
	}
	for _, r := range revisions {
		tokens := categoryTokens(r)
		for _, t := range types {
			for _, token := range tokens[t] {
				add(t+"?category="+token, fhir.Request{Interaction: fhir.Search, Type: t, Params: []fhir.Param{{Name: "category", Value: token}}})
			}
		}
	}
	return out
}

// offered are the types that the broker offers. The one that most cases ask for
// comes first.
func offered() []string {
	var doc struct {
		Rest []struct{ Resource []struct{ Type string } }
	}
	if err := json.Unmarshal(fhir.CapabilityStatement(fhir.Server{}), &doc); err != nil {
		panic("the capability statement is not JSON: " + err.Error())
	}
	out := []string{"Condition"}
	for _, rest := range doc.Rest {
		for _, r := range rest.Resource {
			if !slices.Contains(out, r.Type) {
				out = append(out, r.Type)
			}
		}
	}
	return out
}

// categoryTokens are, for each type, the categories by which it can be searched,
// as data/categories.json names them.
func categoryTokens(r *decision.Revision) map[string][]string {
	doc, _ := r.Documents()["categories"].(map[string]any)
	systems, _ := doc["systems"].(map[string]any)
	rules, _ := doc["rules"].([]any)
	out := map[string][]string{}
	for _, rule := range rules {
		rule, _ := rule.(map[string]any)
		for _, c := range words(rule["category"]) {
			short, code, ok := strings.Cut(c, "|")
			code, _, _ = strings.Cut(code, " (")
			if addresses := words(systems[short]); ok && len(addresses) > 0 {
				code = addresses[0] + "|" + code
			}
			for _, t := range words(rule["type"]) {
				out[t] = append(out[t], code)
			}
		}
	}
	return out
}

// words are a text, or a list of texts, of the data.
func words(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
