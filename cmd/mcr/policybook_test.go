package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/policies"
)

// ownPolicies is a folder with the policies in the program and few of their cases.
func ownPolicies(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "policies")
	if err := os.CopyFS(dir, policies.FS); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "testdata", "decisions", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if filepath.Base(file) != "restricted.yaml" {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// edit changes a file of a folder.
func edit(t *testing.T, dir, file, old, next string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(file))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, next, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPolicyBookIsWrittenToAFileOrToStandardOutput(t *testing.T) {
	dir := ownPolicies(t)
	mark, err := policy(t, "book", dir)
	if err != nil || !strings.HasPrefix(mark, "# Policy book\n") || !strings.Contains(mark, "### Opted out\n") {
		t.Fatalf("%v\n%.300s", err, mark)
	}
	for _, form := range []struct {
		name, begins string
		args         []string
	}{
		{"book.md", "# Policy book\n", nil},
		{"book.html", "<!DOCTYPE html>\n", nil},
		{"book", "<!DOCTYPE html>\n", []string{"--html"}},
	} {
		file := filepath.Join(t.TempDir(), form.name)
		out, err := policy(t, append([]string{"book", dir, "-o", file}, form.args...)...)
		if err != nil || out != "The policy book of "+dir+" is in "+file+".\n" {
			t.Fatalf("%v: %s", err, out)
		}
		text, err := os.ReadFile(file)
		if err != nil || !strings.HasPrefix(string(text), form.begins) {
			t.Fatalf("%v\n%.300s", err, text)
		}
		if again, err := policy(t, append([]string{"book", dir}, form.args...)...); strings.HasPrefix(again, form.begins) && (err != nil || again != string(text)) {
			t.Errorf("%s: standard output has another book than the file (%v)", form.name, err)
		}
	}
	if _, err := policy(t, "book", dir, "-o", filepath.Join(dir, "nowhere", "book.md")); err == nil || !strings.Contains(err.Error(), "writing the policy book") {
		t.Error(err)
	}
	if _, err := policy(t, "book", "nothing-of-that-name", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no set of that name") {
		t.Error(err)
	}
	edit(t, dir, "rules/own_record/own_record.rego", "own_staff if input.subject", "own_staff if {{ input.subject")
	if _, err := policy(t, "book", dir); err == nil || !strings.Contains(err.Error(), "rules/own_record/own_record.rego") || !strings.Contains(err.Error(), "mcr policy check") {
		t.Error(err)
	}
}

func TestPolicyBookBeginsWithWhatChanged(t *testing.T) {
	if testing.Short() {
		t.Skip("all states are gone through, which takes seconds")
	}
	old, next := ownPolicies(t), ownPolicies(t)
	edit(t, next, "data/settings.json", `"minutes": 60`, `"minutes": 61`)
	out, err := policy(t, "book", next, "--against", old)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{"# Policy book", "\n## What changed\n", "Compared with " + old[:4], "> **More is let out.", "Longest emergency, in minutes: 60 → 61", "\n#### In ", "| 60 | 61 |", "\n## The rules\n"} {
		i := strings.Index(out[at:], want)
		if i < 0 {
			t.Fatalf("%q is not told, or not in its place\n%.3000s", want, out)
		}
		at += i
	}
}
