package check

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/errlist"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/invariants"
)

// run looks at the folder from its files inwards. What is found first is told; what
// only follows from it is not.
func (c *checker) run(ctx context.Context) *decision.Revision {
	c.places()
	c.texts()
	c.documents()
	c.readData()
	c.shapes()
	c.readSchema()
	c.readGivenUp()
	c.content()
	c.masks()
	c.lists()
	c.caseFiles()

	c.readRego()
	c.contract()
	c.onlyRestricts()
	c.rulesMasks()
	c.compileRules()
	c.habits()
	if c.compiler != nil {
		c.references()
		c.values()
	}
	if c.compiler != nil {
		c.unreadParts()
	}
	c.metadata()
	if c.own == "" {
		c.keptPromises()
		c.keptCategories()
		c.keptHidden()
	}
	c.formatted()
	c.tests()
	if c.own == "" && c.compiler != nil && len(c.givenUp) == 0 && !c.ruleGone() && !c.regoTold() {
		c.unreadData()
	}
	if len(c.faults) > 0 {
		return nil
	}
	return c.load(ctx)
}

// lists reads the lists as the broker does.
func (c *checker) lists() {
	data := map[string]string{}
	for file, text := range c.text {
		if k := kindOf(file); k != dataFile && k != codeListFile {
			continue
		}
		if c.unread[file] || c.toldIn(file) {
			if text = shipped()[file]; text == "" {
				continue
			}
		}
		data[file] = text
	}
	for file, text := range shipped() {
		if k := kindOf(file); (k == dataFile || c.meant[file]) && data[file] == "" {
			data[file] = text // gone, and told
		}
	}
	_, err := lists.Read(data)
	for _, f := range fault.Of(err) {
		if c.toldIn(f.File) || f.File == "" && len(c.faults) > 0 {
			continue
		}
		if f.Path != nil {
			at := c.at(f.File, f.Path...)
			f.Line, f.Column = at.Line, at.Column
		}
		if !c.told(f.File, f.Line) {
			c.add(f)
		}
	}
}

// caseFiles reads the decision cases.
func (c *checker) caseFiles() {
	for _, file := range slices.Sorted(maps.Keys(c.text)) {
		if kindOf(file) != caseFile || c.unread[file] {
			continue
		}
		for _, f := range fault.Of(cases.CheckText(file, c.text[file])) {
			f.File = file
			if f.Path != nil {
				f.Line = keyLine(c.text[file], f.Path...)
				c.add(f)
				continue
			}
			for line := range strings.SplitSeq(f.What, "\n") {
				if strings.HasSuffix(line, "unmarshal errors:") {
					continue // what follows says which
				}
				if f := c.plainYAML(placedFault(strings.TrimSpace(line), file)); !c.told(file, f.Line) {
					c.add(f)
				}
			}
		}
		if c.schema != nil && !c.toldIn(file) {
			c.caseWords(file)
		}
	}
}

// load makes the revision, and asks it a few questions.
func (c *checker) load(ctx context.Context) *decision.Revision {
	why := &causes{}
	made := decision.Compiled{Modules: map[string]*ast.Module{}, Compiler: c.compiler}
	for _, file := range c.rules() {
		made.Modules[file] = c.modules[file]
	}
	rev, err := decision.LoadCompiled(ctx, c.files(), made, decision.Options{Log: slog.New(why)})
	for _, line := range errlist.Lines(err) {
		c.add(placedFault(line, ""))
	}
	if err == nil && c.own == "" {
		c.probes(ctx, rev, why)
		if len(c.faults) == 0 {
			c.decidable(ctx, rev, why)
		}
		c.invariants(rev)
	}
	if len(c.faults) > 0 {
		return nil
	}
	return rev
}

// invariants reads what must hold in all states. That it does, "mcr policy test" proves.
func (c *checker) invariants(rev *decision.Revision) {
	for _, f := range invariants.Check(rev) {
		what, do, _ := strings.Cut(f.Text, ": ")
		c.add(fault.Fault{File: f.File, Line: f.Line, What: what, Do: cmp.Or(do, "compare it with one that is in order; policies/README.md says how one is written")})
	}
}

// files are the texts as the broker reads them.
func (c *checker) files() folder.Files {
	f := folder.Files{Rules: map[string]string{}, Tests: map[string]string{}, Data: map[string]string{}, Cases: map[string]string{}, Other: map[string]string{}}
	into := map[kind]map[string]string{ruleFile: f.Rules, testFile: f.Tests, dataFile: f.Data, codeListFile: f.Data, caseFile: f.Cases}
	for file, text := range c.text {
		if m := into[kindOf(file)]; m != nil {
			m[file] = text
		}
		if !c.unread[file] && (file == folder.AcceptedFile || path.Dir(file) == folder.InvariantsFolder) {
			f.Other[file] = text
		}
	}
	f.Schema, f.GivenUp = c.text[schemaPath], c.text[givenUpFile]
	return f
}

var placed = regexp.MustCompile(`^(?:loading policies: |reading rule: |compiling rule: )*((?:[\w.-]+/)*[^/:]+\.(?:rego|json|yaml))(?::(\d+))?: (.*)$`)

// placedFault takes apart what is said in one line.
func placedFault(line, file string) fault.Fault {
	f := fault.Fault{File: file, What: line}
	if m := placed.FindStringSubmatch(line); m != nil {
		f.File, f.What = m[1], m[3]
		f.Line, _ = strconv.Atoi(m[2])
	}
	return f
}

// ruleGone says that a rule that came with the program is not there: then lists
// that only it reads are not told too.
func (c *checker) ruleGone() bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(requirements().Rules)), func(name string) bool {
		return c.modules["rules/"+name+"/"+name+".rego"] == nil
	})
}

// regoTold says that something is wrong with a rule or a test.
func (c *checker) regoTold() bool {
	return slices.ContainsFunc(c.faults, func(f fault.Fault) bool { return strings.HasSuffix(f.File, ".rego") })
}
