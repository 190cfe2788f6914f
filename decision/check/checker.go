package check

import (
	"io/fs"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// checker goes through one folder of policies and gathers what is wrong. What
// cannot be read is told and then left alone, so that nothing that only follows
// from it is told as well.
type checker struct {
	text   map[string]string // every file, by its path
	unread map[string]bool   // files that are looked at no further
	meant  map[string]bool   // files that would be there if another were called as it should be
	faults fault.List

	json     map[string]*branch     // data and schema
	modules  map[string]*ast.Module // rules and tests, as written
	whole    bool                   // every rule could be read
	compiler *ast.Compiler          // the rules alone; nil: they do not compile
	tested   *ast.Compiler          // the rules with their tests; nil: they do not compile
	cases    []cases.Case           // ready to be decided, when there are no faults
	schema   *schema                // nil: it cannot be read
	data     map[string]any         // data/NAME.json → data.NAME
	givenUp  map[string]bool        // what the region no longer keeps, by name
	own      string                 // the organisation, by ODS code, whose own rules these are; "" are the region's
}

func (c *checker) add(f ...fault.Fault) { c.faults = append(c.faults, f...) }

// newChecker reads a folder.
func newChecker(fsys fs.FS) (*checker, error) {
	c := &checker{unread: map[string]bool{}, meant: map[string]bool{}, json: map[string]*branch{}, modules: map[string]*ast.Module{}, data: map[string]any{}, givenUp: map[string]bool{}}
	var err error
	c.text, err = folder.Texts(fsys)
	return c, err
}

// at tells where in a JSON file a value stands.
func (c *checker) at(file string, path ...string) fault.Fault {
	f := fault.Fault{File: file}
	if root := c.json[file]; root != nil {
		f.Line, f.Column = lineColumn(c.text[file], root.find(path...).at)
	}
	return f
}

// rules are the modules that are served, by file, in order.
func (c *checker) rules() []string {
	var out []string
	for _, file := range slices.Sorted(maps.Keys(c.modules)) {
		if kindOf(file) == ruleFile {
			out = append(out, file)
		}
	}
	return out
}
