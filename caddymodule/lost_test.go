package caddymodule

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision/gate"
)

func TestWhatIsNoLongerAskedIsSaid(t *testing.T) {
	file := func(lines ...string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
	}
	was := &gate.Set{Fingerprint: "1", FS: fstest.MapFS{
		"testdata/decisions/a.yaml":  file("cases:", "  - name: an opt-out wins", "  - name: \"a quoted one\"", "  - name: moved"),
		"invariants/a.yaml":          file("invariants:", "  - name: an opt-out wins always"),
		"rules/a/a_test.rego":        file("test_one if true", "test_two if true"),
		"data/codes/not-a-case.json": file("- name: no case"),
	}}
	is := &gate.Set{Fingerprint: "2", FS: fstest.MapFS{
		"testdata/decisions/a.yaml": file("cases:", "  - name: a quoted one"),
		"testdata/decisions/b.yaml": file("cases:", "  - name: moved", "  - name: new"),
		"rules/a/a_test.rego":       file("test_two if true"),
	}}
	want := []string{"case no longer asked: an opt-out wins", "invariant no longer asked: an opt-out wins always", "test no longer asked: rules/a: test_one"}
	if got := lost(was, is); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := lost(was, was); got != nil {
		t.Errorf("the same set has lost %q", got)
	}
}
