package book_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// told is what is written of a change.
func told(c book.ChangeList) string {
	var b strings.Builder
	c.Write(&b)
	return b.String()
}

// edit is one value or name of a JSON document that was changed, with the whole text.
type edit struct{ at, was, is, text string }

// edits changes each value and each name of a JSON document, one at a time. Of a long list it
// takes some.
func edits(text string) []edit {
	var out []edit
	var places []int
	d := json.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if err != nil {
			break
		}
		places = append(places, int(d.InputOffset()))
	}
	step := max(1, len(places)/14)
	for i := 0; i < len(places); i += step {
		end := places[i]
		begin := 0
		if i > 0 {
			begin = places[i-1]
		}
		token := strings.TrimLeft(text[begin:end], " \n\t,:")
		is := ""
		switch {
		case strings.HasPrefix(token, `"`):
			is = token[:len(token)-1] + `-otherwise"`
		case token == "true":
			is = "false"
		case token == "false":
			is = "true"
		case token != "" && strings.ContainsAny(token[:1], "0123456789"):
			is = token + "7"
		default:
			continue // a bracket
		}
		out = append(out, edit{fmt.Sprint("byte ", begin), token, is, text[:end-len(token)] + is + text[end:]})
	}
	return out
}

// No change of a list, a setting, a reason or the schema goes untold: whichever value or name
// is changed, what it is now is written, or, of what is only yes or no, that it changed.
func TestEveryChangedValueIsTold(t *testing.T) {
	whole := policytest.Copied(t)
	n, unread := 0, 0
	for _, file := range slices.Sorted(maps.Keys(whole)) {
		if !strings.HasSuffix(file, ".json") {
			continue
		}
		for _, e := range edits(string(whole[file].Data)) {
			n++
			now := maps.Clone(whole)
			now[file] = &fstest.MapFile{Data: []byte(e.text)}
			c, faults, err := book.ListsAlone(whole, now)
			if err != nil {
				t.Fatal(err)
			}
			if faults != nil && strings.Contains(faults.Error(), "unknown field") {
				unread++
				continue // a member that there is not is never served
			}
			out := told(c)
			var read string
			want := e.is
			if json.Unmarshal([]byte(e.is), &read) == nil {
				want = read
			} else if want == "true" || want == "false" {
				want = "→"
			}
			// Long texts are set in; words of one line stay as they are.
			if !strings.Contains(out, want) && !strings.Contains(out, strings.Trim(e.is, `"`)) {
				t.Errorf("%s, %s: %s became %s, and this is told:\n%s", file, e.at, e.was, e.is, out)
			}
			if !strings.Contains(out, "  "+file+": changed") {
				t.Errorf("%s, %s: the file is not named as changed:\n%s", file, e.at, out)
			}
			if t.Failed() {
				return
			}
		}
	}
	if n-unread < 250 {
		t.Errorf("only %d values were changed", n-unread)
	}
	t.Logf("%d values and names; %d further ones that are never read", n-unread, unread)
}

