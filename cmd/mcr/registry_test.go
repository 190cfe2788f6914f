package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const (
	patientOne = `{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}`
	testOrder  = `{"resourceType":"ServiceRequest","id":"t1","status":"active","intent":"order","category":[{"coding":[{"system":"http://snomed.info/sct","code":"108252007"}]}],` +
		`"subject":` + patientOne + `,"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RZ2"}}],"authoredOn":"2026-01-01"}`
)

// An organisation's first afternoon: the facts are there before the broker is.
func TestTheRegistryIsFilledBeforeTheFirstStart(t *testing.T) {
	s := newSite(t, answering("CANARY-lab"), "")
	write(t, filepath.Join(s.dir, "facts.ndjson"), strings.Replace(testOrder, `"order"`, `"proposal"`, 1))
	out, err := s.run("registry", "import", "--by", "test", "facts.ndjson")
	if err != nil || !strings.Contains(out, "there is no registry at "+filepath.Join(s.dir, "data/registry.db")+" yet") ||
		!strings.Contains(out, "1 resources: 0 entries added, 0 changed, 0 unchanged\nwithout effect now:\n  1 ServiceRequest: intent proposal, orders nothing\n") {
		t.Fatalf("%v\n%s", err, out)
	}
	for path, want := range map[string]os.FileMode{"data": 0o700 | os.ModeDir, "data/registry.db": 0o600} {
		if info, err := os.Stat(filepath.Join(s.dir, path)); err != nil || info.Mode() != want {
			t.Errorf("%s is %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
	s.start()
	look := func(want int) {
		t.Helper()
		status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1&category=laboratory", s.token("u2", "RZ2"), "")
		if err != nil || status != want || strings.Contains(text, "CANARY-lab") != (want == http.StatusOK) {
			t.Errorf("%d %v %s, want %d", status, err, text, want)
		}
	}
	look(http.StatusForbidden)
	// And beside the running broker, at once.
	write(t, filepath.Join(s.dir, "facts.ndjson"), testOrder)
	out, err = s.run("registry", "import", "--by", "test", "facts.ndjson")
	if err != nil || out != "1 resources: 1 entries added, 0 changed, 0 unchanged\n" {
		t.Fatalf("%v\n%s", err, out)
	}
	look(http.StatusOK)
}

func TestARegistryWhoseFileIsNamedIsMadeWhereItIs(t *testing.T) {
	s := newSite(t, answering("x"), "registry "+"facts/here/registry.db")
	write(t, filepath.Join(s.dir, "facts.ndjson"), testOrder)
	if out, err := s.run("registry", "import", "--registry", "facts/here/registry.db", "facts.ndjson"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1&category=laboratory", s.token("u2", "RZ2"), ""); err != nil || status != http.StatusOK {
		t.Errorf("%d %v %s", status, err, text)
	}
}

func TestRootDoesNotMakeARegistryThatTheBrokerCannotOpen(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes files in other users' folders")
	}
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "facts.ndjson"), testOrder)
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Chown(data, 4711, 4711); err != nil {
		t.Skip(err)
	}
	out, err := s.run("registry", "import", "facts.ndjson")
	if err == nil || !strings.Contains(out, "belongs to user 4711: import as that user") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(data, "registry.db")); err == nil {
		t.Error("a registry was made all the same")
	}
}

func TestAFileThatIsNotTakenSaysWhatToDo(t *testing.T) {
	s := newSite(t, answering("x"), "")
	write(t, filepath.Join(s.dir, "facts.ndjson"), "\xef\xbb\xbf"+testOrder+"\n"+strings.Replace(testOrder, `"status"`, `"doNotPerform":"yes","status"`, 1))
	out, err := s.run("registry", "import", "facts.ndjson")
	for _, want := range []string{"nothing was imported, 3 to correct", "line 1: begins with a byte order mark", "line 2: ServiceRequest: doNotPerform is not true or false",
		"line 2: ServiceRequest: is the same resource as line 1"} {
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%v\n%s\nwant %s", err, out, want)
		}
	}
}
