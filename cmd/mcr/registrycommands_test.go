package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// of is a facts file in which a feed says that patient p1 is in the care of RZ2, and has a no.
func fullExtract(episodes ...string) string {
	var lines []string
	for _, id := range episodes {
		lines = append(lines, `{"resourceType":"EpisodeOfCare","id":"`+id+`","meta":{"source":"pas"},"status":"active",`+ofPatient("patient")+
			`,"managingOrganization":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ2"}},"period":{"start":"2020-01-01"}}`)
	}
	return strings.Join(lines, "\n") + "\n"
}

var lookID = regexp.MustCompile(`record (\S+) of the trail`)

// Whoever looks into the registry from a terminal is in the trail before anything is shown, with
// the broker running and without; who cannot be recorded sees nothing.
func TestALookIntoTheRegistryIsInTheTrail(t *testing.T) {
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "facts.ndjson"), fullExtract("e1"))
	run := s.ran
	run("registry", "import", "--by", "nightly", "facts.ndjson")
	// No broker has run: there is no trail.
	if out, err := s.run("registry", "show", "9990000018"); err == nil || strings.Contains(out, "RZ2") || !strings.Contains(out, "cannot be recorded in the trail, and so nothing is shown") {
		t.Errorf("without a trail: %v\n%s", err, out)
	}
	s.start()
	looks := []string{lookID.FindStringSubmatch(run("registry", "show", "9990000018", "--by", "alice", "--reason", "the patient of 9990000018 asks"))[1]}
	// From standard input, and as it was before anything was known.
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "registry", "show", "-", "--at", "2026-01-01T12:00")
	cmd.Dir, cmd.Env, cmd.Stdin = s.dir, s.env(), strings.NewReader("9990000018\n")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "What was known at 1 January 2026, 12:00:00 GMT") || !strings.Contains(string(out), "Nothing is on record.") {
		t.Errorf("%v\n%s", err, out)
	}
	looks = append(looks, lookID.FindStringSubmatch(string(out))[1])
	for _, c := range [][]string{{"show", "999 000 0018"}, {"show", "9990000018", "--at", "2026-01-01"}, {"show", "9990000018", "--at", "2999-01-01T00:00"}, {"show", "9990000018", "--by", "  "}} {
		if out, err := s.run(append([]string{"registry"}, c...)...); err == nil || strings.Contains(out, "RZ2") {
			t.Errorf("%v: %v\n%s", c, err, out)
		}
	}
	s.stop()
	told := run("registry", "show", "9990000018", "--by", "bob")
	for _, want := range []string{"NHS number 999 000 0018 (in use)", "in the care of RZ2 (episode); from 1 January 2020, 00:00:00 GMT, without an end", "by nightly", "entry pas|EpisodeOfCare/e1, version 1", "History"} {
		if !strings.Contains(told, want) {
			t.Errorf("want %q in\n%s", want, told)
		}
	}
	looks = append(looks, lookID.FindStringSubmatch(told)[1])
	s.start() // what was recorded in its place is delivered
	s.stop()
	about := run("audit", "patient", "9990000018")
	for i, id := range looks {
		record := run("audit", "show", id)
		if !strings.Contains(about, id) || !strings.Contains(record, "looked at what the registry knows of a patient") || strings.Contains(record, "9990000018") ||
			!strings.Contains(record, []string{"alice", "", "bob"}[i]) {
			t.Errorf("look %d:\n%s", i, record)
		}
	}
	if record := run("audit", "show", looks[0]); !strings.Contains(record, "the patient of") || !strings.Contains(record, "asks") {
		t.Errorf("the reason is missing:\n%s", record)
	}
	// No room for records.
	caddyfile, err := os.ReadFile(s.dir + "/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.dir+"/Caddyfile", strings.Replace(string(caddyfile), "id test\n", "id test\n\t\tspool {\n\t\t\tmin_free 900PiB\n\t\t}\n", 1))
	s.startUntil(503)
	for _, c := range [][]string{{"show", "9990000018"}, {"export", "all.ndjson"}, {"backup", "copy.db"}} {
		if out, err := s.run(append([]string{"registry"}, c...)...); err == nil || strings.Contains(out, "RZ2") || !strings.Contains(out, "nothing is shown") {
			t.Errorf("without room for records: %v\n%s", err, out)
		}
	}
	for _, file := range []string{"all.ndjson", "copy.db"} {
		if _, err := os.Stat(filepath.Join(s.dir, file)); err == nil {
			t.Errorf("%s was made", file)
		}
	}
}

// Where records show no NHS number those of looks show none either, whether the broker writes them
// or the command does in its place.
func TestALookShowsNoNumberWhereNumbersAreMasked(t *testing.T) {
	s := newSite(t, answering("x"), "patient masked")
	write(t, filepath.Join(s.dir, "facts.ndjson"), fullExtract("e1"))
	run := s.ran
	run("registry", "import", "facts.ndjson")
	s.start()
	run("registry", "show", "9990000018")
	s.stop()
	run("registry", "show", "9990000018")
	s.start() // what was recorded in its place is delivered
	s.stop()
	kept := run("audit", "tail", "--json", "--limit", "100")
	if strings.Count(kept, "look-at-registry") < 2 || strings.Contains(kept, "enc1:") || strings.Contains(kept, "enc2:") {
		t.Error(kept)
	}
}

