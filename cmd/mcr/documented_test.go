package main

import (
	"bytes"
	"cmp"
	goflag "flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// Docs and product agree: what exists is in docs, and what docs name exists. Three pages are
// made from the product itself, so that whoever adds a flag, a JSON field or an alert has
// one command to run; the rest is looked for.
var anew = goflag.Bool("update", false, "write docs/commands.md, docs/json.md and docs/alerts.md anew")

const docsFolder = "../../docs/"

// made holds a page against what it is made from.
func made(t *testing.T, name, text string) {
	t.Helper()
	if *anew {
		if err := os.WriteFile(docsFolder+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(docsFolder + name)
	if err != nil || string(is) != text {
		t.Errorf("docs/%s is not what the program has (%v): go test ./cmd/mcr -run 'TestDocs' -update", name, err)
	}
}

// ours are our commands, each with its path: "mcr audit tail".
func ours(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	t.Setenv("MCR_DATA", "") // of which defaults are made
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*cobra.Command{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bregister\("([a-z-]+)", "`).FindAllStringSubmatch(string(text), -1) {
			registered := caddycmd.Commands()[m[1]]
			cmd := &cobra.Command{Use: registered.Name + " " + registered.Usage, Short: registered.Short}
			registered.CobraFunc(cmd)
			var walk func(*cobra.Command, string)
			walk = func(cmd *cobra.Command, path string) {
				all[path] = cmd
				for _, under := range cmd.Commands() {
					walk(under, path+" "+under.Name())
				}
			}
			walk(cmd, "mcr "+registered.Name)
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d commands: the test looks in the wrong place", len(all))
	}
	return all
}

// flagsOf are the flags that a command heeds, by name.
func flagsOf(cmd *cobra.Command) map[string]*pflag.Flag {
	all := map[string]*pflag.Flag{}
	for _, set := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !f.Hidden {
				all[f.Name] = f
			}
		})
	}
	return all
}

func TestDocsTellEveryCommandAndFlag(t *testing.T) {
	var out strings.Builder
	out.WriteString("# Commands\n\n<!-- made by go test ./cmd/mcr -run TestDocs -update, from the commands themselves -->\n\n" +
		"`mcr help COMMAND` prints the same. Caddy's own (`run`, `validate`, `reload`, `stop`, `adapt` …) are in [Caddy's documentation](https://caddyserver.com/docs/command-line).\n")
	all := ours(t)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		cmd := all[path]
		if cmd.HasSubCommands() {
			fmt.Fprintf(&out, "\n## %s\n\n%s.\n", path, strings.TrimSuffix(cmd.Short, "."))
			continue
		}
		_, arguments, _ := strings.Cut(cmd.Use, " ")
		fmt.Fprintf(&out, "\n### `%s`\n\n%s.\n", strings.TrimSpace(path+" "+arguments), strings.TrimSuffix(cmd.Short, "."))
		flags := flagsOf(cmd)
		if len(flags) == 0 {
			continue
		}
		out.WriteString("\n| flag | |\n|---|---|\n")
		for _, name := range slices.Sorted(maps.Keys(flags)) {
			f := flags[name]
			value := ""
			if f.Value.Type() != "bool" {
				value = " " + strings.ToUpper(cmp.Or(map[string]string{"string": "text", "stringArray": "text", "stringSlice": "texts", "int": "number", "uint64": "number", "float64": "number"}[f.Value.Type()], f.Value.Type()))
			}
			without := ""
			if d := f.DefValue; d != "" && d != "false" && d != "[]" && d != "0" && d != "0s" && d != userName() { // which is whoever runs this
				without = " Default `" + d + "`."
			}
			fmt.Fprintf(&out, "| `--%s%s` | %s.%s |\n", name, value, tableCell(strings.TrimSuffix(f.Usage, ".")), without)
		}
	}
	made(t, "commands.md", out.String())
}

func tableCell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}

const configuring = "github.com/mycarerecord/mcr/caddymodule"

