package check_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// slipFile is one file of testdata/slips: slips of a kind, each an edit of a copy
// of the shipped policies and what check has to say of it, once.
type slipFile struct {
	Title string `yaml:"title"`
	Slips []slip `yaml:"slips"`
}

type slip struct {
	Name  string `yaml:"name"`
	From  string `yaml:"from"`  // who else tells of this slip: a rule of Regal, a page of OPA's
	Edits []edit `yaml:"edits"` // in order
	File  string `yaml:"file"`  // where the fault is; empty: the first edit's
	At    string `yaml:"at"`    // a text in the line that must be told; empty: the first edit's new text; "-": the whole file
	Says  []string
	// Passes: nothing is wrong with it, and nothing may be told.
	Passes bool `yaml:"passes"`
}

// edit changes one file.
type edit struct {
	File       string  `yaml:"file"`
	Old        string  `yaml:"old"`
	New        string  `yaml:"new"`
	Everywhere bool    `yaml:"everywhere"`
	Append     string  `yaml:"append"`
	Condition  string  `yaml:"condition"` // of a further body of opt_out's deny
	Add        *string `yaml:"add"`
	Bytes      string  `yaml:"bytes"` // put in front, with \x escapes
	Remove     bool    `yaml:"remove"`
	To         string  `yaml:"to"` // its new name
}

const optOut = "rules/opt_out/opt_out.rego"

func (e *edit) apply(t *testing.T, in fstest.MapFS) {
	t.Helper()
	if e.Condition != "" {
		e.File = optOut
		e.Append = "\ndeny contains {\"reason\": \"opted-out\"} if {\n\t" + strings.ReplaceAll(strings.TrimSpace(e.Condition), "\n", "\n\t") + "\n}\n"
	}
	if e.Add != nil {
		in[e.File] = &fstest.MapFile{Data: []byte(*e.Add)}
		return
	}
	was := in[e.File]
	if e.Remove {
		n := 0
		for p := range in {
			if p == e.File || strings.HasPrefix(p, e.File+"/") {
				delete(in, p)
				n++
			}
		}
		if n == 0 {
			t.Fatalf("there is no %s to remove", e.File)
		}
		return
	}
	if was == nil {
		t.Fatalf("there is no %s to edit", e.File)
	}
	text := string(was.Data)
	switch {
	case e.To != "":
		delete(in, e.File)
		in[e.To] = was
		return
	case e.Append != "":
		text += e.Append
	case e.Bytes != "":
		text = e.Bytes + text
	default:
		if !strings.Contains(text, e.Old) {
			t.Fatalf("%s does not hold %q", e.File, e.Old)
		}
		n := 1
		if e.Everywhere {
			n = -1
		}
		text = strings.Replace(text, e.Old, e.New, n)
	}
	in[e.File] = &fstest.MapFile{Data: []byte(text)}
}

func slipFiles(t *testing.T) []slipFile {
	t.Helper()
	files, err := filepath.Glob("testdata/slips/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no slips: %v", err)
	}
	var out []slipFile
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var f slipFile
		d := yaml.NewDecoder(bytes.NewReader(text))
		d.KnownFields(true)
		if err := d.Decode(&f); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, f)
	}
	return out
}

// made remembers what was found for each slip: the page is made of the same.
var made sync.Map

type found struct {
	in     fstest.MapFS
	faults []check.Fault
}

// slipped gives the folder with the slip made, and the faults that check finds.
func (s *slip) slipped(t *testing.T) (fstest.MapFS, []check.Fault) {
	t.Helper()
	key := fmt.Sprintf("%+v", *s)
	if f, ok := made.Load(key); ok {
		return f.(found).in, f.(found).faults
	}
	in := policytest.Copied(t)
	for _, e := range s.Edits {
		e.apply(t, in)
	}
	faults, _, err := check.Faults(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	made.Store(key, found{in, faults})
	return in, faults
}

// Every slip is told by check: once, with file, line and what to do.
func TestEverySlipIsCaughtOnce(t *testing.T) {
	for _, f := range slipFiles(t) {
		for i, s := range f.Slips {
			if policytest.Race && i%20 != 0 {
				continue
			}
			t.Run(f.Title+"/"+s.Name, func(t *testing.T) {
				t.Parallel()
				in, faults := s.slipped(t)
				if s.Passes {
					if len(faults) > 0 {
						t.Errorf("told though nothing is wrong: %v", faults)
					}
					return
				}
				if len(faults) != 1 {
					t.Errorf("told %d times, and once is right:", len(faults))
					for _, f := range faults {
						t.Logf("  %s", f.Error())
					}
					return
				}
				s.compare(t, in, faults[0])
			})
		}
	}
}

func (s *slip) compare(t *testing.T, in fstest.MapFS, got check.Fault) {
	t.Helper()
	file, at := s.File, s.At
	if file == "" {
		file = s.Edits[0].File
		if s.Edits[0].Condition != "" {
			file = optOut
		}
		if s.Edits[0].To != "" {
			file = s.Edits[0].To
		}
	}
	if got.File != file {
		t.Errorf("told of %q, and it is in %q", got.File, file)
	}
	if at == "" {
		at = firstLine(s.Edits[0].New)
		if s.Edits[0].Condition != "" {
			at = firstLine(s.Edits[0].Condition)
		}
	}
	want := 0
	if f := in[file]; f != nil && at != "-" && at != "" {
		begin := strings.Index(string(f.Data)+"END", at)
		if begin < 0 {
			t.Fatalf("%s does not hold %q", file, at)
		}
		want = 1 + strings.Count(string(f.Data)[:begin], "\n")
	}
	if got.Line != want {
		t.Errorf("told of line %d, and it is in line %d", got.Line, want)
	}
	if got.Do == "" {
		t.Error("it is not said what to do")
	}
	for _, word := range s.Says {
		if !strings.Contains(got.What+"\n"+got.Do, word) {
			t.Errorf("%q is not said", word)
		}
	}
	if t.Failed() {
		t.Logf("told: %s", got.Error())
	}
}

func firstLine(s string) string {
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			return l
		}
	}
	return ""
}

func TestTheShippedPoliciesHaveNoFault(t *testing.T) {
	faults, rev, err := check.Faults(t.Context(), policies.FS)
	if err != nil || rev == nil || len(faults) > 0 {
		t.Fatalf("%v, %v", err, faults)
	}
}

func BenchmarkFaults(b *testing.B) {
	for b.Loop() {
		if faults, _, err := check.Faults(b.Context(), policies.FS); err != nil || len(faults) > 0 {
			b.Fatal(err, faults)
		}
	}
}