// What is in a registry is counted, carried to another one, and backed up, beside a running broker.
func TestARegistryIsCountedCarriedAndBackedUp(t *testing.T) {
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "facts.ndjson"), fullExtract("e1", "e2")+testOrder)
	run := func(args ...string) string { t.Helper(); return s.ran(append([]string{"registry"}, args...)...) }
	run("import", "--by", "nightly", "facts.ndjson")
	s.start()
	counts := run("counts")
	for _, want := range []string{"3 entries in 3 versions, about 1 NHS numbers", "Permissions in force: 0"} {
		if !strings.Contains(counts, want) {
			t.Errorf("want %q in\n%s", want, counts)
		}
	}
	if !regexp.MustCompile(`(?m)^relationship +active +2 +2 +1$`).MatchString(counts) || !regexp.MustCompile(`(?m)^pas +2 +2 +\d+ \w+ 20\d\d, `).MatchString(counts) || strings.Contains(counts, "999") {
		t.Errorf("counts:\n%s", counts)
	}
	run("export", "all.ndjson")
	if out, err := s.run("registry", "export", "all.ndjson"); err == nil {
		t.Errorf("over a file:\n%s", out)
	}
	// A file that is no good leaves no registry: a broker would start with an empty one.
	whole, err := os.ReadFile(filepath.Join(s.dir, "all.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(s.dir, "half.ndjson"), string(whole[:len(whole)-20]))
	for _, command := range []string{"restore", "import"} {
		out, err := s.run("registry", command, "half.ndjson", "--registry", "other/registry.db")
		left, _ := os.ReadDir(filepath.Join(s.dir, "other"))
		if err == nil || len(left) > 0 {
			t.Errorf("%s of half a file leaves %v: %v\n%s", command, left, err, out)
		}
	}
	run("restore", "all.ndjson", "--registry", "other/registry.db")
	if out, err := s.run("registry", "restore", "all.ndjson", "--registry", "other/registry.db"); err == nil || !strings.Contains(out, "is not empty") {
		t.Errorf("twice: %v\n%s", err, out)
	}
	clock := regexp.MustCompile(` at .*`)
	if other := run("counts", "--registry", "other/registry.db"); clock.ReplaceAllString(other, "") != clock.ReplaceAllString(counts, "") {
		t.Errorf("%s\nis not\n%s", other, counts)
	}
	run("backup", "copy.db")
	for _, file := range []string{"all.ndjson", "other/registry.db", "copy.db"} {
		if info, err := os.Stat(filepath.Join(s.dir, file)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v %v", file, info, err)
		}
	}
	if counted := run("counts", "--registry", "copy.db"); counted != counts {
		t.Errorf("%s\nis not\n%s", counted, counts)
	}
	if out, err := s.run("registry", "counts", "--registry", "nosuch.db"); err == nil || !strings.Contains(out, "there is no registry at nosuch.db") {
		t.Errorf("%v\n%s", err, out)
	}
	s.stop()
	if out, err := s.run("audit", "tail"); err != nil || strings.Count(out, "took a copy of the whole registry") != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}

// A sweep changes nothing unless it is told to, and never when the extract is cut off.
func TestASweepIsADryRunUnlessItIsTold(t *testing.T) {
	s := newSite(t, answering("x"), "")
	facts := filepath.Join(s.dir, "facts.ndjson")
	ids := []string{"e1", "e2", "e3", "e4"}
	write(t, facts, fullExtract(ids...))
	sweep := func(fails bool, want string, args ...string) {
		t.Helper()
		out, err := s.run(append([]string{"registry", "sweep", "--source", "pas"}, args...)...)
		if (err != nil) != fails || !strings.Contains(out, want) || strings.Contains(out, "999") {
			t.Errorf("%v: %v, want %q\n%s", args, err, want, out)
		}
	}
	if out, err := s.run("registry", "import", "--by", "nightly", "facts.ndjson"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	write(t, facts, fullExtract(ids[:3]...))
	later := time.Now().Add(time.Hour) // the extract is of after the import
	if err := os.Chtimes(facts, later, later); err != nil {
		t.Fatal(err)
	}
	sweep(true, "nothing was ended: 1 of 4 openings is more than 5 per cent", "--seen-in", "facts.ndjson", "--end")
	sweep(false, "Nothing was changed; --end ends them.", "--seen-in", "facts.ndjson", "--share", "30")
	sweep(false, "Open for more than 3 years, without an end: 4 relationship", "--years", "3")
	sweep(false, "Recorded since it was made, and left: 1", "--seen-in", "facts.ndjson", "--end", "--made", "2026-01-01T00:00")
	sweep(false, "Openings that are active: 4 relationship", "--seen-in", "facts.ndjson", "--share", "30")
	sweep(false, "1 entries were ended.", "--seen-in", "facts.ndjson", "--end", "--even-so", "--by", "sweeper")
	sweep(false, "Openings that it does not mention: none", "--seen-in", "facts.ndjson", "--end")
	sweep(true, "--end needs the extract", "--end")
}
