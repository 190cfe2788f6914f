package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	regovm "github.com/mycarerecord/mcr/decision/internal/rego"
)

// readRego reads rules and tests. What cannot be read is told in plain words, and
// then what the compiler would say of the others only because of it is not.
func (c *checker) readRego() {
	whole := true
	for _, file := range slices.Sorted(maps.Keys(c.text)) {
		k := kindOf(file)
		if k != ruleFile && k != testFile || c.unread[file] {
			whole = whole && (k != ruleFile || !c.unread[file])
			continue
		}
		if f, is := folder.TooMuch(file, c.text[file]); is {
			c.add(f)
			c.unread[file] = true
			whole = whole && k != ruleFile
			continue
		}
		m, err := ast.ParseModuleWithOpts(file, c.text[file], ast.ParserOptions{
			ProcessAnnotation: true, Capabilities: regovm.Capabilities(), RegoVersion: ast.RegoV1,
		})
		switch {
		case err != nil && !strings.Contains(c.text[file], "\nimport rego.v2\n") && k == ruleFile:
			f := fault.In(file, `add "import rego.v2" after the package line`, "the rule does not say in which version of the language it is written")
			f.Line = 1 + strings.Count(c.text[file][:max(0, strings.Index(c.text[file], "\npackage ")+1)], "\n")
			c.add(f)
			c.unread[file] = true
			whole = false
		case err != nil:
			c.rego(file, err)
			c.unread[file] = true
			whole = whole && k != ruleFile
		case m == nil:
			c.add(fault.In(file, "put back what it held, or take it away", "the file is empty"))
			c.unread[file] = true
			whole = whole && k != ruleFile
		case c.another(file, m):
			c.unread[file] = true
		default:
			c.modules[file] = m
		}
	}
	c.whole = whole
}

// compileRules compiles what was read.
func (c *checker) compileRules() {
	if !c.whole || c.schema == nil {
		return
	}
	rules := map[string]*ast.Module{}
	for _, file := range c.rules() {
		rules[file] = c.modules[file]
	}
	c.compiler = c.compile(rules)
}

// tests compiles the tests with the rules. It is the last look at the rules: a test
// that only follows what is wrong with its rule is not told too.
func (c *checker) tests() {
	if c.compiler != nil && !c.regoTold() {
		c.tested = c.compile(c.modules)
	}
	for _, file := range slices.Sorted(maps.Keys(c.modules)) {
		if kindOf(file) == testFile && !c.toldIn(file) {
			c.testParts(file, c.modules[file])
		}
	}
}

// compile compiles modules as the broker does; nil when there are faults.
func (c *checker) compile(modules map[string]*ast.Module) *ast.Compiler {
	var doc any
	if json.Unmarshal([]byte(c.text[schemaPath]), &doc) != nil {
		return nil // told with the schema
	}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, doc)
	compiler := ast.NewCompiler().WithCapabilities(regovm.Capabilities()).WithStrict(true).WithSchemas(schemas).WithKeepModules(true)
	compiler.SetErrorLimit(0)
	if compiler.Compile(modules); compiler.Failed() {
		c.rego("", compiler.Errors)
		return nil
	}
	return compiler
}

// rego turns OPA's errors into faults.
func (c *checker) rego(file string, err error) {
	var all ast.Errors
	if !errors.As(err, &all) {
		var one *ast.Error
		if !errors.As(err, &one) {
			c.add(fault.In(file, "compare it with a rule that is in order", "this cannot be read as a rule: %v", err))
			return
		}
		all = ast.Errors{one}
	}
	for _, e := range all {
		f := fault.Fault{File: file}
		if e.Location != nil {
			f.Line, f.Column = e.Location.Row, e.Location.Col
			if e.Location.File != "" {
				f.File = e.Location.File
			}
		}
		if last := 1 + strings.Count(strings.TrimRight(c.text[f.File], "\n"), "\n"); f.Line > last {
			f.Line, f.Column = last, 0 // the end of the file
		}
		c.plainly(&f, e)
		if c.toldIn(f.File) && (strings.Contains(e.Message, "unused") || strings.Contains(e.Message, "conflicting rules")) {
			continue // it follows from what is told
		}
		if !c.told(f.File, f.Line) { // OPA tells a name as often as it is used
			c.add(f)
		}
		if e.Code == ast.ParseErr {
			return // what follows mostly follows from the first
		}
	}
}

