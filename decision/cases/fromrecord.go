package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/decision/internal/yamlnode"
	"github.com/mycarerecord/mcr/fhir"
)

// recorded is the input of a recorded decision (policies/schema/input.json), as far as a case says it.
type recorded struct {
	Time    int64 `json:"time"`
	Subject struct {
		Asked        int    `json:"asked_last_hour"`
		Organisation string `json:"organisation"`
		Kind         string `json:"organisation_kind"`
		Role         string `json:"role"`
		UserID       string `json:"user_id"`
	} `json:"subject"`
	Source struct {
		ID           string `json:"id"`
		Kind         string `json:"kind"`
		Organisation string `json:"organisation"`
	} `json:"source"`
	Request struct {
		Action      string           `json:"action"`
		Interaction fhir.Interaction `json:"interaction"`
		Purpose     string           `json:"purpose"`
		Type        string           `json:"type"`
	} `json:"request"`
	Patient struct {
		Known bool `json:"known"`
	} `json:"patient"`
	Statement *recordedEntry          `json:"statement"`
	Facts     map[string]recordedFact `json:"facts"`
}

type recordedFact struct {
	State string          `json:"state"`
	Value json.RawMessage `json:"value"`
}

// recordedEntry is any entry of a fact, or what was to be recorded.
type recordedEntry struct {
	Category     string   `json:"category"`
	ClosedAt     int64    `json:"closed_at"`
	Code         string   `json:"code"`
	Ended        bool     `json:"ended"`
	From         int64    `json:"from"`
	Given        bool     `json:"given"`
	How          string   `json:"how"`
	ID           string   `json:"id"`
	Kind         string   `json:"kind"`
	Organisation string   `json:"organisation"`
	Permission   string   `json:"permission"`
	ReasonCode   string   `json:"reason_code"`
	ReasonGiven  bool     `json:"reason_given"`
	RecordedMS   int64    `json:"recorded_ms"`
	Sensitive    bool     `json:"sensitive"`
	Sources      []string `json:"sources"`
	Status       string   `json:"status"`
	Superseded   int      `json:"superseded"`
	Until        int64    `json:"until"`
	UserID       string   `json:"user_id"`
	Withdrawn    bool     `json:"withdrawn"`
}

var errNotRecorded = errors.New("this record's input cannot be read as a case")

// factsOf gives the facts of an input by their names in a case.
var factsOf = map[string]string{
	"registration": "registration", "relationships": "relationships", "permissions": "permissions", "opt_out": "opt_out", "restriction": "restriction",
	"test_orders": "test_orders", "emergencies": "emergencies", "professional_is_the_patient": "subject_is_patient", "national_opt_out": "national_opt_out",
}

// FromRecord makes a case of a recorded decision's input: a file that Try takes, which says what was
// asked and what was known, and names nobody. Professionals and entries of the registry have made-up
// ids in it, in the order in which they come; names, telephone numbers and words are left out, and so
// are the parameters that name a patient. Asks is the request, as the record has it: the type, an id
// that is made up, and what chooses categories are taken from it.
func FromRecord(input []byte, asks string) ([]byte, error) {
	var in recorded
	if err := json.Unmarshal(input, &in); err != nil || in.Time <= 0 || in.Facts == nil || in.Subject.Role == "" {
		return nil, errNotRecorded
	}
	w := nameless{in: &in, people: yamlnode.Mapping(), called: map[string]string{}, ids: map[string]string{}}
	now := time.Unix(in.Time, 0).UTC()
	who := w.person(in.Subject.UserID)
	given, err := w.given()
	if err != nil {
		return nil, err
	}
	when, err := w.when(who, asks)
	if err != nil {
		return nil, err
	}
	root, places, place, story := yamlnode.Mapping(), yamlnode.Mapping(), yamlnode.Flowing(), yamlnode.Mapping()
	yamlnode.Put(place, "id", yamlnode.Text(in.Source.ID))
	yamlnode.Put(place, "kind", yamlnode.Text(in.Source.Kind))
	yamlnode.Put(place, "organisation", yamlnode.Text(in.Source.Organisation))
	yamlnode.Put(places, "the source", place)
	yamlnode.Put(story, "name", yamlnode.Text(fmt.Sprintf("a %s of %s at %s", in.Subject.Role, in.Subject.Organisation, in.Source.ID)))
	if len(given.Content) > 0 {
		yamlnode.Put(story, "given", given)
	}
	yamlnode.Put(story, "when", when)
	yamlnode.Put(root, "title", yamlnode.Text("Cases made from records"))
	yamlnode.Put(root, "promise", yamlnode.Text("Every request is judged by the same rules, and nothing is released that no rule permits."))
	yamlnode.Put(root, "now", plain(now.Format(time.RFC3339)))
	yamlnode.Put(root, "people", w.people)
	yamlnode.Put(root, "places", places)
	yamlnode.Put(root, "cases", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{story}})
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, errNotRecorded
	}
	return out.Bytes(), nil
}

