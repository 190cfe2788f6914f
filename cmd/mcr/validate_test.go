package main_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listing gives every file below a folder, with its size and when it was written.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == "tmp" { // what is put there is taken away again
			inside, err := os.ReadDir(path)
			fmt.Fprintln(&all, path, inside)
			if err != nil {
				return err
			}
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&all, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// mcr validate makes and changes nothing: not in a folder that is new, nor beside a running
// broker, nor where the data folder was emptied.
func TestValidateMakesNothing(t *testing.T) {
	s := newSite(t, answering("x"), "")
	if err := os.MkdirAll(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	same := func(when string, fails bool, says string) {
		t.Helper()
		before := listing(t, s.dir)
		out, err := s.run("validate")
		if (err != nil) != fails || !strings.Contains(out, says) {
			t.Errorf("%s: %v\n%s", when, err, out)
		}
		if after := listing(t, s.dir); after != before {
			t.Errorf("%s: validate changed something: %s", when, cmp.Diff(before, after))
		}
	}
	same("a new folder", false, "Valid configuration")
	s.change("id test", "id test\n\t\tretention {\n\t\t\tlook 30d\n\t\t}")
	same("a new folder, another configuration", false, "Valid configuration")
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	if out, err := s.run("validate"); err != nil || !strings.Contains(out, "Valid configuration") {
		t.Errorf("beside the running broker: %v\n%s", err, out)
	}
	s.stop()
	same("a folder that was used", false, "Valid configuration")
	data := filepath.Join(s.dir, "data")
	for _, gone := range []string{"registry.db", "spool", "keys"} {
		if err := os.RemoveAll(filepath.Join(data, gone)); err != nil {
			t.Fatal(err)
		}
		same("without "+gone, true, filepath.Join("data", gone)+" is gone, though a broker has run")
	}
	// A log that goes into a file, a site with a certificate of its own.
	s = newSite(t, answering("x"), "")
	if err := os.MkdirAll(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.change("log default {", "log default {\n\t\toutput file "+s.dir+"/logs/mcr.log")
	s.change("auto_https off", "auto_https disable_redirects")
	s.change("http://"+s.listen, "https://"+strings.Replace(s.listen, "127.0.0.1", "localhost", 1))
	same("with a file for the log, and a certificate", false, "Valid configuration")
}

// What mcr validate says goes out by its words and its status; run and reload say the same.
func TestValidateRunAndReloadTellLines(t *testing.T) {
	s := newSite(t, answering("x"), "identity_for soon\n\t\tpatient clear")
	if err := os.MkdirAll(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	line := func(part string) string {
		return fmt.Sprintf("Caddyfile:%d: ", strings.Count(strings.SplitN(read(t, filepath.Join(s.dir, "Caddyfile")), part, 2)[0], "\n")+1)
	}
	for _, command := range []string{"validate", "run"} {
		out, err := s.run(command)
		for _, want := range []string{"2 faults", line("identity_for") + `identity_for: "soon" is not a duration`, line("patient") + "patient:"} {
			if err == nil || !strings.Contains(out, want) {
				t.Errorf("%s does not say %q: %v\n%s", command, want, err, out)
			}
		}
	}
	s.change("identity_for soon\n\t\tpatient clear", "identity_for 1m")
	if out, err := s.run("validate", "--config", "none"); err == nil || !strings.Contains(out, "none") {
		t.Errorf("a file that is not there: %v\n%s", err, out)
	}
	s.start()
	s.change("identity_for 1m", "identity_for 1m\n\t\trevocations none.jsonl")
	s.change("algorithms ES256", "algorithms HS256")
	out, err := s.run("reload")
	for _, want := range []string{"nothing was taken over", line("revocations") + "revocations: there is no file", line("algorithms") + "issuer https://issuer.example: algorithms:"} {
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("reload does not say %q: %v\n%s", want, err, out)
		}
	}
	s.change("identity_for 1m", "identity_for soon")
	out, err = s.run("reload")
	for _, want := range []string{"3 faults", line("identity_for") + "identity_for:", line("revocations") + "revocations:"} {
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("a reload of what cannot be read does not say %q: %v\n%s", want, err, out)
		}
	}
}

// What needs a restart is told before anything is made: each option with what runs and what
// is asked for.
func TestWhatNeedsARestartIsToldFirst(t *testing.T) {
	t.Setenv("MCR_TEST_PASSWORD", "hunter2")
	const options = "registry data/registry.db\n\t\tpatient encrypted\n\t\tmax_held 512MiB\n\t\twalking 30 10m\n" +
		"\t\tspool {\n\t\t\tmax_size 1GiB\n\t\t\tmin_free 64MiB\n\t\t\thold 24h\n\t\t\tcompare_every 1m\n\t\t}\n" +
		"\t\tproof {\n\t\t\torigin mcr\n\t\t\tevery 5s\n\t\t\theartbeat 1m\n\t\t}\n" +
		"\t\ttrail sqlite data/trail.db"
	s := newSite(t, answering("x"), options)
	whole := read(t, filepath.Join(s.dir, "Caddyfile"))
	s.start()
	if err := os.WriteFile(filepath.Join(s.dir, "log.policy"), []byte("quorum none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	inForce := s.inForce()
	names := func() (all string) {
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all += e.Name() + "\n"
		}
		return all
	}
	before := names()
	for _, c := range []struct{ from, to, name, old, new string }{
		{"id test", "id other", "id", "test", "other"},
		{"data " + s.dir + "/data", "data " + s.dir + "/elsewhere", "data", s.dir + "/data", s.dir + "/elsewhere"},
		{"registry data/registry.db", "registry other.db", "registry", "data/registry.db", "other.db"},
		{"trail sqlite data/trail.db", "trail sqlite other.db", "trail", "sqlite data/trail.db", "sqlite other.db"},
		{"trail sqlite data/trail.db", "trail clickhouse clickhouse://mcr:{env.MCR_TEST_PASSWORD}@127.0.0.1:1/mcr", "trail", "sqlite data/trail.db", "clickhouse clickhouse://mcr:{env.MCR_TEST_PASSWORD}@127.0.0.1:1/mcr"},
		{"max_size 1GiB", "max_size 2GiB", "spool max_size", "1.0 GiB", "2.0 GiB"},
		{"min_free 64MiB", "min_free 32MiB", "spool min_free", "64 MiB", "32 MiB"},
		{"hold 24h", "hold 12h", "spool hold", "24h0m0s", "12h0m0s"},
		{"compare_every 1m", "compare_every 2m", "spool compare_every", "1m0s", "2m0s"},
		{"origin mcr", "origin log.example", "proof origin", "mcr", "log.example"},
		{"every 5s", "every 6s", "proof every", "5s", "6s"},
		{"heartbeat 1m", "heartbeat 2m", "proof heartbeat", "1m0s", "2m0s"},
		{"heartbeat 1m", "heartbeat 1m\n\t\t\tpolicy log.policy", "proof policy", "nothing", "log.policy"},
		{"patient encrypted", "patient masked", "patient", "encrypted", "masked"},
		{"max_held 512MiB", "max_held 600MiB", "max_held", "512 MiB", "600 MiB"},
		{"walking 30 10m", "walking off", "walking", "30 10m0s", "off"},
	} {
		write(t, filepath.Join(s.dir, "Caddyfile"), whole)
		s.change(c.from, c.to)
		out, err := s.run("reload")
		for _, want := range []string{"these need a restart, and not a reload", c.name + ": ", c.old + " runs, and here stands ", c.new, "Caddyfile:"} {
			if err == nil || !strings.Contains(out, want) {
				t.Errorf("%s: it does not say %q: %v\n%s", c.to, want, err, out)
			}
		}
		if strings.Contains(out, "hunter2") || strings.Contains(out, "accept-gap") {
			t.Errorf("%s: %s", c.to, out)
		}
	}
	if after := names(); after != before {
		t.Errorf("something was made:\n%s\nbefore:\n%s", after, before)
	}
	if now := s.inForce(); now != inForce {
		t.Errorf("something else is in force: %s, before: %s", now, inForce)
	}
	// Several at once, and with what a reload could take over.
	write(t, filepath.Join(s.dir, "Caddyfile"), strings.NewReplacer("id test", "id other", "hold 24h", "hold 1h", "data "+s.dir+"/data", "data "+s.dir+"/new").Replace(whole))
	if out, err := s.run("reload"); err == nil || strings.Count(out, " runs, and here stands ") != 3 {
		t.Errorf("three changes: %v\n%s", err, out)
	}
	write(t, filepath.Join(s.dir, "Caddyfile"), whole)
	if out, err := s.run("reload"); err != nil {
		t.Errorf("as it was: %v\n%s", err, out)
	}
}

// With debug on, Caddy's loggers say what they are asked: no NHS number, and no id of a patient,
// stands in the log of a configuration that mcr validate takes.
func TestNoPatientStandsInTheLogAtDebug(t *testing.T) {
	s := newSite(t, answering("x"), "")
	s.change("persist_config off", "persist_config off\n\tdebug")
	s.start()
	const number = "9990000018"
	own := s.token("u1", "RZ1")
	for _, target := range []string{
		"/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + number, "/fhir/Observation?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + number,
		"/fhir/Observation?patient=p1&x=" + number, "/fhir/Condition?patient=p1", "/fhir/Procedure?patient=p1", "/fhirr/Patient/" + number, "/" + number, "/fhir/Patient/" + number,
	} {
		for _, token := range []string{own, "", "x" + number} {
			if _, _, _, err := s.ask(http.MethodGet, target, token, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.source.Close() // and when the source is away
	for _, target := range []string{"/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + number, "/fhir/Patient/p1"} {
		if _, _, _, err := s.ask(http.MethodGet, target, own, ""); err != nil {
			t.Fatal(err)
		}
	}
	s.stop()
	said := s.said.String()
	if !strings.Contains(said, `"level":"debug"`) {
		t.Error("debug is not on: nothing is shown")
	}
	for line := range strings.Lines(said) {
		if strings.Contains(line, number) || strings.Contains(line, "Patient/p1") {
			t.Errorf("a patient stands in the log: %s", line)
		}
	}
	// Without the exclusions it would: it is not taken.
	s.change("exclude http.handlers.reverse_proxy http.log.error http.log.access", "level DEBUG")
	if out, err := s.run("validate"); err == nil || !strings.Contains(out, "it takes addresses, which may name patients") {
		t.Errorf("a log that takes addresses: %v\n%s", err, out)
	}
	if out, err := s.run("run"); err == nil || !strings.Contains(out, "it takes addresses, which may name patients") {
		t.Errorf("it starts with a log that takes addresses: %v\n%s", err, out)
	}
}