// signs are what other languages write, and what a rule writes instead.
var signs = []struct{ sign, do string }{
	{"&&", "write each condition in a line of its own: all of them must hold"},
	{"||", "write a second body, or: a or b"},
	{"<>", "write !="},
	{"===", "write =="},
	{"'", "texts stand in double quotation marks"},
	{"!", "write not, with a blank behind it"},
}

// foreign finds a sign of another language in the line that cannot be read.
func foreign(text string, row int) string {
	lines := strings.Split(text, "\n")
	if row < 1 || row > len(lines) {
		return ""
	}
	line := outsideTexts.ReplaceAllString(lines[row-1], `""`)
	for _, s := range signs {
		if strings.Contains(strings.ReplaceAll(line, "!=", ""), s.sign) {
			return s.do
		}
	}
	return ""
}

var outsideTexts = regexp.MustCompile(`"[^"]*"`)

// wording is how an error of OPA's is said to somebody who does not program. $1 is
// what the pattern's first group found.
type wording struct {
	of       *regexp.Regexp
	what, do string
}

var wordings = []wording{
	{re(`undefined function (\S+)`), "$1 is nothing that a rule can use", "rules have no clock, no network, no chance and no files: the time is input.time; if it is a part of yours, look at its spelling"},
	{re(`var (\S+) is unsafe`), "$1 has no value here", "look at its spelling, write quotation marks if it is a text (\"$1\"), or say where it comes from: some $1 in ..."},
	{re(`assigned var (\S+) unused`), "$1 is given a value that is never used", "use it, or take the line out: a condition that is not looked at protects nobody"},
	{re(`declared var (\S+) unused`), "$1 is named with \"some\" and never used", "use it, or take it out"},
	{re(`unused argument (\S+)`), "the function's argument $1 is never used", "use it, or write _ in its place"},
	{re(`rule (\S+) is recursive`), "the rule rests on itself", "take out the condition that leads back to it"},
	{re(`cannot assign to ref`), ":= gives a new name a value", "to compare, write =="},
	{re(`rule name conflicts with built-in`), "this stands outside every part of a rule", "put it into the brackets of one, and look at the brackets above"},
	{re(`multiple default rules (\S+) found`), "there is more than one default for the same part", "keep one"},
	{re(`conflicting rules (\S+) found`), "the same part is told in two ways: once as a set (contains) and once as a value", "write all its bodies the same way, with contains"},
	{re(`arity mismatch|has arity`), "it is given too many or too few values", "count what stands in the brackets"},
	{re(`match error`), "the two sides are of different kinds, so they are never equal", "compare a text with a text and a number with a number"},
	{re(`invalid argument`), "it is given a value of a kind that it cannot take", "compare a text with a text and a number with a number"},
	{re(`import unused|unused import|import (\S+) unused`), "an import is not used", "take the line out"},
	{re(`package expected`), "a rule begins with its package", "write \"package mcr.rules.NAME\" first, below the METADATA"},
	{re("`if` keyword is required|if. keyword is required"), "the word if is missing before {", "write: NAME if { ... }"},
	{re("`contains` keyword is required|contains. keyword is required"), "the word contains is missing", "write: deny contains {\"reason\": \"...\"} if { ... }"},
	{re(`var cannot be used for rule name|rule head|expected rule|unexpected assign`), "this is no beginning of a part of a rule", "look at the brackets above: one may be missing or too many"},
	{re(`variables must not shadow|must not shadow|must not be redeclared|must not shadow`), "a name is used that already stands for something else", "choose another name"},
	{re(`yaml: line`), "the METADATA block is no YAML", "look at its indentation: two blanks a step, no tabs, and a blank behind each colon"},
	{re(`yaml:`), "the METADATA block is no YAML", "look at its indentation: two blanks a step, no tabs, and a blank behind each colon"},
	{re(`expected METADATA block`), "the METADATA block is no YAML", "look at its indentation: two blanks a step, no tabs, and a blank behind each colon"},
	{re(`annotation scope`), "a METADATA block does not stand where it belongs", "put it directly above what it describes, with no empty line between"},
	{re(`non-terminated string`), "a text is not closed", "put the closing quotation mark"},
	{re(`illegal token`), "this sign means nothing in a rule", "texts stand in double quotation marks; type them anew if they were copied"},
	{re(`unexpected eof`), "the file ends in the middle", "close the brackets: a } is missing"},
	{re(`unexpected }`), "there is a } too many here, or the condition before it is not complete", "look at the line above, and count the brackets"},
	{re(`unexpected (\S+) token`), "this is not understood here: $1", "look at this line and the one above: a word, an operator (==, in), a comma or a bracket is missing"},
	{re(`unexpected (\S+) keyword`), "the word $1 cannot stand here", "look at this line and the one above"},
}

