package mutants

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// story is a case file with one case, as a tree that is varied.
type story struct{ root *yaml.Node }

// told reads a file with one case.
func told(text []byte) (story, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) != 1 {
		return story{}, fmt.Errorf("reading case: %w", err)
	}
	return story{doc.Content[0]}, nil
}

// text writes it, without what it expects.
func (s story) text() []byte {
	drop(s.one(), "then")
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if e.Encode(s.root) != nil {
		return nil
	}
	return out.Bytes()
}

func (s story) one() *yaml.Node { return under(s.root, "cases").Content[0] }

// changed is a copy of the story with a change, as text; its name tells the change.
func (s story) changed(what string, change func(one *yaml.Node)) []byte {
	next := story{copied(s.root)}
	change(next.one())
	name := under(next.one(), "name")
	name.SetString(name.Value + ", but " + what)
	return next.text()
}

// variations are the story with one thing otherwise: each time at and around each
// boundary, each fact gone, unavailable or added, each yes as a no, and each other
// person, place, request and action.
func (s story) variations(n near) [][]byte {
	var out [][]byte
	vary := func(what string, change func(one *yaml.Node)) { out = append(out, s.changed(what, change)) }
	for _, part := range []string{"given", "when"} {
		s.fields(under(s.one(), part), []any{part}, func(path []any, field string) {
			for _, v := range n.valuesOf(path, field, follow(s.one(), path).Value) {
				vary(strings.ReplaceAll(field, "_", " ")+" "+cmp.Or(v, "nothing"), func(one *yaml.Node) { follow(one, path).SetString(v); plain(follow(one, path)) })
			}
			if field == "until" && path[1] == "emergencies" { // how long it runs counts
				for _, v := range n.emergency {
					vary("from now until "+v, func(one *yaml.Node) {
						put(follow(one, path[:len(path)-1]), "from", scalar("now"))
						put(follow(one, path[:len(path)-1]), "until", scalar(v))
					})
				}
			}
		})
	}
	given := under(s.one(), "given")
	for i := 0; i+1 < len(given.Content); i += 2 {
		name := given.Content[i].Value
		words := strings.ReplaceAll(name, "_", " ")
		vary("without "+words, func(one *yaml.Node) { drop(under(one, "given"), name) })
		vary("with "+words+" that could not be looked up", func(one *yaml.Node) { put(under(one, "given"), name, scalar("unavailable")) })
		for j := range given.Content[i+1].Content {
			if given.Content[i+1].Kind == yaml.SequenceNode {
				vary("with one less of "+words, func(one *yaml.Node) {
					list := under(under(one, "given"), name)
					list.Content = slices.Delete(list.Content, j, j+1)
				})
			}
		}
	}
	typical := s.typical()
	for _, name := range slices.Sorted(maps.Keys(typical)) {
		value := typical[name]
		if under(given, name).Kind == 0 {
			words := strings.ReplaceAll(name, "_", " ")
			vary("with "+words, func(one *yaml.Node) { addFact(one, name, value) })
			vary("with "+words+" that could not be looked up", func(one *yaml.Node) { addFact(one, name, "unavailable") })
		}
	}
	for _, who := range keys(under(s.root, "people")) {
		vary("asked by the "+who, func(one *yaml.Node) { put(under(one, "when"), "who", scalar(who)) })
	}
	for _, place := range keys(under(s.root, "places")) {
		vary("asked at "+place, func(one *yaml.Node) { put(under(one, "when"), "at", scalar(place)) })
	}
	for _, action := range actions {
		vary("to "+cmp.Or(action, "view"), func(one *yaml.Node) { act(under(one, "when"), action) })
	}
	return out
}

// fields visits each value of a part, by the way to it.
func (s story) fields(n *yaml.Node, path []any, visit func(path []any, field string)) {
	for i, below := range n.Content {
		var step any = i
		field := ""
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			field = n.Content[i-1].Value
			step = field
		}
		way := append(slices.Clone(path), step)
		if below.Kind == yaml.ScalarNode && field != "" {
			visit(way, field)
		}
		s.fields(below, way, visit)
	}
}