// TestDocsTellEveryJSONField makes the page of those who configure in Caddy's JSON, from the
// fields' own comments.
func TestDocsTellEveryJSONField(t *testing.T) {
	comments := fieldComments(t)
	var out strings.Builder
	out.WriteString("# JSON\n\n<!-- made by go test ./cmd/mcr -run TestDocs -update, from the comments of the fields -->\n\n" +
		"Most people write a [Caddyfile](../Caddyfile); `mcr adapt` prints what it stands for. In JSON the global block `broker` is the app `apps.broker`, and a directive is the handler of its name. " +
		"Times are texts (`\"30s\"`) or nanoseconds, sizes are bytes. `contents` is written by the Caddyfile's reader alone.\n")
	seen := map[reflect.Type]bool{}
	found := 0
	var tell func(title string, typ reflect.Type)
	tell = func(title string, typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		var rows strings.Builder
		type inner struct {
			title string
			typ   reflect.Type
		}
		var within []inner
		var walk func(reflect.Type)
		walk = func(typ reflect.Type) {
			for i := range typ.NumField() {
				f := typ.Field(i)
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct && f.Type.PkgPath() == configuring {
					walk(f.Type)
					continue
				}
				if name == "" || name == "-" {
					continue
				}
				found++
				comment := comments[typ.Name()+"."+f.Name]
				if !commented(comments, typ) { // one comment for all of them
					comment = "as said above"
				}
				if comment == "" {
					t.Errorf("caddymodule: %s.%s has no comment: say what it is, its unit, its default", typ.Name(), f.Name)
				}
				fmt.Fprintf(&rows, "| `%s` | %s |\n", name, tableCell(comment))
				of := f.Type
				for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
					of = of.Elem()
				}
				if of.Kind() == reflect.Struct && of.PkgPath() == configuring {
					within = append(within, inner{title + "." + name, of})
				}
			}
		}
		walk(typ)
		if rows.Len() > 0 {
			fmt.Fprintf(&out, "\n## `%s`\n\n%s\n\n| field | |\n|---|---|\n%s", title, strings.Join(strings.Fields(comments[typ.Name()]), " "), rows.String())
		}
		for _, in := range within {
			tell(in.title, in.typ)
		}
	}
	for _, id := range caddy.Modules() {
		module, err := caddy.GetModule(id)
		if err != nil {
			t.Fatal(err)
		}
		typ := reflect.TypeOf(module.New())
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.PkgPath() == configuring && typ.Kind() == reflect.Struct {
			tell(id, typ)
		}
	}
	if found < 60 {
		t.Fatalf("only %d fields: the test looks in the wrong place", found)
	}
	made(t, "json.md", out.String())
}

// commented says that a type's fields have comments of their own.
func commented(comments map[string]string, typ reflect.Type) bool {
	for i := range typ.NumField() {
		if comments[typ.Name()+"."+typ.Field(i).Name] != "" {
			return true
		}
	}
	return comments[typ.Name()] == ""
}

// fieldComments are the comments of the types of caddymodule and of their fields: "App",
// "App.ID". One comment above several fields is each one's.
func fieldComments(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	each(t, "../../caddymodule/*.go", func(_ string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok || decl.Tok != token.TYPE {
				return true
			}
			for _, spec := range decl.Specs {
				spec := spec.(*ast.TypeSpec)
				of, ok := spec.Type.(*ast.StructType)
				if !ok {
					continue
				}
				all[spec.Name.Name] = cmp.Or(spec.Doc.Text(), decl.Doc.Text())
				before, line := "", -1
				for _, field := range of.Fields.List {
					comment := cmp.Or(field.Doc.Text(), field.Comment.Text())
					at := fset.Position(field.Pos()).Line
					if comment == "" && at == line+1 {
						comment = before
					}
					before, line = comment, fset.Position(field.End()).Line
					for _, name := range field.Names {
						all[spec.Name.Name+"."+name.Name] = comment
					}
				}
			}
			return true
		})
	})
	return all
}

var fset = token.NewFileSet()

// each reads Go files, tests aside.
func each(t *testing.T, pattern string, read func(path string, file *ast.File)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		read(path, file)
	}
}

func TestDocsTellEveryAlert(t *testing.T) {
	text, err := os.ReadFile("../../deploy/prometheus/rules/mcr.alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, For  string
				Labels      struct{ Severity, Audience string }
				Annotations struct{ Summary, Action string }
			}
		}
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString("# Alerts\n\n<!-- made by go test ./cmd/mcr -run TestDocs -update, from deploy/prometheus/rules/mcr.alerts.yml -->\n\n" +
		"How soon: `page` somebody now, `ticket` in working hours, `info` to know. For whom: operations, or privacy (privacy officer, Caldicott Guardian). [operating.md](operating.md) says what each part does when it breaks.\n\n" +
		"| alert | how soon, for whom | what it says | what to do |\n|---|---|---|---|\n")
	n := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			n++
			fmt.Fprintf(&out, "| `%s` | %s, %s | %s | %s |\n", r.Alert, r.Labels.Severity, r.Labels.Audience, tableCell(r.Annotations.Summary), tableCell(r.Annotations.Action))
		}
	}
	if n < 20 {
		t.Fatalf("only %d alerts: the test looks in the wrong place", n)
	}
	made(t, "alerts.md", out.String())
}

