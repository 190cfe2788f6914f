// Package policytest gives tests the real policies, changed as they need them, and a
// question with its facts.
package policytest

import (
	"context"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/policies"
)

// Copied gives the real policies as a folder that can be changed.
func Copied(t testing.TB) fstest.MapFS {
	t.Helper()
	return CopiedFrom(t, policies.FS)
}

// CopiedFrom gives a folder as one that can be changed.
func CopiedFrom(t testing.TB, fsys fs.FS) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(fsys, p)
		out[p] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Changed gives the real policies with one file changed.
func Changed(t testing.TB, file string, change func(string) string) fstest.MapFS {
	t.Helper()
	out := Copied(t)
	was := ""
	if f := out[file]; f != nil {
		was = string(f.Data)
	}
	is := change(was)
	if is == was {
		t.Fatalf("%s was not changed", file)
	}
	out[file] = &fstest.MapFile{Data: []byte(is)}
	return out
}

// With adds a text at the end of a file.
func With(text string) func(string) string { return func(s string) string { return s + text } }

// Replace changes the first place of a text.
func Replace(old, next string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, next, 1) }
}

// compiled are the real policies, compiled once for all tests.
var compiled = sync.OnceValues(func() (*decision.Revision, error) {
	return decision.Load(context.Background(), policies.FS, decision.Options{Revision: "test"})
})

// Engine gives an engine over the real policies.
func Engine(tb testing.TB) *decision.Engine {
	tb.Helper()
	rev, err := compiled()
	if err != nil {
		tb.Fatal(err)
	}
	return decision.NewEngine(rev)
}

// Revision loads the policies of a folder.
func Revision(tb testing.TB, fsys fs.FS) *decision.Revision {
	tb.Helper()
	rev, err := decision.Load(tb.Context(), fsys, decision.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return rev
}

// stored are the cases, with the policies compiled once for all tests.
var stored = sync.OnceValues(func() ([]cases.Case, error) {
	rev, err := decision.Load(context.Background(), policies.FS, decision.Options{Revision: "test"})
	if err != nil {
		return nil, err
	}
	return cases.Read(context.Background(), rev)
})

// Cases are the cases of the real policies.
func Cases(t testing.TB) []cases.Case {
	t.Helper()
	all, err := stored()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// written is the book of the real policies, made once for all tests.
var written = sync.OnceValues(func() (*book.Book, error) {
	return book.Read(context.Background(), policies.FS)
})

// Book is the book of the real policies.
func Book(t testing.TB) *book.Book {
	t.Helper()
	b, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// OnlyCases takes all files of cases away but one.
func OnlyCases(fsys fstest.MapFS, name string) {
	for file := range fsys {
		if strings.HasPrefix(file, "testdata/") && file != "testdata/decisions/"+name+".yaml" {
			delete(fsys, file)
		}
	}
}
