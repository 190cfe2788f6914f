package tried_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/tried"
)

// step is what somebody does to the folder once something was told.
type step struct {
	told string
	do   func(t *testing.T, dir string)
}

// watched watches a folder while the steps are done, one after the other. What is told in
// between is given; it ends once the last words are told.
func watched(t *testing.T, steps []step, last string) (told []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, few(t, "testdata/decisions/restricted.yaml", policytest.With("\n"))); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	var out bytes.Buffer // written to and read by one goroutine
	w := tried.Watched{
		FS: os.DirFS(dir), Name: "ours", Out: &out, Now: func() time.Time { return policytest.Now },
		Wait: func(ctx context.Context) error {
			switch {
			case len(steps) > 0 && strings.Contains(out.String(), steps[0].told):
				told = append(told, out.String())
				out.Reset()
				steps[0].do(t, dir)
				steps = steps[1:]
			case len(steps) == 0 && strings.Contains(out.String(), last):
				stop()
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(5 * time.Millisecond): // what else runs, runs
				return nil
			}
		},
	}
	if err := w.Watch(ctx); err != nil {
		t.Fatal(err)
	}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		t.Fatalf("still waiting for %d steps, or for %q:\n%s", len(steps), last, out.String())
	}
	return append(told, out.String())
}

const restricted = "testdata/decisions/restricted.yaml"

func write(t *testing.T, dir, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// saved writes as editors do: another file beside it, which then takes the name.
func saved(t *testing.T, dir, file, old, next string) {
	t.Helper()
	text := read(t, dir, file)
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	write(t, dir, file+".tmp", strings.Replace(text, old, next, 1))
	if err := os.Rename(filepath.Join(dir, file+".tmp"), filepath.Join(dir, file)); err != nil {
		t.Fatal(err)
	}
}

func TestWhatComesOutOtherwiseIsToldFirst(t *testing.T) {
	const running = "Running: "
	told := watched(t, []step{
		{running, func(t *testing.T, dir string) { saved(t, dir, restricted, "decision: permit", "decision: refuse") }},
		{running, func(t *testing.T, dir string) { saved(t, dir, restricted, "decision: refuse", "decision: permit") }},
		{running, func(t *testing.T, dir string) { // what editors leave is passed over, and what is written is not
			write(t, dir, "rules/restricted/.restricted.rego.swp", "x")
			write(t, dir, "rules/restricted/4913", "")
			write(t, dir, "rules/restricted/restricted.rego~", "x")
			saved(t, dir, "rules/restricted/restricted.rego", "input.time >= input", "input.time > input")
		}},
		{running, func(t *testing.T, dir string) {
			saved(t, dir, "rules/restricted/restricted.rego", "input.time > input", "input.time >= inptu")
		}},
		{"Nothing else is tried", func(t *testing.T, dir string) {
			saved(t, dir, "rules/restricted/restricted.rego", "input.time >= inptu", "input.time >= input")
		}},
	}, "What takes longer is done.\n")
	begins := []string{
		"Watching ours. Ctrl-C ends it.\n\n10:00:00 As the folder is now\n",
		"\n10:00:00 Changed: " + restricted + "\n1 case fails that passed:\n  " + restricted + ", line ",
		"\n10:00:00 Changed: " + restricted + "\n1 case passes that failed:\n  " + restricted + ", line ",
		"\n10:00:00 Changed: rules/restricted/restricted.rego\n",
		"\n10:00:00 Changed: rules/restricted/restricted.rego\n1 fault keeps the tests from being run:\n  rules/restricted/restricted.rego, line ",
		"\n10:00:00 Changed: rules/restricted/restricted.rego\n",
	}
	if len(told) != len(begins) {
		t.Fatalf("%d times something was told: %q", len(told), told)
	}
	for i, begin := range begins {
		if !strings.HasPrefix(told[i], begin) {
			t.Errorf("%d: %s", i, told[i])
		}
	}
	for i, holds := range map[int]string{
		0: "tests pass, 6 cases pass (0.0 s).\n", 1: "      decision: expected refuse, got permit", 3: "that passed:\n", 5: "that failed:\n",
	} {
		if !strings.Contains(told[i], holds) {
			t.Errorf("%d does not say %q: %s", i, holds, told[i])
		}
	}
	if !strings.Contains(told[1], "5 of 6 cases pass") || !strings.Contains(told[2], " 6 cases pass") {
		t.Errorf("%s\n%s", told[1], told[2])
	}
	if end := told[5]; !strings.HasSuffix(end, "All is well: 6 proofs with something missing pass, 2 invariants pass, and every line of the rules is reached.\n\n") {
		t.Errorf("%q", end)
	}
}

// An editor empties a file and then writes it, in parts: only the whole is told of.
func TestAFolderThatIsHalfWrittenIsNotTheLastWord(t *testing.T) {
	whole := ""
	told := watched(t, []step{
		{"Running: ", func(t *testing.T, dir string) {
			whole = read(t, dir, restricted)
			write(t, dir, restricted, "")
		}},
		{"", func(t *testing.T, dir string) { write(t, dir, restricted, whole[:len(whole)/2]) }},
		{"", func(t *testing.T, dir string) { write(t, dir, restricted, whole+"\n# done\n") }},
	}, "What takes longer is done.\n")
	end := strings.Join(told[1:], "")
	if strings.Count(end, "Changed: ") != 1 || !strings.Contains(end, "Changed: "+restricted+"\n") {
		t.Errorf("%q", told)
	}
}

func TestAFolderThatIsAwayIsSaid(t *testing.T) {
	told := watched(t, []step{
		{"Running: ", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "rules"), filepath.Join(dir, ".rules")); err != nil {
				t.Fatal(err)
			}
		}},
		{"Nothing else is tried before", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, ".rules"), filepath.Join(dir, "rules")); err != nil {
				t.Fatal(err)
			}
		}},
	}, "What takes longer is done.\n")
	if !strings.Contains(told[1], " keep the tests from being run") && !strings.Contains(told[1], " keeps the tests from being run") {
		t.Errorf("%q", told)
	}
}
