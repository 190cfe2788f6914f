package check_test

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// Whatever is cut out of a file, check says what is wrong, or that nothing is, and
// each fault once and in words: it does not fall over, and does not speak of Go.
func TestCheckOfSpoiltFilesSaysWhatItFinds(t *testing.T) {
	whole := policytest.Copied(t)
	n := 0
	for file, f := range whole {
		h := fnv.New32a()
		_, _ = h.Write([]byte(file))
		if h.Sum32()%6 != 1 {
			continue
		}
		lines := strings.SplitAfter(string(f.Data), "\n")
		at := int(h.Sum32()) % len(lines)
		if at < 0 {
			at = -at
		}
		for name, text := range map[string]string{
			"cut off":        strings.Join(lines[:at], ""),
			"a line gone":    strings.Join(lines[:at], "") + strings.Join(lines[min(at+1, len(lines)):], ""),
			"a letter wrong": strings.Replace(string(f.Data), "e", "x", 1),
		} {
			n++
			in := fstest.MapFS{}
			for p, g := range whole {
				in[p] = g
			}
			in[file] = &fstest.MapFile{Data: []byte(text)}
			faults, rev, err := check.Faults(t.Context(), in)
			if err != nil || (rev == nil) == (len(faults) == 0) {
				t.Errorf("%s, %s: %v, %v", file, name, err, faults)
			}
			told := map[string]bool{}
			for _, f := range faults {
				line := f.Error()
				if told[line] || f.What == "" {
					t.Errorf("%s, %s: told twice, or says nothing: %s", file, name, line)
				}
				told[line] = true
				for _, foreign := range []string{"Go struct", "cannot unmarshal", " json:", "rego_", "__local", "<nil>", "%!", "panic"} {
					if strings.Contains(line, foreign) {
						t.Errorf("%s, %s: speaks of %s: %s", file, name, foreign, line)
					}
				}
			}
			if len(faults) > 12 {
				t.Errorf("%s, %s: %d faults, of which most follow from another: %v", file, name, len(faults), faults)
			}
		}
	}
	if n == 0 {
		t.Error("nothing was spoilt")
	}
}

// Whoever can write to the folder for a moment can neither end the program that reads it nor
// keep it busy: brackets without end are a fault, and so are pipes and the endless.
func TestCheckOfAFolderThatIsMadeToHurtSaysSo(t *testing.T) {
	many := 4 << 20
	for name, one := range map[string]struct{ file, text, says string }{
		"lists within lists":    {"data/deep.json", `{"source": "x", "a": ` + strings.Repeat("[", many), "deep within each other"},
		"objects within":        {"schema/input.json", strings.Repeat(`{"a":`, many), "deep within each other"},
		"brackets of a rule":    {"rules/opt_out/opt_out.rego", "package mcr.rules.opt_out\n\nx := " + strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "too many brackets"},
		"brackets of a test":    {"rules/opt_out/opt_out_test.rego", "package mcr.rules.opt_out_test\n\nx := " + strings.Repeat("{", 20000), "too many brackets"},
		"a rule without end":    {"rules/opt_out/opt_out.rego", "package mcr.rules.opt_out\n\ndeny if {\n" + strings.Repeat("\tinput.time > 0\n", 10000) + "}\n", "longer than a rule may be"},
		"brackets of cases":     {"testdata/decisions/deep.yaml", "a: " + strings.Repeat("[", many), "within each other"},
		"more than policies do": {"data/long.json", strings.Repeat(" ", 64<<20), "holds more than 64 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			in := policytest.Copied(t)
			in[one.file] = &fstest.MapFile{Data: []byte(one.text)}
			faults, _, err := check.Faults(t.Context(), in)
			if err != nil || !strings.Contains(fmt.Sprint(faults), one.says) {
				t.Errorf("%v, %v", faults, err)
			}
		})
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, policytest.Copied(t)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "data", "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	if faults, _, err := check.Faults(t.Context(), os.DirFS(dir)); err != nil || len(faults) != 1 || faults[0].File != "data/pipe.json" {
		t.Errorf("a pipe: %v, %v", faults, err)
	}
}
