package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/version"
)

// The commands of the program are those that docs/operating.md lists, in its help and in what a
// shell completes; those that were taken out are refused.
func TestTheCommandsAreThoseOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Commands\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `mcr ([a-z-]+)` \\|").FindAllStringSubmatch(section, -1) {
		documented = append(documented, m[1])
	}
	s := &site{t: t, dir: t.TempDir()}
	help, err := s.run("help")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(help, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var there []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+) `).FindAllStringSubmatch(list, -1) {
		there = append(there, m[1])
	}
	slices.Sort(documented)
	if diff := cmp.Diff(documented, there); diff != "" {
		t.Errorf("docs/operating.md, and the program (-want +got):\n%s", diff)
	}
	if strings.Contains(help, "caddyserver.com") || strings.Contains(help, "caddy run") {
		t.Errorf("the help tells of another program:\n%s", help)
	}
	completed, err := s.run("completion", "bash")
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{"add-package", "remove-package", "upgrade", "file-server", "reverse-proxy", "respond", "environ", "start", "trust", "untrust", "storage", "manpage"} {
		if said, err := s.run(out); err == nil || !strings.Contains(said, "unknown command") {
			t.Errorf("%s: %v\n%s", out, err, said)
		}
		if strings.Contains(completed, `commands+=("`+out+`")`) {
			t.Errorf("a shell completes %s", out)
		}
		if !strings.Contains(section, "`"+out+"`") {
			t.Errorf("docs/operating.md does not say why there is no %s", out)
		}
	}
	const canary = "canary-of-the-environment"
	t.Setenv("MCR_TEST_CANARY", canary)
	for _, args := range [][]string{{"run", "--environ"}, {"run", "--resume"}, {"run", "--watch"}, {"run", "--pingback", "127.0.0.1:1"}, {"adapt", "--validate"}, {"hash-password", "--plaintext", "x"}} {
		if said, err := s.run(args...); err == nil || !strings.Contains(said, "does not take "+args[1]) || strings.Contains(said, canary) {
			t.Errorf("%v: %v\n%s", args, err, said)
		}
	}
}

// One source says which program this is, wherever it is said.
func TestTheVersionIsTheSameEverywhere(t *testing.T) {
	s := newSite(t, answering("x"), "")
	said, err := s.run("version", "--json")
	var v version.Build
	if err != nil || json.Unmarshal([]byte(said), &v) != nil || v.Version == "" || !strings.HasPrefix(v.Go, "go1.") || !strings.HasPrefix(v.Caddy, "v2.") {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, args := range []string{"version", "--version"} {
		if said, err := s.run(args); err != nil || said != v.String()+"\n" {
			t.Errorf("%s: %v %s", args, err, said)
		}
	}
	s.start()
	s.says(`"version":"` + v.Version + `","commit":"` + v.Commit + `"`)
	get := func(path string) string {
		t.Helper()
		answer, err := http.Get("http://" + s.listen + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := `mcr_build_info{caddy="` + v.Caddy + `",commit="` + v.Commit + `",go="` + v.Go + `",version="` + v.Version + `"} 1`
	if text := get("/metrics"); !strings.Contains(text, want) {
		t.Errorf("the metrics lack %s", want)
	}
	var statement struct {
		Software struct{ Version string }
	}
	if text := get("/fhir/metadata"); json.Unmarshal([]byte(text), &statement) != nil || statement.Software.Version != v.Version {
		t.Errorf("the capability statement: %s", text)
	}
	var admin struct{ Version version.Build }
	if text := s.told("/broker"); json.Unmarshal([]byte(text), &admin) != nil || admin.Version != v {
		t.Errorf("the admin address: %s", text)
	}
}
