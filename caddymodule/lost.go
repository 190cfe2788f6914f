package caddymodule

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/decision/gate"
)

// asked are the questions that a set of policies has to answer rightly, as they are written,
// by what they are called.
var asked = []struct {
	what string
	in   *regexp.Regexp // files
	name *regexp.Regexp // in them
}{
	{"case", regexp.MustCompile(`^testdata/decisions/[^/]+\.yaml$`), regexp.MustCompile(`(?m)^\s*- name:\s*(.+?)\s*$`)},
	{"invariant", regexp.MustCompile(`^invariants/[^/]+\.yaml$`), regexp.MustCompile(`(?m)^\s*- name:\s*(.+?)\s*$`)},
	{"test", regexp.MustCompile(`_test\.rego$`), regexp.MustCompile(`(?m)^(test_\w+)`)},
}

// mostLost is how many are named of each.
const mostLost = 10

// lost says which questions are no longer asked: whoever takes a case away changes nothing
// today, and takes away what would have told of tomorrow's slip.
func lost(was, is *gate.Set) (lines []string) {
	if was == nil || is == nil || was.Fingerprint == is.Fingerprint {
		return nil
	}
	for _, kind := range asked {
		there := names(is.FS, kind.in, kind.name)
		var gone []string
		for _, name := range names(was.FS, kind.in, kind.name) {
			if !slices.Contains(there, name) {
				gone = append(gone, name)
			}
		}
		for i, name := range gone {
			if i == mostLost {
				lines = append(lines, fmt.Sprintf("and %d %ss more", len(gone)-i, kind.what))
				break
			}
			lines = append(lines, fmt.Sprintf("%s no longer asked: %s", kind.what, name))
		}
	}
	return lines
}

func names(in fs.FS, files, name *regexp.Regexp) (all []string) {
	_ = fs.WalkDir(in, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !files.MatchString(p) {
			return err
		}
		text, err := fs.ReadFile(in, p)
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			called := strings.Trim(m[1], `"'`)
			if strings.HasSuffix(p, ".rego") {
				called = path.Dir(p) + ": " + called
			}
			all = append(all, called)
		}
		return err
	})
	return all
}
