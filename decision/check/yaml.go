package check

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// documents finds what YAML takes for the end of a file: of two documents in one, readers
// take the first, and the cases below would silently not be there.
func (c *checker) documents() {
	for _, file := range slices.Sorted(maps.Keys(c.text)) {
		if path.Ext(file) != ".yaml" || c.unread[file] || kindOf(file) == misplaced {
			continue
		}
		if line := wordDash(c.text[file]); line > 0 {
			c.add(fault.Fault{File: file, Line: line, What: "this line begins with a long dash, which a word processor makes of a short one", Do: "type the dash of the keyboard: -"})
			c.unread[file] = true
			continue
		}
		d := yaml.NewDecoder(strings.NewReader(c.text[file]))
		if d.Decode(new(yaml.Node)) != nil {
			continue // empty, or told where it is read
		}
		if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
			c.add(fault.Fault{File: file, Line: endOfFirst(c.text[file]), What: "this line ends the document: nothing below it counts", Do: "take the line out"})
			c.unread[file] = true
		}
	}
}

var longDash = regexp.MustCompile(`(?m)^[ ]*[\x{2010}-\x{2015}\x{2212}] `)

func wordDash(text string) int {
	at := longDash.FindStringIndex(text)
	if at == nil {
		return 0
	}
	line, _ := lineColumn(text, at[0])
	return line
}

// endOfFirst is the line of the --- or ... that ends the first document.
func endOfFirst(text string) int {
	began := false
	for i, line := range strings.Split(text, "\n") {
		ends := line == "---" || line == "..." || strings.HasPrefix(line, "--- ") || strings.HasPrefix(line, "... ")
		if ends && began {
			return i + 1
		}
		word := strings.TrimSpace(line)
		began = began || word != "" && !ends && !strings.HasPrefix(word, "#")
	}
	return 0
}

var (
	yamlLine  = regexp.MustCompile(`^(?:yaml: (?:unmarshal errors:)?\s*)?line (\d+): (.*)$`)
	yamlField = regexp.MustCompile(`field (\S+) not found in type .*`)
	yamlTwice = regexp.MustCompile(`mapping key "(.*)" already defined.*`)
	yamlKind  = regexp.MustCompile("cannot unmarshal \\S+ `?(.*?)`? into (\\S+)")
	yamlTime  = regexp.MustCompile(`parsing time "(.*?)"`)
)

// kinds are what is expected where something else stands.
var yamlKinds = map[string]string{
	"[]string": "a list in brackets: [...]", "[]int": "a list of numbers in brackets: [1]", "bool": "true or false", "int": "a number", "string": "a text",
	"time.Time": "a time, as 2026-03-02T10:00:00Z",
}

// yamlWords are what the reader of YAML says, in words.
var yamlWords = []struct{ of, what, do string }{
	{"cannot start any token", "this line begins with a tab, or with a sign that means something else", "indent with blanks"},
	{"did not find expected '-' indicator", "in the list that begins here a line stands too far left or right, or begins with no dash", "give each entry a dash, all in the same column"},
	{"did not find expected key", "in what begins here a line stands too far left or right, or a bracket or quotation mark is missing", "put what belongs together into the same column, two blanks further than what it belongs to"},
	{"mapping values are not allowed", "there is a colon where a text goes on, or this line stands too far right", "put a text that holds a colon into double quotation marks, or look at the columns"},
	{"could not find expected ':'", "a colon is missing here, or in the line above", "write NAME: and what it is, with a blank between"},
	{"did not find expected ',' or", "a bracket, or a comma, is missing in what begins here", "count the brackets"},
	{"unexpected end of stream", "a bracket or a quotation mark that begins here is not closed", "close it"},
	{"max depth", "too much stands within each other here", "take brackets out"},
}

// plainYAML says in words what a YAML reader says of Go.
func (c *checker) plainYAML(f fault.Fault) fault.Fault {
	for {
		m := yamlLine.FindStringSubmatch(f.What)
		if m == nil {
			break
		}
		f.Line, _ = strconv.Atoi(m[1])
		f.What = m[2]
	}
	switch {
	case f.What == "EOF":
		f.What, f.Do = "there is nothing in this file", "put back what it held, or take the file away"
	case yamlField.MatchString(f.What):
		f.What, f.Do = yamlField.ReplaceAllString(f.What, "nothing is called $1 here, so that it would not count"), "look at its spelling"
	case yamlTwice.MatchString(f.What):
		f.What, f.Do = yamlTwice.ReplaceAllString(f.What, `"$1" stands twice`), "keep one of the two"
	case yamlTime.MatchString(f.What):
		m := yamlTime.FindStringSubmatch(f.What)
		f.What, f.Do = fmt.Sprintf("%q is no time", m[1]), "write it as 2026-03-02T10:00:00Z"
		f.Line = lineHolding(c.text[f.File], m[1])
	case yamlKind.MatchString(f.What):
		m := yamlKind.FindStringSubmatch(f.What)
		f.What = m[1] + " is not what belongs here"
		if want := yamlKinds[m[2]]; want != "" {
			f.Do = "write " + want
		}
	}
	for _, w := range yamlWords {
		if strings.Contains(f.What, w.of) {
			f.What, f.Do = w.what, w.do
		}
	}
	if f.Do == "" {
		f.Do = "compare it with a case that is in order; policies/README.md says how one is written"
	}
	return f
}

func lineHolding(text, what string) int {
	at := strings.Index(text, what)
	if at < 0 {
		return 0
	}
	line, _ := lineColumn(text, at)
	return line
}
