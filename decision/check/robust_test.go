package check_test

import (
	"hash/fnv"
	"strings"
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
