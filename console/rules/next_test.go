package rules_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
)

const settings = "data/settings.json"

// edited is a copy of a folder with one text replaced.
func edited(t testing.TB, fsys fstest.MapFS, file, old, next string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for name, f := range fsys {
		out[name] = f
	}
	text := string(out[file].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	out[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, next, 1))}
	return out
}

// broken is a folder that does not compile.
func broken(t testing.TB) (fsys fstest.MapFS, fault string) {
	return edited(t, few(t, "testdata/decisions/opt_out.yaml"), "rules/opt_out/opt_out.rego", "import rego.v2", "import rego.v2\n\nx if input.pateint\n"), "pateint"
}

// inForce is what is in force, as the configuration gives it.
func inForce(fsys fs.FS) func() (fs.FS, bool) { return func() (fs.FS, bool) { return fsys, true } }

// wired is a configuration with all that a deployment has, over a folder that opens more.
func wired(t testing.TB, cfg rules.Config) rules.Config {
	t.Helper()
	now := few(t, "testdata/decisions/emergency_on.yaml")
	rev, err := decision.Load(context.Background(), now, decision.Options{Revision: "2026-03-02.1"})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Engine, cfg.InForce = decision.NewEngine(rev), inForce(now)
	cfg.Candidate = edited(t, edited(t, now, settings, `"enabled": false`, `"enabled": true`), "data/roles.json", `    "R1730": "Receptionist",
`, "")
	cfg.Clock = func() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }
	cfg.Prove = func(context.Context, fs.FS) (*rules.Proof, error) {
		return &rules.Proof{
			States: "1,234,567", Decisions: 890, Bounds: []string{"It is proved for one time only."},
			Invariants: []rules.Invariant{
				{Name: "an opt-out wins", File: "invariants/opt_out.yaml", Line: 6, States: "34,567", Held: true},
				{Name: "nobody is let in unasked", File: "invariants/permission.yaml", Line: 9, States: "99", Broken: "3", When: []string{"The nurse asks."}, Decision: access.Decision{Effect: access.Permit}},
			},
		}, nil
	}
	cfg.Mutants = func(fs.FS) (*rules.Mutation, error) {
		return &rules.Mutation{Said: "It was tried on 2026-03-01", Survivors: 2, Explained: []rules.Explained{{File: settings, What: "a number moved", Why: "It is the region's choice.", By: "the makers"}}}, nil
	}
	cfg.States = func(context.Context, fs.FS, fs.FS) (book.StateChanges, error) {
		return book.StateChanges{Changes: []book.StateChange{{
			Name: "refused because emergency-not-available, now permitted by emergency", In: "4,321", When: []string{"The paramedic asks."},
			Old: access.Decision{Effect: access.Deny}, New: access.Decision{Effect: access.Permit}, Wider: true,
		}}}, nil
	}
	return cfg
}

func TestWhatAFolderWouldChangeIsToldBeforeItIsInForce(t *testing.T) {
	r := open(t, func(cfg *rules.Config) { *cfg = wired(t, *cfg); cfg.FS = cfg.Candidate })
	status, body := r.get(t, "/rules/next")
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	wants(t, body,
		"More is let out", "Setting: Emergency access is in use: no → yes.", "Roles that never see records of other organisations: 1 entry is removed (R1730 Receptionist)",
		"In 4,321 states: refused because emergency-not-available, now permitted by emergency, which nobody has accepted", "Lets out more",
		"Compared with revision 2026-03-02.1", "The paramedic asks.", "data/roles.json")
	if at := strings.Index(body, "More is let out"); at < 0 || at > strings.Index(body, "cases are decided otherwise") {
		t.Error("what lets out more does not come first")
	}
	if !strings.Contains(body, `mcr-rules-result--red`) || !strings.Contains(body, "nhsuk-tag--red") {
		t.Error("it is not red")
	}
}

func TestAFolderThatHoldsWhatIsInForceChangesNothing(t *testing.T) {
	now := few(t, "testdata/decisions/opt_out.yaml")
	r := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Candidate, cfg.InForce = now, now, inForce(now) })
	_, body := r.get(t, "/rules/next")
	wants(t, body, "The folder holds exactly what is in force", "Nothing would change")
	more := edited(t, now, "testdata/decisions/opt_out.yaml", "name: an opt-out wins over a recorded permission", "name: an opt-out wins whatever was recorded")
	r = open(t, func(cfg *rules.Config) { cfg.FS, cfg.Candidate, cfg.InForce = now, more, inForce(now) })
	_, body = r.get(t, "/rules/next")
	wants(t, body, "Nothing that would change lets out more", "an opt-out wins whatever was recorded", "testdata/decisions/opt_out.yaml")
	if strings.Contains(body, "exactly what is in force") {
		t.Error("another case is no change")
	}
}

