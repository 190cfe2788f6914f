package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/replay"
)

// draftWithout writes a draft: the shipped policies, by which nobody who was permitted by the patient is let in.
func draftWithout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	draft := policytest.Changed(t, "rules/permission/permission.rego", policytest.Replace("some p, _ in usable\n\tsome r in relationship.active", "some p, _ in usable\n\tsome r in relationship.active\n\tinput.time < 0"))
	if err := os.CopyFS(dir, draft); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestATrailIsReplayedUnderADraft(t *testing.T) {
	d := policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	data := explainedTrail(t, decidedRecord(d), decidedRecord(d))
	draft, out := draftWithout(t), t.TempDir()
	html, list, report := filepath.Join(out, "r.html"), filepath.Join(out, "r.csv"), filepath.Join(out, "r.json")
	if err := os.WriteFile(list, []byte(strings.Repeat("of last month, for all to read\n", 100)), 0o644); err != nil { //nolint:gosec // that is the fault
		t.Fatal(err)
	}
	got, err := policy(t, "replay", draft, "--data", data, "--html", html, "--csv", list, "--json", report)
	if err != nil {
		t.Fatal(err, got)
	}
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if !regexp.MustCompile(`^2 decisions in \d+\.\d s: 2 would be decided otherwise$`).MatchString(lines[len(lines)-1]) {
		t.Errorf("%s", got)
	}
	f, err := os.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err := csv.NewReader(f).ReadAll(); err != nil || len(rows) != 3 {
		t.Errorf("%v, %v", rows, err)
	}
	var told replay.Report
	text, err := os.ReadFile(report)
	if err == nil {
		err = json.Unmarshal(text, &told)
	}
	if err != nil || told.Kinds[replay.Refused] != 2 {
		t.Errorf("%v, %v", told.Kinds, err)
	}
	for _, path := range []string{html, list, report} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

// A file of records, as "mcr audit tail --json" writes it, is a trail too, and so is standard input.
func TestAFileOfRecordsIsReplayed(t *testing.T) {
	d := policytest.Engine(t).Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	file := filepath.Join(t.TempDir(), "records.jsonl")
	text := append(audit.AppendJSON(nil, decidedRecord(d)), '\n')
	if err := os.WriteFile(file, append([]byte("\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := policy(t, "replay", "shipped", "--trail", file)
	if err != nil || !strings.Contains(got, "1 decisions in ") || !strings.Contains(got, ": 0 would be decided otherwise") {
		t.Errorf("%v: %s", err, got)
	}
	got, err = policy(t, "replay", "shipped", "--trail", file, "--since", "2001-01-01", "--until", "2001-01-02")
	if err != nil || !strings.Contains(got, "0 records, 0 decisions") {
		t.Errorf("outside the days: %v: %s", err, got)
	}
	if err := os.WriteFile(file, append(text, "no record\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := policy(t, "replay", "shipped", "--trail", file); err == nil || !strings.Contains(err.Error(), "line 2 is no record") || strings.Contains(got, "decisions in") {
		t.Errorf("half a file: %v: %s", err, got)
	}
}

func TestAReplayThatMeansNothingIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a slip of the date": {[]string{"shipped", "--since", "2026-13-01"}, "--since"},
		"backwards":          {[]string{"shipped", "--since", "2026-03-02", "--until", "2026-03-01"}, "nothing between them"},
		"none in":            {[]string{"shipped", "--one-in", "0"}, "--one-in"},
		"no organisation":    {[]string{"shipped", "--source-org", "a b"}, "--source-org"},
		"no draft":           {[]string{"not-there", "--data", "nowhere"}, "there is no folder not-there"},
		"no trail":           {[]string{"shipped", "--data", "nowhere"}, "there is no trail"},
	} {
		if got, err := policy(t, append([]string{"replay"}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: %s", name, err, got)
		}
	}
}

// A shell's variable that was never set names no policies, and no record.
func TestAnEmptyNameIsNoName(t *testing.T) {
	for _, args := range [][]string{{"replay", ""}, {"diff", ""}, {"book", ""}, {"explain", ""}} {
		if out, err := policy(t, args...); err == nil || out != "" && !strings.Contains(out, "no name") {
			t.Errorf("%q: %v: %s", args, err, out)
		}
	}
}
