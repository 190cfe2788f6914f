package check

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// givenUpFile is where a region writes down which promise, or list, of those that
// came with the program it no longer keeps.
const givenUpFile = folder.GivenUpFile

// givenUp is one line of it.
type givenUp struct {
	What    string `yaml:"what"`    // "rules/emergency", "data/codes/sensitive-hiv-ctv3.json"
	By      string `yaml:"by"`      // who answers for it
	On      string `yaml:"on"`      // a date
	Because string `yaml:"because"` // in words
	line    int
}

func (g *givenUp) UnmarshalYAML(n *yaml.Node) error {
	type plain givenUp
	if err := n.Decode((*plain)(g)); err != nil {
		return err
	}
	g.line = n.Line
	return nil
}

// readGivenUp reads it. A line that does not say all, or that gives up what is
// still there, is a fault: it would hide a slip later.
func (c *checker) readGivenUp() {
	text, there := c.text[givenUpFile]
	if !there || c.unread[givenUpFile] {
		return
	}
	var all []givenUp
	d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	d.KnownFields(true)
	if err := d.Decode(&all); err != nil {
		c.add(fault.In(givenUpFile, "write a list, each with what, by, on and because", "this cannot be read: %v", err))
		return
	}
	for _, g := range all {
		say := func(do, what string, args ...any) {
			c.add(fault.Fault{File: givenUpFile, Line: g.line, What: fmt.Sprintf(what, args...), Do: do})
		}
		name := strings.TrimPrefix(g.What, "rules/")
		_, rule := requirements().Rules[name]
		_, list := shipped()[g.What]
		_, err := time.Parse(time.DateOnly, g.On)
		switch {
		case strings.TrimSpace(g.By) == "" || len(strings.Fields(g.Because)) < 3 || err != nil:
			c.givenUp[g.What] = true // what follows from it is not told too
			say("add by (a name and an office), on (such as 2026-03-02) and because (in words)", "it is not said who gives %s up, when and why", g.What)
		case !rule && !list:
			say("write rules/NAME, or data/codes/NAME.json", "%q is nothing that came with this program", g.What)
		case rule && c.text["rules/"+name+"/"+name+".rego"] != "":
			say("take this line out", "%s is given up here, and is still there", g.What)
		case !rule && g.What != categoriesFile && g.What != labelsFile && c.stillKeeps(g.What):
			say("take this line out", "%s is given up here, and is still there", g.What)
		default:
			c.givenUp[g.What] = true
		}
	}
}

// stillKeeps says that at least half of a list of codes is there: then nothing is given up.
func (c *checker) stillKeeps(file string) bool {
	was, is := entries(shipped()[file], "codes"), entries(c.text[file], "codes")
	there := 0
	for _, w := range was {
		if slices.Contains(is, w) {
			there++
		}
	}
	return len(was) > 0 && there*2 >= len(was)
}
