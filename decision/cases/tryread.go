package cases

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/legible"
)

// How much a case that is tried may hold. Those of testdata/decisions are read
// by their authors; these come from whoever is signed in.
const (
	MostBytes       = 32 << 10
	mostCaseDepth   = 12
	mostCaseNodes   = 2000
	mostCaseEntries = 40 // in one list
	mostCaseText    = 400
)

// Fault is one thing that is wrong with a case.
type Fault struct {
	Line int // from 1; 0 when it is the whole
	Text string
}

// Faults are all that is wrong with a case, in the order of the lines.
type Faults []Fault

// Error gives the faults, one a line.
func (f Faults) Error() string {
	out := make([]string, len(f))
	for i, one := range f {
		out[i] = one.Text
		if one.Line > 0 {
			out[i] = fmt.Sprintf("line %d: %s", one.Line, one.Text)
		}
	}
	return strings.Join(out, "\n")
}

// oneCase is a file with one case, as it was written and as it is read.
type oneCase struct {
	root *yaml.Node
	file caseFile
	line int
}

// readOneCase reads a file with one case.
func readOneCase(text []byte) (*oneCase, error) {
	switch {
	case len(text) > MostBytes:
		return nil, Faults{{Text: fmt.Sprintf("the case is too long: %d bytes, and %d are taken", len(text), MostBytes)}}
	case !utf8.Valid(text):
		return nil, Faults{{Text: "the case holds bytes that are not text (UTF-8)"}}
	case len(bytes.TrimSpace(text)) == 0:
		return nil, Faults{{Text: "the case is empty"}}
	}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&doc); err != nil {
		return nil, Faults{yamlFault(err)}
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, Faults{{Text: "one document is taken: take out the line --- and what follows it"}}
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, Faults{{Text: "the case is empty"}}
	}
	one := &oneCase{root: doc.Content[0]}
	check := caseChecker{}
	check.bounds(one.root, 0)
	if !check.beyond {
		check.fields(one.root, caseFileType, "the file")
	}
	if len(check.faults) > 0 {
		return nil, check.inOrder()
	}
	if err := one.root.Decode(&one.file); err != nil {
		return nil, Faults{yamlFault(err)}
	}
	one.whole(&check)
	if len(check.faults) > 0 {
		return nil, check.inOrder()
	}
	return one, nil
}

// whole checks what concerns more than one field.
func (one *oneCase) whole(c *caseChecker) {
	f := &one.file
	if f.Title == "" || f.Promise == "" || f.Now.IsZero() {
		c.say(1, "title, promise and now must be given at the top")
	}
	if len(f.Cases) != 1 {
		c.say(1, "one case is tried at a time; under cases there are %d", len(f.Cases))
		return
	}
	k := &f.Cases[0]
	one.line = at(one.root, "cases").Line
	if list := at(one.root, "cases"); len(list.Content) == 1 {
		one.line = list.Content[0].Line
	}
	if !legible.Words(k.Name) {
		c.say(one.line, "the case needs a name that says what should happen")
	}
	if _, ok := f.People[k.When.Who]; !ok {
		c.say(one.line, "who: %q is not one of people at the top (%s)", k.When.Who, strings.Join(slices.Sorted(maps.Keys(f.People)), ", "))
	}
	if _, ok := f.Places[k.When.At]; !ok {
		c.say(one.line, "at: %q is not one of places at the top (%s)", k.When.At, strings.Join(slices.Sorted(maps.Keys(f.Places)), ", "))
	}
	actions := []access.Action{"", access.View, access.RecordPermission, access.RecordRefusal, access.Withdraw, access.DeclareEmergency}
	does := access.Action(k.When.Does)
	switch {
	case !slices.Contains(actions, does):
		c.say(one.line, "does: say view, record-permission, record-refusal, withdraw or declare-emergency")
	case does == "" || does == access.View:
		c.asks(one.line, k.When.Asks)
		if k.When.Says != nil {
			c.say(one.line, "says: nothing is said when a record is viewed")
		}
	case k.When.Says == nil:
		c.say(one.line, "says: what is to be recorded must be given")
	}
	if reg := k.Given.Registry; reg != "" && reg != "unavailable" {
		c.say(one.line, "registry: say unavailable, or name the facts")
	}
	if n := k.Given.Superseded; n < 0 || n > mostCaseEntries {
		c.say(one.line, "older_numbers: say how many, from 0 to %d", mostCaseEntries)
	}
	if k.Then.Decision != "" && effects[k.Then.Decision] == "" {
		c.say(one.line, "decision: say permit, refuse or wait")
	}
}

var lineOfFault = regexp.MustCompile(`line (\d+): (.*)`)

// yamlFault puts an error of the YAML reader into words.
func yamlFault(err error) Fault {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if m := lineOfFault.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	return Fault{Line: line, Text: "this cannot be read (" + text + "): check how far lines are indented, and the quotes, colons and brackets"}
}

// at finds what stands under a key of a mapping; an empty node when nothing does.
func at(n *yaml.Node, key string) *yaml.Node {
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return &yaml.Node{}
}

// settingFaults says what is wrong with the settings of a case.
func settingFaults(one *oneCase, err error) error {
	var out Faults
	for _, l := range errlist.Lines(err) {
		out = append(out, Fault{Line: at(one.root, "settings").Line, Text: "settings: " + strings.TrimPrefix(l, "data/settings.json: ")})
	}
	return out
}