// options are those of the Caddyfile, each with the file whose reader knows it.
func options(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	each(t, "../../caddymodule/*.go", func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			of, ok := n.(*ast.SwitchStmt)
			if !ok {
				return true
			}
			call, ok := of.Tag.(*ast.CallExpr)
			if !ok {
				return true
			}
			if method, ok := call.Fun.(*ast.SelectorExpr); !ok || method.Sel.Name != "Val" {
				return true
			}
			for _, clause := range of.Body.List {
				for _, value := range clause.(*ast.CaseClause).List {
					if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						name, _ := strconv.Unquote(lit.Value)
						all[name] = path
					}
				}
			}
			return true
		})
	})
	if len(all) < 60 {
		t.Fatalf("only %d options: the test looks in the wrong place; it reads the cases of switch r.Val() in caddymodule", len(all))
	}
	return all
}

// pages are the documents that people read, by their path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "deploy/*.md", "policies/*.md", "internal/scenario/README.md"} {
		files, err := filepath.Glob("../../" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if name := strings.TrimPrefix(file, "../../"); name != "CHANGELOG.md" { // which tells of what was
				all[name] = string(text)
			}
		}
	}
	return all
}

// The root Caddyfile shows every option, set or commented: it is where an operator looks.
func TestDocsTellEveryOption(t *testing.T) {
	text, err := os.ReadFile("../../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^[\t# ]*([a-z_]+)(?: |$)`).FindAllStringSubmatch(string(text), -1) {
		shown[m[1]] = true
	}
	all := pages(t)
	for name, path := range options(t) {
		if shown[name] {
			continue
		}
		if slices.ContainsFunc(slices.Collect(maps.Values(all)), func(page string) bool { return strings.Contains(page, "`"+name+"`") }) {
			continue
		}
		t.Errorf("the option %s (%s) is in no doc: show it in the root Caddyfile, with its meaning, unit and default", name, strings.TrimPrefix(path, "../../"))
	}
}

var (
	fence  = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```")
	inline = regexp.MustCompile("`([^`\n]+)`")
	// ofMcr is a command line of the program's.
	ofMcr = regexp.MustCompile(`(?:^|[\s(;&|])(?:bin/)?(mcr(?: [a-z][a-z-]*)+)((?: +[^\s;&|][^\s]*)*)`)
	aFlag = regexp.MustCompile(`(?:^|[\s\[(])--([a-z][a-z-]*)`)
	block = regexp.MustCompile(`(?m)^\s*(?:broker|console|collector|issuer|spool|proof|retention|policies_override|cors|smart|alone|broker_log)\b[^\n{]*\{`)
)

// code gives what stands as code in a page: lines of fences, and inline.
func code(page string) (lines []string, fences []string) {
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		fences = append(fences, m[1])
		lines = append(lines, strings.Split(strings.ReplaceAll(m[1], "\\\n", " "), "\n")...)
	}
	for _, m := range inline.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		lines = append(lines, m[1])
	}
	return lines, fences
}