// What changes nothing is told as that: no value, no rule, nothing that may let out more.
func TestFormattingIsToldAsFormatting(t *testing.T) {
	whole := policytest.Copied(t)
	policytest.OnlyCases(whole, "restricted")
	now := maps.Clone(whole)
	for file, f := range whole {
		text := string(f.Data)
		switch {
		case strings.HasSuffix(file, ".json"):
			var b bytes.Buffer
			if err := json.Indent(&b, f.Data, "", "\t"); err != nil {
				t.Fatal(err)
			}
			text = b.String()
		case strings.HasSuffix(file, ".rego"):
			text = "# A remark.\n\n" + strings.ReplaceAll(text, "\n\n", "\n\n\n")
		case strings.HasSuffix(file, ".yaml"):
			text = "# A remark.\n" + text + "\n\n"
		}
		now[file] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := book.Changes(t.Context(), whole, now, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Files {
		if !f.FormOnly {
			t.Errorf("%s is not formatting only: %+v", f.File, f.Details)
		}
	}
	if len(c.Files) < 40 || c.Reach() != book.NoWider || len(c.Lists)+len(c.Settings)+len(c.Reasons)+len(c.Cases) > 0 {
		t.Errorf("%d files, %q:\n%s", len(c.Files), c.Reach(), told(c))
	}
}

// Each line of a rule that is taken out, and each that changes, is told: as what is written
// now, as other words, or as formatting.
func TestEveryChangedRuleIsTold(t *testing.T) {
	whole := policytest.Copied(t)
	policytest.OnlyCases(whole, "restricted")
	n := 0
	for _, file := range slices.Sorted(maps.Keys(whole)) {
		f := whole[file]
		if !strings.HasSuffix(file, ".rego") || strings.HasSuffix(file, "_test.rego") {
			continue
		}
		text := string(f.Data)
		n++
		words := []string{"another description", "another promise", "METADATA of a part", "an author"}
		for name, is := range map[string]string{
			"another description": description.ReplaceAllString(text, "${1}Marrows. "),
			"another promise":     promise.ReplaceAllString(text, "${1}Marrows. "),
			"another rule":        text + "\nmarrows if input.time == 5\n",
			"METADATA of a part":  replaceLast(text, "# title: ", "# title: Marrows "),
			"an author":           strings.Replace(text, "# description: ", "# authors:\n# - Marrows\n# description: ", 1),
		} {
			if name != "another rule" && name != words[n%len(words)] {
				continue // each takes a second
			}
			if is == text {
				t.Errorf("%s: %s is no change", file, name)
				continue
			}
			t.Run(file+" "+name, func(t *testing.T) {
				now := maps.Clone(whole)
				now[file] = &fstest.MapFile{Data: []byte(is)}
				c, err := book.Changes(t.Context(), whole, now, nil)
				if err != nil {
					t.Fatal(err)
				}
				out := told(c)
				if !strings.Contains(strings.ToLower(out), "marrows") || !strings.Contains(out, "  "+file+": changed") {
					t.Errorf("it is not told:\n%s", out)
				}
				if may := c.Reach() != book.NoWider; may != (name == "another rule") {
					t.Errorf("lets out more: %q", c.Reach())
				}
			})
		}
	}
}

// Where a description and a promise begin, on their own line or on the next.
var (
	description = regexp.MustCompile(`(# *description: (?:[>|]-?\n# +)?)`)
	promise     = regexp.MustCompile(`(# *promise: (?:[>|]-?\n# +)?)`)
)

func replaceLast(s, old, next string) string {
	at := strings.LastIndex(s, old)
	if at < 0 {
		return s
	}
	return s[:at] + next + s[at+len(old):]
}

// Git is the judge of which files differ: each is named, and no other.
func TestEveryFileThatGitTellsIsTold(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	whole := policytest.Copied(t)
	for file := range whole {
		if strings.HasSuffix(file, "embed.go") || strings.HasSuffix(file, ".md") {
			delete(whole, file)
		}
	}
	now := maps.Clone(whole)
	n := 0
	for _, file := range slices.Sorted(maps.Keys(whole)) {
		if n++; n%3 == 0 {
			continue
		}
		text := whole[file].Data
		switch {
		case strings.HasSuffix(file, ".json") && n%2 == 0:
			all := edits(string(text))
			text = []byte(all[len(all)/2].text)
		case strings.HasPrefix(file, "testdata/") && n%2 == 0:
			delete(now, file)
			continue
		case strings.HasPrefix(file, "testdata/"):
			text = bytes.Replace(text, []byte("- name: "), []byte("- name: otherwise "), 1)
		default:
			text = append(slices.Clone(text), '\n', '\n')
		}
		now[file] = &fstest.MapFile{Data: text}
	}
	now["data/wards.json"] = &fstest.MapFile{Data: []byte(`{"source": "a list that only this test knows", "night_wards": ["7"]}`)}
	dir := t.TempDir()
	for name, fsys := range map[string]fstest.MapFS{"old": whole, "new": now} {
		if err := os.CopyFS(filepath.Join(dir, name), fsys); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(git, "diff", "--no-index", "--no-renames", "--name-status", "old", "new")
	cmd.Dir = dir
	out, _ := cmd.Output() // it exits with 1 when anything differs
	want := map[string]book.How{}
	for line := range strings.Lines(string(out)) {
		how, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		want[strings.TrimPrefix(strings.TrimPrefix(path, "old/"), "new/")] = map[string]book.How{"A": book.Added, "D": book.Removed, "M": book.Altered}[how]
	}
	c, _, err := book.ListsAlone(whole, now)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]book.How{}
	for _, f := range c.Files {
		got[f.File] = f.How
		if !strings.Contains(told(c), "\n  "+f.File+": ") {
			t.Errorf("%s is not written", f.File)
		}
	}
	if !maps.Equal(got, want) || len(want) < 30 {
		t.Errorf("git tells %d files:\n%v\nand we %d:\n%v", len(want), want, len(got), got)
	}
}