// request and actions that are asked instead of what a case asks.
var (
	requests = []string{
		"Observation?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", "Observation", "Observation/1",
		"Appointment", "MedicationRequest", "Condition", "Condition/1", "DocumentReference", "Flag", "Practitioner/1", "Provenance",
	}
	actions = []string{"", "record-permission", "record-refusal", "withdraw", "declare-emergency"}
)

// valuesOf are the other values that a field could have.
func (n near) valuesOf(path []any, field, is string) []string {
	var out []string
	switch field {
	case "from", "until", "closed", "recorded":
		out = []string{"now", "1 second ago", "in 1 second", "1 day ago", "in 1 day", "1 year ago", ""}
		switch {
		case field == "closed":
			out = append(out, n.closed...)
		case field == "until" && path[1] == "says":
			out = slices.Concat(out, n.emergency, n.permission)
		}
	case "answer":
		out = []string{"yes", "no"}
	case "withdrawn", "ended", "sensitive", "professional_is_the_patient":
		out = []string{"true", "false"}
	case "status":
		out = []string{"active", "completed", "revoked"}
	case "category":
		out = []string{"laboratory", "imaging", "documents"}
	case "reason_code":
		out = append([]string{"curiosity"}, n.reasons...)
	case "purpose":
		out = []string{"direct-care", "research"}
	case "how":
		out = []string{"in-person", "telephone", "video", "by-letter"}
	case "asks":
		out = requests
	case "organisation":
		out = []string{"A81001", "RXA01", "B82002"}
	case "telephone", "contact":
		out = []string{""}
	case "for":
		out = []string{"somebody-else"}
	}
	return slices.DeleteFunc(slices.Clone(out), func(v string) bool { return v == is })
}

// typical are facts as they mostly are, for who asks.
func (s story) typical() map[string]string {
	who := under(under(s.one(), "when"), "who").Value
	org := under(under(under(s.root, "people"), who), "organisation").Value
	return map[string]string{
		"opt_out":                     `{id: oo-1, from: 3 days ago, telephone: 01632 960001, contact: Riverside Surgery}`,
		"restriction":                 `{id: re-1, code: R, from: 3 days ago}`,
		"registration":                fmt.Sprintf(`{id: reg-1, organisation: %q, name: Riverside Surgery, from: 3 years ago}`, org),
		"permissions":                 fmt.Sprintf(`[{id: perm-1, for: %s, organisation: %q, answer: "yes", from: 1 hour ago, until: in 23 hours}]`, who, org),
		"relationships":               fmt.Sprintf(`[{id: rel-1, kind: referral, organisation: %q, from: 2 weeks ago}]`, org),
		"test_orders":                 fmt.Sprintf(`[{id: ord-1, organisation: %q, category: laboratory, status: active, from: 1 day ago}]`, org),
		"emergencies":                 fmt.Sprintf(`[{id: em-1, for: %s, reason_code: life-threatening, from: 10 minutes ago, until: in 20 minutes}]`, who),
		"professional_is_the_patient": "true",
	}
}

func addFact(one *yaml.Node, name, value string) {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(value), &doc) == nil && len(doc.Content) == 1 {
		if under(one, "given").Kind == 0 {
			put(one, "given", &yaml.Node{Kind: yaml.MappingNode})
		}
		put(under(one, "given"), name, doc.Content[0])
	}
}

// act makes a question do something else.
func act(when *yaml.Node, action string) {
	drop(when, "does")
	drop(when, "says")
	if action == "" {
		if under(when, "asks").Kind == 0 {
			put(when, "asks", scalar("AllergyIntolerance"))
		}
		return
	}
	drop(when, "asks")
	put(when, "does", scalar(action))
	says := map[string]string{
		"record-permission": "{how: in-person, until: in 1 day}",
		"record-refusal":    "{how: in-person}",
		"withdraw":          "{permission: perm-1}",
		"declare-emergency": "{reason_code: life-threatening, reason: unconscious at the roadside, until: in 30 minutes}",
	}[action]
	var doc yaml.Node
	if yaml.Unmarshal([]byte(says), &doc) == nil {
		put(when, "says", doc.Content[0])
	}
}
