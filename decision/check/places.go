package check

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// kind says what a file of the folder is by its path alone.
type kind int

const (
	misplaced kind = iota
	ruleFile
	testFile
	dataFile
	codeListFile
	caseFile
	schemaFile
	beside // not served: invariants, and what people read, README.md and the embed of this program
)

// kindOf sorts a path. It is the layout of a folder of policies (design §4).
func kindOf(p string) kind {
	dir, name := path.Split(p)
	switch {
	case strings.HasSuffix(name, "_test.rego"):
		return testFile
	case strings.HasSuffix(name, ".rego"):
		return ruleFile
	case dir == "data/" && strings.HasSuffix(name, ".json"):
		return dataFile
	case dir == "data/codes/" && strings.HasSuffix(name, ".json"):
		return codeListFile
	case dir == "testdata/decisions/" && strings.HasSuffix(name, ".yaml"):
		return caseFile
	case p == "schema/input.json":
		return schemaFile
	case p == givenUpFile, p == folder.AcceptedFile, dir == folder.InvariantsFolder+"/" && strings.HasSuffix(name, ".yaml"):
		return beside
	case folder.Aside(p):
		return beside
	}
	return misplaced
}

// places finds files that stand, or are called, so that they do not count.
func (c *checker) places() {
	files := slices.Sorted(maps.Keys(c.text))
	slices.SortStableFunc(files, func(a, b string) int { return int(kindOf(a)) - int(kindOf(b)) }) // misplaced first, rules before tests
	for _, p := range files {
		switch kindOf(p) {
		case misplaced:
			c.add(c.misplacedFault(p))
			c.unread[p] = true
		case testFile:
			c.testPlace(p)
		case ruleFile:
			c.rulePlace(p)
		}
	}
	if c.text["schema/input.json"] == "" {
		c.add(fault.In("schema/input.json", "put it back: it tells what a rule can know of a request", "the file is missing, or empty"))
	}
	if c.text["decision.rego"] == "" {
		c.add(fault.In("decision.rego", "put it back: it puts the rules together, and without it nothing can be decided", "the file is missing, or empty"))
	}
}

func (c *checker) misplacedFault(p string) fault.Fault {
	dir, name := path.Split(p)
	stem := strings.SplitN(name, ".", 2)[0]
	f := fault.In(p, "take it away, or put it where it belongs: rules are rules/NAME/NAME.rego, lists are data/NAME.json and data/codes/NAME.json, cases are testdata/decisions/NAME.yaml, invariants are invariants/NAME.yaml",
		"this file has no place here, so it does not count")
	lower := strings.ToLower(name)
	if list := "data/codes/" + stem + ".json"; shipped()[list] != "" && c.text[list] == "" {
		c.meant[list] = true
		f.Do = "put it back as " + list
		return f
	}
	switch {
	case strings.Contains(lower, ".rego"):
		f.Do = c.callIt(dir + stem + ".rego")
	case dir == folder.InvariantsFolder+"/":
		f.Do = "invariants are invariants/NAME.yaml: call it invariants/" + stem + ".yaml, or take it away"
	case strings.HasPrefix(dir, "testdata/decisions/") || strings.HasSuffix(lower, ".yml") || strings.HasSuffix(lower, ".yaml"):
		f.Do = "cases are testdata/decisions/NAME.yaml: call it testdata/decisions/" + stem + ".yaml, or take it away"
	case strings.HasPrefix(dir, "data/codes/"):
		f.Do = "a code list is data/codes/NAME.json: call it data/codes/" + stem + ".json, or take it away"
	case strings.HasPrefix(dir, "data/") || strings.HasSuffix(lower, ".json"):
		f.Do = "a list is data/NAME.json: call it data/" + stem + ".json, or take it away"
	}
	return f
}

// testPlace: a rule whose name ends in _test would count as a test, and a test
// that stands alone tests nothing.
func (c *checker) testPlace(p string) {
	dir := path.Base(path.Dir(p))
	stem := strings.TrimSuffix(path.Base(p), ".rego")
	switch {
	case dir == stem:
		name := strings.TrimSuffix(stem, "_test")
		c.add(fault.In(p, "give the rule another name, in the folder, the file and the package: rules/"+name+"/"+name+".rego, say",
			"a rule's name must not end in _test: this file counts as a test, and the rule is never asked"))
		c.unread[p] = true
	case p == "decision_test.rego":
	case p != "rules/"+dir+"/"+dir+"_test.rego":
		c.meant["rules/"+dir+"/"+dir+"_test.rego"] = true
		c.add(fault.In(p, "call it rules/NAME/NAME_test.rego, beside the rule", "a test stands beside its rule and has its name"))
	case c.text["rules/"+dir+"/"+dir+".rego"] == "" && !c.meant["rules/"+dir+"/"+dir+".rego"]:
		c.add(fault.In(p, "put rules/"+dir+"/"+dir+".rego back, or take the test away", "there is no rule beside this test"))
	}
}

// rulePlace: one rule a folder, with a test beside it.
func (c *checker) rulePlace(p string) {
	if p == "decision.rego" {
		return
	}
	stem := strings.TrimSuffix(path.Base(p), ".rego")
	if p != "rules/"+stem+"/"+stem+".rego" {
		to := "rules/" + stem + "/" + stem + ".rego"
		if dir := path.Base(path.Dir(p)); c.text["rules/"+dir+"/"+dir+"_test.rego"] != "" && c.text["rules/"+dir+"/"+dir+".rego"] == "" {
			to = "rules/" + dir + "/" + dir + ".rego"
		}
		c.unread[p] = true
		c.add(fault.In(p, c.callIt(to), "a rule stands in a folder of its own name"))
		return
	}
	if slices.ContainsFunc(all(c.text, path.Dir(p)), func(f string) bool { return kindOf(f) == testFile }) {
		return // of another name, and told
	}
	if test := "rules/" + stem + "/" + stem + "_test.rego"; c.text[test] == "" && !c.meant[test] {
		c.add(fault.In(p, "write rules/"+stem+"/"+stem+"_test.rego", "the rule has no test beside it"))
	}
}

// all are the files of a folder.
func all(text map[string]string, dir string) []string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(text)) {
		if path.Dir(p) == dir {
			out = append(out, p)
		}
	}
	return out
}

// callIt says what a file is to be called, unless another is called so: then it is a copy.
func (c *checker) callIt(name string) string {
	stem := strings.TrimSuffix(path.Base(name), ".rego")
	switch {
	case c.text[name] != "":
		return "take it away: " + name + " is there already"
	case !plainName.MatchString(stem):
		return "take it away, or give it a name of small letters, digits and _, in the folder and the file"
	}
	c.meant[name] = true
	return "call it " + name + ", or take it away"
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
