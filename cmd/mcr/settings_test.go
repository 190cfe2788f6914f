package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An auditor says nothing of addresses, keys and files: they stand in the Caddyfile. What is
// named goes before it, and where it is broken that is told, with a way on.
func TestCommandsReadTheCaddyfile(t *testing.T) {
	elsewhere := t.TempDir()
	s := newSite(t, answering("x"), "trail sqlite "+elsewhere+"/kept.db\n\t\tregistry "+elsewhere+"/facts.db")
	write(t, filepath.Join(s.dir, "facts.ndjson"), testOrder)
	if out, err := s.run("registry", "import", "facts.ndjson"); err != nil || !strings.Contains(out, elsewhere+"/facts.db") {
		t.Fatalf("registry import: %v\n%s", err, out)
	}
	s.start()
	_, refused, _, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u3", "RZ3"), "")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.run("audit", "redeliver"); err != nil || !strings.Contains(out, "Nothing is missing") {
		t.Errorf("beside the broker, by its own admin address: %v\n%s", err, out)
	}
	s.stop()
	in := t.TempDir()
	write(t, filepath.Join(in, "other", "Caddyfile"), "http://127.0.0.1:1 {\n\trespond 200\n}\n")
	caddyfile, err := os.ReadFile(filepath.Join(s.dir, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(in, "broken", "Caddyfile"), strings.Replace(string(caddyfile), "id test", "idd test", 1))
	write(t, filepath.Join(in, "brokers", "Caddyfile"), strings.Replace(string(caddyfile), "id test", "id another", 1))
	act := []string{"--by", "A. Officer", "--reason", "a test"}
	for name, c := range map[string]struct {
		folder string
		args   []string
		holds  string
		fails  bool
	}{
		"tail":                {s.dir, []string{"audit", "tail"}, refused, false},
		"show":                {s.dir, []string{"audit", "show", refused}, refused, false},
		"verify":              {s.dir, []string{"audit", "verify"}, "whole", false},
		"keys":                {s.dir, []string{"audit", "log-key"}, "log mcr/test", false},
		"with --config":       {in, []string{"audit", "tail", "--config", s.dir + "/Caddyfile"}, refused, false},
		"an act":              {s.dir, append([]string{"audit", "rotate-keys"}, act...), "Broker test, with its data in " + s.dir + "/data, as Caddyfile says.", false},
		"redeliver, stopped":  {s.dir, []string{"audit", "redeliver"}, "Nothing is missing", false},
		"another's id":        {s.dir, append([]string{"audit", "rotate-keys", "--id", "another"}, act...), "--id says another, and Caddyfile is the configuration of broker test", true},
		"another's data":      {s.dir, append([]string{"audit", "rotate-keys", "--data", in}, act...), "has the data folder " + s.dir + "/data", true},
		"no Caddyfile":        {in, []string{"audit", "tail"}, "there is no Caddyfile of a broker in this folder: name one with --config", true},
		"another program's":   {filepath.Join(in, "other"), []string{"audit", "tail"}, "there is no Caddyfile of a broker in this folder", true},
		"another's, named":    {in, []string{"audit", "tail", "--config", "other/Caddyfile"}, "reading other/Caddyfile: there is no broker block in it", true},
		"none of that name":   {in, []string{"audit", "tail", "--config", "none"}, "reading none: ", true},
		"a broken one":        {filepath.Join(in, "broken"), []string{"audit", "tail"}, `unknown option "idd"`, true},
		"and what to do":      {filepath.Join(in, "broken"), []string{"registry", "import", "/dev/null"}, "mcr validate tells all that is wrong with it; --config names another", true},
		"which is not needed": {filepath.Join(in, "broken"), []string{"audit", "tail", "--trail", elsewhere + "/kept.db", "--keys", s.dir + "/data/keys"}, refused, false},
		"an act without it":   {filepath.Join(in, "broken"), append([]string{"audit", "rotate-keys", "--trail", elsewhere + "/kept.db", "--data", s.dir + "/data", "--id", "test"}, act...), "New records are of epoch", false},
		"none of its records": {s.dir, []string{"audit", "tail", "--limit", "0"}, "--limit 0: at least one record", true},
		"fewer than none":     {s.dir, []string{"audit", "refused", "--limit", "-1"}, "--limit -1: at least one record", true},
		"since nothing":       {s.dir, []string{"audit", "tail", "--since", "0s"}, "--since 0s: give how long ago", true},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := s.runIn(c.folder, c.args...)
			if (err != nil) != c.fails || !strings.Contains(out, c.holds) {
				t.Errorf("%v\n%s", err, out)
			}
			if strings.Contains(out, `{"level"`) {
				t.Errorf("it says lines for machines:\n%s", out)
			}
		})
	}
}

// Who takes facts in is in their history: also where the user has no name.
func TestTheRegistryIsFilledWithoutANameInTheEnvironment(t *testing.T) {
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "facts.ndjson"), testOrder)
	for _, name := range []string{"USER", "LOGNAME", "SUDO_USER"} {
		t.Setenv(name, "")
	}
	if out, err := s.run("registry", "import", "facts.ndjson"); err != nil || !strings.Contains(out, "1 entries added") {
		t.Errorf("%v\n%s", err, out)
	}
}
