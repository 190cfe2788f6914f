package check

import (
	"context"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/fault"
)

// Fault is one thing that is wrong with a folder.
type Fault = fault.Fault

// Faults finds all that is wrong with a folder of policies, and gives the revision
// when nothing is.
func Faults(ctx context.Context, fsys fs.FS) ([]Fault, *decision.Revision, error) {
	c, err := newChecker(fsys)
	if err != nil {
		return nil, nil, err
	}
	rev := c.run(ctx, fsys)
	c.faults = c.faults.InOrder()
	return c.faults, rev, nil
}

func (c *checker) run(ctx context.Context, fsys fs.FS) *decision.Revision {
	c.places()
	c.texts()
	c.readData()
	c.shapes()
	c.readSchema()
	c.readGivenUp()
	c.content()
	c.readRego()
	c.contract()
	c.masks()
	c.compileRules()
	c.habits()
	if c.compiler != nil {
		c.references()
		c.values()
	}
	c.metadata()
	if c.compiler != nil {
		c.unreadParts()
	}
	c.keptPromises()
	c.formatted()
	c.tests()
	if c.compiler != nil && len(c.givenUp) == 0 && !c.ruleGone() && !c.regoTold() {
		c.unreadData()
	}
	if c.regoTold() {
		return nil
	}
	why := &causes{}
	rev, err := decision.Load(ctx, fsys, decision.Options{Log: slog.New(why)})
	c.loaded(err)
	if len(c.faults) > 0 {
		return nil
	}
	c.probes(ctx, rev, why)
	return rev
}

// regoTold says that something is wrong with a rule or a test.
func (c *checker) regoTold() bool {
	return slices.ContainsFunc(c.faults, func(f fault.Fault) bool { return strings.HasSuffix(f.File, ".rego") })
}

// ruleGone says that a rule that came with the program is not there: then lists
// that only it reads are not told too.
func (c *checker) ruleGone() bool {
	for name := range requirements().Rules {
		if c.modules["rules/"+name+"/"+name+".rego"] == nil {
			return true
		}
	}
	return false
}

var placed = regexp.MustCompile(`^(?:loading policies: |reading rule: |compiling rule: )*([\w./-]+\.(?:rego|json|yaml))(?::(\d+))?: (.*)$`)

// loaded takes what the broker itself would say, unless it is told already.
func (c *checker) loaded(err error) {
	if err == nil {
		return
	}
	for _, one := range fault.Of(err) {
		for line := range strings.SplitSeq(one.What, "\n") {
			f := fault.Fault{What: line}
			if m := placed.FindStringSubmatch(line); m != nil {
				f.File, f.What = m[1], m[3]
				f.Line, _ = strconv.Atoi(m[2])
			}
			if c.toldIn(f.File) || f.File == "" && len(c.faults) > 0 || strings.HasSuffix(f.File, ".rego") && c.compiler == nil {
				continue
			}
			c.add(f)
		}
	}
}
