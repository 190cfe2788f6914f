package cases

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/yamlnode"
)

// Story is one case as a form asks for it: one professional, one record, at most
// one entry of each fact. Values are words, as in a case file; organisations and
// people can be told by what they are in the story.
type Story struct {
	Name, Title, Promise string
	Now                  string // 2026-03-02T10:00:00Z
	Who                  string // what the professional is called: "consultant"
	User, Role           string
	Organisation         string // ODS code of the professional's organisation
	Where                string // what the source is called: "the practice"
	SourceID, Kind       string
	Holder               string // ODS code of the organisation that holds the record
	Does, Asks, Purpose  string
	PatientUnknown       bool // the source does not know the patient's NHS number
	RegistryAway         bool
	EmergencyInUse       string // "yes", "no", or "" for as the policies have it
	OlderNumbers         string
	// Facts by their names in a case file: "opt_out", "permissions" and so on.
	// A fact that is not here is absent.
	Facts map[string]StoryFact
	// Says is what is to be recorded, by the names in a case file.
	Says map[string]string
}

// StoryFact is a fact: "absent", "unavailable" or "known". Entry has the values
// of what is known by their names in a case file; a truth is "true" or "".
type StoryFact struct {
	State string
	Entry map[string]string
}

// Words for who and where in a Story: in "organisation", "for" and "sources".
const (
	Own                  = "own"      // the professional's organisation
	Holding              = "holder"   // the organisation that holds the record
	Third                = "other"    // neither of the two
	Self                 = "self"     // the professional
	Another              = "another"  // another professional
	Here                 = "here"     // the source
	NotHere              = "not-here" // another source
	colleague, elsewhere = "555000000099", "another-source"
)

// StoryFacts are the names of the facts in the order in which a form asks for them.
var StoryFacts = []string{"registration", "relationships", "permissions", "opt_out", "restriction", "test_orders", "emergencies", "professional_is_the_patient", "national_opt_out"}

var listFacts = []string{"permissions", "relationships", "test_orders", "emergencies"}

var idsOfFacts = map[string]string{
	"registration": "reg-1", "relationships": "rel-1", "permissions": "perm-1", "opt_out": "oo-1",
	"restriction": "res-1", "test_orders": "ord-1", "emergencies": "em-1",
}

// YAML writes the story as a case file that Try takes.
func (s Story) YAML() []byte {
	root := yamlnode.Mapping()
	yamlnode.Put(root, "title", yamlnode.Text(s.Title))
	yamlnode.Put(root, "promise", yamlnode.Text(s.Promise))
	yamlnode.Put(root, "now", plain(s.Now))
	if s.EmergencyInUse != "" {
		enabled := yamlnode.Flowing()
		yamlnode.Put(enabled, "enabled", plain(fmt.Sprint(s.EmergencyInUse == "yes")))
		settings := yamlnode.Flowing()
		yamlnode.Put(settings, "emergency", enabled)
		yamlnode.Put(root, "settings", settings)
	}
	people, places := yamlnode.Mapping(), yamlnode.Mapping()
	yamlnode.Put(people, s.Who, s.person(s.User))
	if s.Says["for"] == Another {
		yamlnode.Put(people, Another, s.person(colleague))
	}
	place := yamlnode.Flowing()
	yamlnode.Put(place, "id", yamlnode.Text(s.SourceID))
	yamlnode.Put(place, "kind", yamlnode.Text(s.Kind))
	yamlnode.Put(place, "organisation", yamlnode.Text(s.Holder))
	yamlnode.Put(places, s.Where, place)
	yamlnode.Put(root, "people", people)
	yamlnode.Put(root, "places", places)
	story := yamlnode.Mapping()
	yamlnode.Put(story, "name", yamlnode.Text(s.Name))
	if given := s.given(); len(given.Content) > 0 {
		yamlnode.Put(story, "given", given)
	}
	yamlnode.Put(story, "when", s.when())
	yamlnode.Put(root, "cases", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{story}})
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil // only nodes made here are encoded
	}
	return out.Bytes()
}