// nameless writes a case in which nobody has a name.
type nameless struct {
	in     *recorded
	people *yaml.Node
	called map[string]string // what a person is called, by their user id
	ids    map[string]string // made-up ids of entries, by their own
}

// person gives what somebody is called in the case.
func (w *nameless) person(user string) string {
	if user == "" {
		return ""
	}
	if name, ok := w.called[user]; ok {
		return name
	}
	n := len(w.called) + 1
	name := "the professional"
	if n > 1 {
		name = fmt.Sprintf("professional %d", n)
	}
	w.called[user] = name
	p := yamlnode.Flowing()
	yamlnode.Put(p, "user", yamlnode.Text(fmt.Sprintf("555000000%03d", n)))
	yamlnode.Put(p, "role", yamlnode.Text(w.in.Subject.Role))
	yamlnode.Put(p, "organisation", yamlnode.Text(w.in.Subject.Organisation))
	if w.in.Subject.Kind != "" {
		yamlnode.Put(p, "organisation_kind", yamlnode.Text(w.in.Subject.Kind))
	}
	yamlnode.Put(w.people, name, p)
	return name
}

func (w *nameless) given() (*yaml.Node, error) {
	given := yamlnode.Mapping()
	if w.away() {
		yamlnode.Put(given, "registry", yamlnode.Text("unavailable"))
		return given, nil
	}
	for _, name := range StoryFacts {
		fact := w.in.Facts[factsOf[name]]
		switch fact.State {
		case "absent":
			continue
		case "known":
		default:
			yamlnode.Put(given, name, yamlnode.Text("unavailable"))
			continue
		}
		switch {
		case idsOfFacts[name] == "":
			var is bool
			if json.Unmarshal(fact.Value, &is) != nil {
				return nil, errNotRecorded
			}
			yamlnode.Put(given, name, plain(fmt.Sprint(is)))
		case slices.Contains(listFacts, name):
			var entries []recordedEntry
			if json.Unmarshal(fact.Value, &entries) != nil {
				return nil, errNotRecorded
			}
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for i := range entries {
				list.Content = append(list.Content, w.entry(name, &entries[i], i+1))
			}
			yamlnode.Put(given, name, list)
		default:
			var one recordedEntry
			if json.Unmarshal(fact.Value, &one) != nil {
				return nil, errNotRecorded
			}
			yamlnode.Put(given, name, w.entry(name, &one, 1))
		}
	}
	switch age := w.in.Facts["age"]; age.State {
	case "absent":
	case "known":
		var years int
		if json.Unmarshal(age.Value, &years) != nil {
			return nil, errNotRecorded
		}
		yamlnode.Put(given, "age", plain(fmt.Sprint(years)))
	default: // in a record from before there were ages, too
		yamlnode.Put(given, "age", yamlnode.Text("unavailable"))
	}
	var identity recordedEntry
	if fact := w.in.Facts["identity"]; fact.State == "known" && json.Unmarshal(fact.Value, &identity) == nil && identity.Superseded > 0 {
		yamlnode.Put(given, "older_numbers", plain(fmt.Sprint(identity.Superseded)))
	}
	return given, nil
}

// away says that nothing could be looked up.
func (w *nameless) away() bool {
	for _, fact := range w.in.Facts {
		if fact.State == "known" || fact.State == "absent" {
			return false
		}
	}
	return true
}