func re(s string) *regexp.Regexp { return regexp.MustCompile(s) }

// plainly words one error. What OPA itself says is kept only where nothing better
// is known.
func (c *checker) plainly(f *fault.Fault, e *ast.Error) {
	if do := foreign(c.text[f.File], f.Line); do != "" && e.Code == ast.ParseErr {
		f.What, f.Do = "this is not understood here", do
		return
	}
	if d, ok := e.Details.(*ast.RefErrUnsupportedDetail); ok {
		f.What, f.Do = fmt.Sprintf("%s is a single value, and nothing stands below it", d.Ref[:d.Pos+1]), "look at the path in schema/input.json"
		return
	}
	if d, ok := e.Details.(*ast.RefErrInvalidDetail); ok {
		name := strings.Trim(fmt.Sprint(d.Ref[d.Pos]), `"`)
		var known []string
		for _, v := range d.OneOf {
			known = append(known, strings.Trim(v.String(), `"`))
		}
		f.What = fmt.Sprintf("%s: there is no %q", writtenRef(d.Ref), name)
		f.Do = "there are " + fault.OneOf(known) + fault.Meant(name, known)
		if len(known) == 0 {
			f.Do = "look at the path in schema/input.json"
		}
		return
	}
	if d, ok := e.Details.(*ast.UnificationErrDetail); ok {
		f.What = fmt.Sprintf("%s is compared with %s, and is never equal to it", typeWords(d.Left), typeWords(d.Right))
		f.Do = "compare a text with a text, a number with a number, and one value with one value"
		return
	}
	message := e.Message
	for _, w := range wordings {
		m := w.of.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		fill := func(s string) string {
			first := ""
			if len(m) > 1 {
				first = strings.Trim(m[1], ":,")
			}
			return strings.ReplaceAll(s, "$1", first)
		}
		f.What, f.Do = fill(w.what), fill(w.do)
		if m := function.FindStringSubmatch(message); m != nil {
			f.What = m[1] + ": " + f.What
		}
		if strings.Contains(message, "multiple default") {
			c.secondDefault(f)
		}
		return
	}
	f.What, f.Do = message, "compare it with a rule that is in order"
}

var function = regexp.MustCompile(`^(?:function (?:data\.mcr\.rules\.)?)?(\S+?):? (?:has arity|arity mismatch|invalid argument)`)

// secondDefault finds the line of the second default: OPA names the package's.
func (c *checker) secondDefault(f *fault.Fault) {
	seen := map[string]bool{}
	if m := c.modules[f.File]; m != nil {
		for _, r := range m.Rules {
			if r.Default && seen[nameOf(r)] {
				f.Line, f.Column = r.Location.Row, 0
			}
			seen[nameOf(r)] = seen[nameOf(r)] || r.Default
		}
	}
}

// typeWords says a type of OPA's.
func typeWords(t types.Type) string {
	switch t := t.(type) {
	case types.String:
		return "a text"
	case types.Number:
		return "a number"
	case types.Boolean:
		return "a value that is true or false"
	case types.Null:
		return "null"
	case *types.Array, *types.Set:
		return "a list"
	case *types.Object:
		return "an object"
	case types.Any:
		if len(t) > 0 {
			return typeWords(t[0])
		}
	}
	return "a value"
}

// writtenRef gives a reference as it is written, without the compiler's own names.
func writtenRef(r ast.Ref) string {
	out := fmt.Sprint(r[0])
	for _, t := range r[1:] {
		switch v := t.Value.(type) {
		case ast.String:
			out += "." + string(v)
		case ast.Var:
			out += "[...]"
		default:
			out += fmt.Sprintf("[%v]", t)
		}
	}
	return out
}

// ruleName is the name of the folder that a file of rules stands in.
func ruleName(file string) string { return path.Base(path.Dir(file)) }