// Each kind of fault is told with its file, the line where there is one, and what to do.
func TestAFolderThatCannotComeIntoForceSaysWhy(t *testing.T) {
	whole := few(t, "testdata/decisions/opt_out.yaml")
	faulty, _ := broken(t)
	misplaced := edited(t, whole, settings, "60", "60")
	misplaced["rules/opt_out/opt_out.regp"] = &fstest.MapFile{Data: []byte("package x\n")}
	for name, c := range map[string]struct {
		fsys fs.FS
		says []string
	}{
		"does not compile":    {faulty, []string{"rules/opt_out/opt_out.rego:", "pateint", "until these faults are put right"}},
		"a misplaced file":    {misplaced, []string{"rules/opt_out/opt_out.regp", "has no place here"}},
		"a failing case":      {edited(t, whole, "testdata/decisions/opt_out.yaml", "because: [opted-out]", "because: [permission-needed]"), []string{"testdata/decisions/opt_out.yaml:", "expected [permission-needed], got [opted-out]"}},
		"a setting too large": {edited(t, whole, settings, `"minutes": 60`, `"minutes": 99999`), []string{settings, "must be between 1 and 1440"}},
		"no folder at all":    {os.DirFS(filepath.Join(t.TempDir(), "none")), []string{"no such file"}},
		"an empty folder":     {fstest.MapFS{}, []string{"the folder is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Candidate, cfg.InForce = whole, c.fsys, inForce(whole) })
			status, body := r.get(t, "/rules/next")
			if status != http.StatusOK {
				t.Fatal(status)
			}
			wants(t, body, append(c.says, "It does not pass, so it cannot come into force")...)
		})
	}
}

// A pipe in the folder would be waited for by whoever opens it.
func TestAPipeInTheFolderIsWaitedForByNobody(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, few(t, "testdata/decisions/opt_out.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "data", "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, func(cfg *rules.Config) { cfg.Candidate = os.DirFS(dir) })
	_, body := r.get(t, "/rules/next")
	wants(t, body, "data/pipe.json: this is no file")
}

// counting counts how often the rules of a folder are opened.
type counting struct {
	fs.FS
	opened atomic.Int32
}

func (c *counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

func (c *counting) Open(name string) (fs.File, error) {
	if name == "decision.rego" {
		c.opened.Add(1)
	}
	return c.FS.Open(name)
}

// A folder is judged and compared once, faults included, for as long as it is the same.
func TestAFolderIsJudgedOnce(t *testing.T) {
	whole := few(t, "testdata/decisions/opt_out.yaml")
	faulty, _ := broken(t)
	for name, fsys := range map[string]fs.FS{"a good one": edited(t, whole, settings, `"minutes": 60`, `"minutes": 30`), "one with faults": faulty} {
		t.Run(name, func(t *testing.T) {
			folder := &counting{FS: fsys}
			r := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Candidate, cfg.InForce = whole, folder, inForce(whole) })
			r.get(t, "/rules/next")
			first := folder.opened.Swap(0)
			r.get(t, "/rules/next")
			if again := folder.opened.Load(); again != 1 || first <= again {
				t.Errorf("opened %d times for the first page, %d for the second, which only looks whether it is the same", first, again)
			}
		})
	}
}

func TestWithoutAFolderOrWhatIsInForceThePageSaysSo(t *testing.T) {
	whole := few(t, "testdata/decisions/opt_out.yaml")
	r := open(t, func(cfg *rules.Config) { cfg.FS = whole })
	_, body := r.get(t, "/rules/next")
	wants(t, body, "There is no folder: the policies in force are those that came with this program")
	r = open(t, func(cfg *rules.Config) { cfg.FS, cfg.Candidate = whole, whole })
	_, body = r.get(t, "/rules/next")
	wants(t, body, "It passes", "What is in force is not kept here")
}

func TestTheBookShowsWhatWasChecked(t *testing.T) {
	whole := few(t, "testdata/decisions/opt_out.yaml")
	r := open(t, func(cfg *rules.Config) { *cfg = wired(t, *cfg); cfg.FS = whole })
	status, body := r.get(t, "/rules/checks")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	wants(t, body, "It passes", "12 cases pass", "Checked 2 March 2026, 10:00 GMT", "2 invariants over 1,234,567 states", "34,567", "Holds in all",
		"Does not hold in 3", "The smallest state in which it does not hold: nobody is let in unasked", "The nurse asks.", "It is proved for one time only.",
		"It was tried on 2026-03-01", "2 would not be noticed", "It is the region's choice. (the makers)")
	_, body = r.get(t, "/rules")
	wants(t, body, `href="/console/rules/checks"`, `href="/console/rules/next"`)
	r = open(t, func(cfg *rules.Config) { cfg.FS = whole })
	_, body = r.get(t, "/rules/checks")
	wants(t, body, "It is not run here. mcr policy test proves it.", "It is not run here. mcr policy test --mutants tries it.")
}

// What the folder says is text, whatever it holds.
func TestHostileWordsOfACandidateAreText(t *testing.T) {
	const script = `<script>alert(1)</script>`
	whole := few(t, "testdata/decisions/opt_out.yaml")
	hostile := edited(t, whole, "data/roles.json", `"Social Worker Access Role"`, `"`+strings.ReplaceAll(script, "<", `\u003c`)+`"`)
	hostile = edited(t, hostile, "rules/opt_out/opt_out.rego", "# title: Opted out", "# title: "+script)
	r := open(t, func(cfg *rules.Config) { cfg.FS, cfg.Candidate, cfg.InForce = whole, hostile, inForce(whole) })
	_, body := r.get(t, "/rules/next")
	if !strings.Contains(body, "&lt;script&gt;alert(1)") || strings.Contains(body, script) {
		t.Error("what the folder says is not text")
	}
}
