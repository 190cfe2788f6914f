package cases

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
)

// ReadStory reads a case file into a form. whole says that the form holds all of
// it, so that it would be decided the same; when not, as with two permissions,
// the case can be tried as text only. What is wrong with the file is Faults.
func ReadStory(text []byte) (s Story, whole bool, err error) {
	one, err := readOneCase(text)
	if err != nil {
		return s, false, err
	}
	f, c := &one.file, &one.file.Cases[0]
	who, at := f.People[c.When.Who], f.Places[c.When.At]
	s = Story{
		Name: c.Name, Title: f.Title, Promise: f.Promise, Now: f.Now.Format(time.RFC3339),
		Who: c.When.Who, User: who.User, Role: who.Role, Organisation: who.Organisation,
		Where: c.When.At, SourceID: at.ID, Kind: at.Kind, Holder: at.Organisation,
		Does: c.When.Does, Asks: c.When.Asks, Purpose: c.When.Purpose, PatientUnknown: c.When.Unknown,
		RegistryAway: c.Given.Registry == "unavailable", Facts: map[string]StoryFact{}, Says: map[string]string{},
	}
	if n := c.Given.Superseded; n > 0 {
		s.OlderNumbers = strconv.Itoa(n)
	}
	if emergency, ok := f.Settings["emergency"].(map[string]any); ok {
		if on, ok := emergency["enabled"].(bool); ok {
			s.EmergencyInUse = map[bool]string{true: "yes", false: "no"}[on]
		}
	}
	s.readFacts(f, &c.Given)
	if c.When.Says != nil {
		s.Says = s.words(f, reflect.ValueOf(*c.When.Says))
	}
	return s, s.holds(one), nil
}

func (s *Story) readFacts(f *caseFile, given *caseFacts) {
	v := reflect.ValueOf(*given)
	for field := range v.Type().Fields() {
		name := field.Tag.Get("yaml")
		switch fact := v.FieldByIndex(field.Index).Interface().(type) {
		case caseFact[caseEntry]:
			s.read(name, fact.given, fact.state, func() map[string]string { return s.words(f, reflect.ValueOf(fact.value)) })
		case caseFact[[]caseEntry]:
			if fact.state == access.Known && len(fact.value) == 0 {
				continue
			}
			s.read(name, fact.given, fact.state, func() map[string]string { return s.words(f, reflect.ValueOf(fact.value[0])) })
		case caseFact[bool]:
			s.read(name, fact.given, fact.state, func() map[string]string {
				return map[string]string{"is": strconv.FormatBool(fact.value)}
			})
		}
	}
}

func (s *Story) read(name string, given bool, state access.State, entry func() map[string]string) {
	if !given || state == access.Absent {
		return
	}
	fact := StoryFact{State: state.String()}
	if state == access.Known {
		fact.Entry = entry()
	}
	s.Facts[name] = fact
}

// words gives the values of an entry, or of what is said, by their names; people
// and organisations by what they are in the story.
func (s *Story) words(f *caseFile, v reflect.Value) map[string]string {
	out := map[string]string{}
	for field := range v.Type().Fields() {
		name := field.Tag.Get("yaml")
		var text string
		switch value := v.FieldByIndex(field.Index).Interface().(type) {
		case string:
			text = value
		case bool:
			if value {
				text = "true"
			}
		case []string:
			text = strings.Join(value, ",")
		}
		switch {
		case text == "":
			continue
		case name == "organisation" && text == s.Organisation:
			text = Own
		case name == "organisation" && text == s.Holder:
			text = Holding
		case name == "sources" && text == s.SourceID:
			text = Here
		case name == "for" && text == s.Who:
			text = Self
		case name == "for" && v.Type() == reflect.TypeFor[caseStatement]():
			text = Another
		case name == "for":
			if p, ok := f.People[text]; ok {
				text = p.User
			}
		}
		out[name] = text
	}
	return out
}

// holds says that a story, written as a case, asks the same question of the same
// facts under the same settings.
func (s Story) holds(one *oneCase) bool {
	again, err := readOneCase(s.YAML())
	if err != nil || !reflect.DeepEqual(one.file.Settings, again.file.Settings) {
		return false
	}
	a, b := caseReader{file: &one.file}, caseReader{file: &again.file}
	x, y := &one.file.Cases[0], &again.file.Cases[0]
	same := reflect.DeepEqual(a.question(x), b.question(y)) && reflect.DeepEqual(a.facts(&x.Given), b.facts(&y.Given))
	return same && a.err == nil && b.err == nil
}