// entry writes the nth entry of a fact.
func (w *nameless) entry(fact string, e *recordedEntry, n int) *yaml.Node {
	id := strings.TrimSuffix(idsOfFacts[fact], "1") + fmt.Sprint(n)
	w.ids[e.ID] = id
	values := map[string]string{
		"id": id, "kind": e.Kind, "organisation": e.Organisation, "code": e.Code, "how": e.How, "category": e.Category, "status": e.Status,
		"reason_code": e.ReasonCode, "for": w.person(e.UserID), "sources": strings.Join(e.Sources, ","),
		"from": moment(e.From), "until": moment(e.Until), "closed": moment(e.ClosedAt), "withdrawn": yes(e.Withdrawn), "ended": yes(e.Ended), "sensitive": yes(e.Sensitive),
	}
	switch fact {
	case "permissions":
		values["answer"] = map[bool]string{true: "yes", false: "no"}[e.Given]
		if e.RecordedMS > 0 {
			values["recorded"] = time.UnixMilli(e.RecordedMS).UTC().Format("2006-01-02T15:04:05.999Z07:00")
		}
	case "registration":
		values["name"], values["telephone"] = "The practice", "01632 960001"
	case "opt_out":
		values["contact"], values["telephone"] = "The practice", "01632 960001"
	}
	return written[caseEntry](values)
}

func (w *nameless) when(who, asks string) (*yaml.Node, error) {
	n := yamlnode.Flowing()
	yamlnode.Put(n, "who", yamlnode.Text(who))
	yamlnode.Put(n, "at", yamlnode.Text("the source"))
	views := w.in.Request.Action == string(access.View)
	if views {
		yamlnode.Put(n, "asks", yamlnode.Text(w.asks(asks)))
	} else {
		yamlnode.Put(n, "does", yamlnode.Text(w.in.Request.Action))
	}
	if w.in.Request.Purpose != access.DirectCare {
		yamlnode.Put(n, "purpose", yamlnode.Text(w.in.Request.Purpose))
	}
	if asked := w.in.Subject.Asked; asked != 0 {
		yamlnode.Put(n, "asked_last_hour", plain(fmt.Sprint(asked)))
	}
	if !w.in.Patient.Known {
		yamlnode.Put(n, "patient_unknown", plain("true"))
	}
	if views {
		return n, nil
	}
	s := w.in.Statement
	if s == nil {
		return nil, errNotRecorded
	}
	values := map[string]string{
		"how": s.How, "until": moment(s.Until), "permission": w.ids[s.Permission], "sources": strings.Join(s.Sources, ","), "sensitive": yes(s.Sensitive),
		"reason_code": s.ReasonCode,
	}
	if s.Permission != "" && values["permission"] == "" {
		values["permission"] = "another" // one that is not on record
	}
	if s.UserID != w.in.Subject.UserID {
		values["for"] = w.person(s.UserID)
	}
	if s.ReasonGiven {
		values["reason"] = "It was explained in words"
	}
	yamlnode.Put(n, "says", written[caseStatement](values))
	return n, nil
}

// choosing are the parameters by which categories are chosen (fhir, narrowing).
var choosing = []string{"category", "class", "code", "specialty", "type", "vaccine-code"}

// asks is the request without what names a patient or an entry.
func (w *nameless) asks(asks string) string {
	typ := w.in.Request.Type
	if w.in.Request.Interaction == fhir.Read {
		return typ + "/1"
	}
	_, query, _ := strings.Cut(asks, "?")
	values, _ := url.ParseQuery(query) // what is not understood is left out
	kept := url.Values{}
	for _, name := range choosing {
		if v, ok := values[name]; ok {
			kept[name] = v
		}
	}
	if len(kept) == 0 {
		return typ
	}
	return typ + "?" + kept.Encode()
}

// written writes values in the order of the fields of a part of a case.
func written[T any](values map[string]string) *yaml.Node {
	n := yamlnode.Flowing()
	for f := range reflect.TypeFor[T]().Fields() {
		name := f.Tag.Get("yaml")
		switch v := values[name]; {
		case v == "":
		case name == "sources":
			yamlnode.Put(n, name, yamlnode.List(strings.Split(v, ",")))
		case f.Type.Kind() == reflect.Bool:
			yamlnode.Put(n, name, plain(v))
		default:
			yamlnode.Put(n, name, yamlnode.Text(v))
		}
	}
	return n
}

// moment is a time of an input in words; "" for none, and for no end.
func moment(seconds int64) string {
	if seconds == 0 || seconds == rego.Forever {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

func yes(is bool) string {
	if is {
		return "true"
	}
	return ""
}
