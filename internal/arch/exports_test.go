package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unnamed are in use though nobody here names them: most are methods that an interface of
// somebody else's asks for.
var unnamed = map[string]string{
	"Height": "sumdb/tlog.TileReader", "ReadTiles": "sumdb/tlog.TileReader", "SaveTiles": "sumdb/tlog.TileReader",
	"LogValue": "slog.LogValuer", "IsTarget": "opa/rego.TargetPlugin", "TraceEvent": "opa/topdown.QueryTracer", "WrapListener": "caddy.ListenerWrapper",
	"TheFile": "the zero value of its type", "MarshalJSON": "json.Marshaler",
}

// An exported name that only tests use is code for nobody: it moves to an export_test.go, or goes.
// Names are compared as they are written, so what shares its name with something in use is not found.
func TestWhatIsExportedIsUsedOutsideTests(t *testing.T) {
	used, declared := map[string]int{}, map[string]string{}
	for _, file := range tree(t) {
		if file.test {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", file.path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && name.IsExported() {
				used[name.Name]++
			}
			return true
		})
		if forTests(file.pkg) {
			continue
		}
		for _, name := range exported(parsed) {
			declared[name] = file.path
		}
	}
	for file, text := range texts(t) { // templates call methods
		if path.Ext(file) == ".html" {
			for _, name := range called.FindAllStringSubmatch(text, -1) {
				used[name[1]]++
			}
		}
	}
	for name, file := range declared {
		if used[name] == 1 && unnamed[name] == "" {
			t.Errorf("%s: %s is used by tests alone, or by nobody: move it to an export_test.go, or take it out", file, name)
		}
	}
	if len(declared) < 500 {
		t.Errorf("only %d exported names were found: the test looks in the wrong place", len(declared))
	}
}

var called = regexp.MustCompile(`\.([A-Z]\w*)`)

// forTests are packages that only tests import.
func forTests(pkg string) bool {
	return strings.HasSuffix(pkg, "test") || slices.ContainsFunc([]string{"brokers", "browser", "heard", "scenario", "servers", "strace", "surfer"}, func(name string) bool {
		return pkg == "internal/"+name || strings.HasPrefix(pkg, "internal/"+name+"/")
	})
}

// exported are the names that a file declares for others.
func exported(file *ast.File) (names []string) {
	add := func(name *ast.Ident) {
		if name.IsExported() {
			names = append(names, name.Name)
		}
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			add(d.Name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					add(s.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						add(name)
					}
				}
			}
		}
	}
	return names
}