// Every command and flag that a page names is there.
func TestDocsNameNoCommandThatThereIsNot(t *testing.T) {
	all := ours(t)
	known := map[string]bool{}
	for _, cmd := range all {
		for name := range flagsOf(cmd) {
			known[name] = true
		}
	}
	said := 0
	for page, text := range pages(t) {
		lines, _ := code(text)
		for _, line := range lines {
			line, _, _ = strings.Cut(line, "# ")
			for _, m := range ofMcr.FindAllStringSubmatch(line, -1) {
				words := strings.Fields(m[1])
				if notCommands[words[1]] {
					continue
				}
				if caddycmd.Commands()[words[1]].Name == "" {
					t.Errorf("%s names %q, and there is no command %s: write what there is, or take it away", page, m[1], words[1])
					continue
				}
				path := strings.Join(words[:2], " ")
				cmd := all[path]
				if cmd == nil {
					continue // Caddy's own
				}
				said++
				for _, word := range words[2:] {
					under := all[path+" "+word]
					if under == nil {
						if cmd.HasSubCommands() {
							t.Errorf("%s names %q, and %s has no command %s: write what there is, or take it away", page, m[1], path, word)
						}
						break
					}
					cmd, path = under, path+" "+word
				}
				if cmd.HasSubCommands() {
					continue
				}
				flags := flagsOf(cmd)
				for _, f := range aFlag.FindAllStringSubmatch(m[2], -1) {
					if flags[f[1]] == nil {
						t.Errorf("%s names %q, and %s has no flag --%s: docs/commands.md has those that there are", page, strings.TrimSpace(m[0]), path, f[1])
					}
				}
			}
			if strings.HasPrefix(line, "--") {
				if f := aFlag.FindStringSubmatch(line); f != nil && !known[f[1]] && !othersFlags[f[1]] {
					t.Errorf("%s names --%s, which no command has: docs/commands.md has those that there are", page, f[1])
				}
			}
		}
	}
	if said < 50 {
		t.Errorf("only %d commands are named: the test looks in the wrong place", said)
	}
}

// notCommands are words that pages write behind mcr, and that are none: cobra's own commands,
// and the domain of a leaf's hash.
var notCommands = map[string]bool{"help": true, "completion": true, "leaf": true}

// notMetrics are names of that form of something else: users of ClickHouse.
var notMetrics = regexp.MustCompile(`^mcr_(writer|migrator|eraser|auditor|analyst|nobody_else)$`)

// othersFlags are flags that pages name alone of other programs and of Caddy's commands, which
// are made when it runs: one of validate, and one that is refused.
var othersFlags = map[string]bool{"offline": true, "resume": true}

// Every option in a piece of Caddyfile that a page shows is there.
func TestDocsShowNoOptionThatThereIsNot(t *testing.T) {
	known := options(t)
	for _, name := range []string{"broker", "broker_health", "broker_log", "console", "collector", "handle", "reverse_proxy", "transport", "servers", "listener_wrappers", "admin", "respond", "metrics", "log", "encode", "tls", "client_auth", "mode"} {
		known[name] = "Caddy"
	}
	shown := 0
	for page, text := range pages(t) {
		_, fences := code(text)
		for _, piece := range fences {
			if !block.MatchString(piece) {
				continue
			}
			shown++
			for line := range strings.Lines(piece) {
				word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
				if regexp.MustCompile(`^[a-z_]+$`).MatchString(word) && known[word] == "" {
					t.Errorf("%s shows the option %s, which there is not: the root Caddyfile has those that there are", page, word)
				}
			}
		}
	}
	if shown == 0 {
		t.Error("no page shows a piece of a Caddyfile: the test looks in the wrong place")
	}
}

// Every metric of ours that a page, an alert or a dashboard names is made somewhere.
func TestDocsNameNoMetricOrAlertThatThereIsNot(t *testing.T) {
	var sources bytes.Buffer
	for _, pattern := range []string{"../../*/metrics.go", "../../*/*/metrics.go", "../../*/*/*/metrics.go"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(text)
		}
	}
	alerts, err := os.ReadFile("../../deploy/prometheus/rules/mcr.alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for page, text := range pages(t) {
		for _, m := range regexp.MustCompile("`(mcr(?:_[a-z0-9]+)+)[`{ =]").FindAllStringSubmatch(text, -1) {
			name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(m[1], "_bucket"), "_count"), "_sum")
			parts := strings.Split(name, "_")
			ok := false
			for i := range parts { // a name may stand there in parts: namespace, subsystem, name
				ok = ok || bytes.Contains(sources.Bytes(), []byte(`"`+strings.Join(parts[i:], "_")+`"`))
			}
			if named++; !ok && !notMetrics.MatchString(name) {
				t.Errorf("%s names the metric %s, which no metrics.go makes: docs/metrics.md has those that there are", page, m[1])
			}
		}
		for _, m := range regexp.MustCompile("`(Mcr[A-Z][A-Za-z]+)`").FindAllStringSubmatch(text, -1) {
			if !bytes.Contains(alerts, []byte("alert: "+m[1]+"\n")) {
				t.Errorf("%s names the alert %s, which deploy/prometheus/rules/mcr.alerts.yml has not", page, m[1])
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d metrics are named: the test looks in the wrong place", named)
	}
}
