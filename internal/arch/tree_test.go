package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mycarerecord/mcr"

// source is one Go file of the module.
type source struct {
	path    string // relative to the module's root
	pkg     string // folder, relative to the root
	name    string // package clause
	doc     string
	imports []string
	lines   int
	test    bool
}

// tree reads every Go file of the module.
func tree(t *testing.T) []source {
	t.Helper()
	const root = "../.."
	var files []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "data") && name != ".." {
				if name == "data" && strings.Contains(path, "policies") {
					return nil
				}
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		file := source{
			path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), name: parsed.Name.Name,
			doc: parsed.Doc.Text(), test: strings.HasSuffix(rel, "_test.go"), lines: lines(t, path),
		}
		for _, spec := range parsed.Imports {
			file.imports = append(file.imports, importPath(spec))
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d Go files found: the tests look in the wrong place", len(files))
	}
	return files
}

func importPath(spec *ast.ImportSpec) string {
	path, _ := strconv.Unquote(spec.Path.Value)
	return path
}