func (s Story) person(user string) *yaml.Node {
	n := yamlnode.Flowing()
	yamlnode.Put(n, "user", yamlnode.Text(user))
	yamlnode.Put(n, "role", yamlnode.Text(s.Role))
	yamlnode.Put(n, "organisation", yamlnode.Text(s.Organisation))
	return n
}

func (s Story) given() *yaml.Node {
	given := yamlnode.Mapping()
	if s.RegistryAway {
		yamlnode.Put(given, "registry", yamlnode.Text("unavailable"))
		return given
	}
	for _, name := range StoryFacts {
		fact := s.Facts[name]
		switch {
		case fact.State == "unavailable":
			yamlnode.Put(given, name, yamlnode.Text("unavailable"))
		case fact.State != "known":
		case idsOfFacts[name] == "":
			yamlnode.Put(given, name, plain(fmt.Sprint(fact.Entry["is"] == "true")))
		default:
			entry := s.entry(idsOfFacts[name], fact.Entry)
			if slices.Contains(listFacts, name) {
				entry = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: []*yaml.Node{entry}}
			}
			yamlnode.Put(given, name, entry)
		}
	}
	if s.OlderNumbers != "" {
		yamlnode.Put(given, "older_numbers", plain(s.OlderNumbers))
	}
	return given
}

// entry writes an entry of the registry, or what is said.
func (s Story) entry(id string, values map[string]string) *yaml.Node {
	n := yamlnode.Flowing()
	if id != "" && values["id"] == "" {
		yamlnode.Put(n, "id", yamlnode.Text(id))
	}
	for f := range reflect.TypeFor[caseEntry]().Fields() {
		name := f.Tag.Get("yaml")
		if v := values[name]; v != "" {
			s.value(n, name, v)
		}
	}
	return n
}

// value writes one value, its words resolved.
func (s Story) value(n *yaml.Node, name, v string) {
	words := map[string]map[string]string{
		"organisation": {Own: s.Organisation, Holding: s.Holder, Third: s.third()},
		"for":          {Self: s.Who, Another: colleague},
		"sources":      {Here: s.SourceID, NotHere: elsewhere},
	}
	if resolved, ok := words[name][v]; ok {
		v = resolved
	}
	switch name {
	case "withdrawn", "ended", "sensitive":
		yamlnode.Put(n, name, plain(fmt.Sprint(v == "true")))
	case "sources":
		yamlnode.Put(n, name, yamlnode.List(strings.Split(v, ",")))
	default:
		yamlnode.Put(n, name, yamlnode.Text(v))
	}
}

// third is an organisation that is neither of the two.
func (s Story) third() string {
	for _, code := range []string{"RXB02", "RXC03", "RXD04"} {
		if code != s.Organisation && code != s.Holder {
			return code
		}
	}
	return ""
}

func (s Story) when() *yaml.Node {
	n := yamlnode.Flowing()
	yamlnode.Put(n, "who", yamlnode.Text(s.Who))
	yamlnode.Put(n, "at", yamlnode.Text(s.Where))
	if s.Does != "" && s.Does != "view" {
		yamlnode.Put(n, "does", yamlnode.Text(s.Does))
	} else {
		yamlnode.Put(n, "asks", yamlnode.Text(s.Asks))
	}
	if s.Purpose != "" {
		yamlnode.Put(n, "purpose", yamlnode.Text(s.Purpose))
	}
	if s.PatientUnknown {
		yamlnode.Put(n, "patient_unknown", plain("true"))
	}
	if s.Does != "" && s.Does != "view" {
		says := yamlnode.Flowing()
		for f := range reflect.TypeFor[caseStatement]().Fields() {
			name := f.Tag.Get("yaml")
			switch v := s.Says[name]; {
			case v == "" || name == "for" && v == Self:
			case name == "for":
				yamlnode.Put(says, name, yamlnode.Text(v))
			default:
				s.value(says, name, v)
			}
		}
		yamlnode.Put(n, "says", says)
	}
	return n
}

// plain is a value that is not a text.
func plain(v string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: v}
	var doc yaml.Node
	if yaml.Unmarshal([]byte(v), &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.ScalarNode || doc.Content[0].Value != v {
		n.SetString(v) // somebody typed something else: it is refused when it is read
	}
	return n
}
