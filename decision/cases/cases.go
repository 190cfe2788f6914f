package cases

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/nhs"
)

// caseFile is one file of testdata/decisions: decision cases that a clinician
// can read. policies/README.md says how to write one.
type caseFile struct {
	Title   string    `yaml:"title"`
	Promise string    `yaml:"promise"`
	Now     time.Time `yaml:"now"` // when everything is asked
	// Settings are put over data/settings.json for the cases of this file.
	Settings map[string]any    `yaml:"settings"`
	People   map[string]person `yaml:"people"`
	Places   map[string]place  `yaml:"places"`
	Cases    []decisionCase    `yaml:"cases"`
}

type person struct {
	User         string `yaml:"user"`
	Role         string `yaml:"role"`
	Organisation string `yaml:"organisation"`
	// OrganisationKind is the kind of that organisation; empty: it is not known.
	OrganisationKind string `yaml:"organisation_kind"`
}

type place struct {
	ID           string `yaml:"id"`
	Kind         string `yaml:"kind"`
	Organisation string `yaml:"organisation"`
}

// decisionCase is one story: given these facts, when this is asked, then that.
type decisionCase struct {
	Name    string     `yaml:"name"`
	Attacks []int      `yaml:"attacks"` // numbers of docs/attacks.md
	Given   caseFacts  `yaml:"given"`
	When    caseAsked  `yaml:"when"`
	Then    caseAnswer `yaml:"then"`
	line    int
}

// UnmarshalYAML keeps the line, for messages, and refuses unknown fields.
func (c *decisionCase) UnmarshalYAML(n *yaml.Node) error {
	type plain decisionCase
	if err := strictYAML(n, (*plain)(c)); err != nil {
		return err
	}
	c.line = n.Line
	return nil
}

// caseAsked is the question.
type caseAsked struct {
	Who     string         `yaml:"who"`     // one of people
	At      string         `yaml:"at"`      // one of places: whose record
	Does    string         `yaml:"does"`    // an action; empty: view
	Asks    string         `yaml:"asks"`    // "Observation?category=laboratory", "Condition/1"
	Purpose string         `yaml:"purpose"` // empty: direct-care
	Says    *caseStatement `yaml:"says"`    // what is to be recorded
	Unknown bool           `yaml:"patient_unknown"`
	Asked   int            `yaml:"asked_last_hour"` // requests of this person before
}

// caseStatement is what a professional asks to be recorded.
type caseStatement struct {
	For        string   `yaml:"for"` // one of people; empty: who asks
	How        string   `yaml:"how"`
	Until      string   `yaml:"until"`
	Permission string   `yaml:"permission"`
	Sources    []string `yaml:"sources"`
	Sensitive  bool     `yaml:"sensitive"`
	ReasonCode string   `yaml:"reason_code"`
	Reason     string   `yaml:"reason"`
}

// caseAnswer is the decision that is expected.
type caseAnswer struct {
	Decision string       `yaml:"decision"` // "permit", "refuse" or "wait"
	Because  []string     `yaml:"because"`  // reason codes, the one that is told first in front
	By       []string     `yaml:"by"`       // rules; empty: not looked at
	Releases caseReleases `yaml:"releases"`
	Labels   string       `yaml:"labels"` // "normal" or "every"
	Hides    []string     `yaml:"hides"`  // categories that must not be released
	Masks    *bool        `yaml:"masks"`
	// Withholds are categories that rules withhold, whichever rule releases them: category →
	// reason code. They are taken from what Releases says in a word.
	Withholds map[string]string `yaml:"withholds"`
	Remedy    string            `yaml:"remedy"`
	Alert     bool              `yaml:"alert"`
	Basis     map[string]string `yaml:"basis"`
}

// caseReleases is a list of categories, or the word "everything", or
// "everything understood".
type caseReleases struct {
	word string
	list []string
}

func (r *caseReleases) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		r.word = n.Value
		if n.Value != "everything" && n.Value != "everything understood" {
			return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: releases: say everything, everything understood, or list the categories", n.Line)}}
		}
		return nil
	}
	return n.Decode(&r.list)
}

// readCases reads one file of cases. All faults are given at once.
func readCases(file, text string) (caseFile, error) {
	var f caseFile
	d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return f, fmt.Errorf("%s: %w", file, err)
	}
	var faults []error
	say := func(line int, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s:%d: "+format, append([]any{file, line}, args...)...))
	}
	if f.Title == "" || f.Promise == "" || f.Now.IsZero() {
		say(1, "title, promise and now must be given")
	}
	if len(f.Cases) == 0 {
		say(1, "there are no cases")
	}
	seen := map[string]bool{}
	for _, c := range f.Cases {
		if c.Name == "" || seen[c.Name] {
			say(c.line, "every case needs a name of its own: %q", c.Name)
		}
		seen[c.Name] = true
		if _, ok := f.People[c.When.Who]; !ok {
			say(c.line, "%s: who: %q is not one of people", c.Name, c.When.Who)
		}
		if _, ok := f.Places[c.When.At]; !ok {
			say(c.line, "%s: at: %q is not one of places", c.Name, c.When.At)
		}
		if !slices.Contains([]string{"permit", "refuse", "wait"}, c.Then.Decision) {
			say(c.line, "%s: decision must be permit, refuse or wait", c.Name)
		}
		if len(c.Then.Because) == 0 {
			say(c.line, "%s: because must name the reasons", c.Name)
		}
		if c.Then.Decision == "permit" && (c.When.Does == "" || c.When.Does == "view") && c.Then.Releases.word == "" && len(c.Then.Releases.list) == 0 {
			say(c.line, "%s: a permit must say what it releases", c.Name)
		}
	}
	return f, errors.Join(faults...)
}

// CheckText finds what is wrong with the text of one file of cases.
func CheckText(file, text string) error {
	f, err := readCases(file, text)
	if err != nil {
		return err
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(f.People)) {
		r := caseReader{file: &f}
		p := f.People[name]
		if r.ods(p.Organisation); r.err != nil {
			faults = append(faults, fault.At([]string{"people", name}, "write it as NHS England does, such as RXA01", "%s: %v", name, r.err))
		} else if role, err := nhs.ParseRoleCode(p.Role); err != nil || role.String() != p.Role {
			faults = append(faults, fault.At([]string{"people", name}, "write R and four digits, such as R8000", "%s: role %q is no job role code", name, p.Role))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Places)) {
		r := caseReader{file: &f}
		if r.ods(f.Places[name].Organisation); r.err != nil {
			faults = append(faults, fault.At([]string{"places", name}, "write it as NHS England does, such as RXA01", "%s: %v", name, r.err))
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...) // every case that names one would say so again
	}
	for i := range f.Cases {
		c := &f.Cases[i]
		r := caseReader{file: &f}
		r.question(c)
		r.facts(&c.Given)
		if r.err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %s: %w", file, c.line, c.Name, r.err))
		}
	}
	return errors.Join(faults...)
}
