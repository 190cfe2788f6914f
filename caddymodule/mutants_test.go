package caddymodule_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/decision/policytest"
)

func init() { caddy.RegisterModule(probe{}) }

// probe is an app that asks the servers of a configuration while it is provisioned, without a
// port being opened.
type probe struct{}

// asked is what the probe asks of every server; it is given the status and the text.
var asked func(name string, s *caddyhttp.Server)

func (probe) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "probe", New: func() caddy.Module { return new(probe) }}
}
func (*probe) Provision(ctx caddy.Context) error {
	app, err := ctx.App("http")
	if err != nil {
		return err
	}
	for name, server := range app.(*caddyhttp.App).Servers {
		asked(name, server)
	}
	return nil
}
func (*probe) Start() error { return nil }
func (*probe) Stop() error  { return nil }

// mutants gives every text that differs from another in one line or one word that was left
// out, doubled, or swapped with the next. Comments are not looked at.
func mutants(text string) (all []mutant) {
	lines := strings.Split(text, "\n")
	var meant []int
	for i, line := range lines {
		if trimmed := strings.TrimSpace(line); trimmed != "" && !strings.HasPrefix(trimmed, "#") {
			meant = append(meant, i)
		}
	}
	with := func(what string, n int, change func(l []string)) {
		l := append([]string{}, lines...)
		change(l)
		all = append(all, mutant{fmt.Sprintf("%s: %s", what, strings.TrimSpace(lines[n])), strings.Join(l, "\n")})
	}
	for at, i := range meant {
		with("left out", i, func(l []string) { l[i] = "" })
		with("doubled", i, func(l []string) { l[i] += "\n" + l[i] })
		if at+1 < len(meant) {
			with("swapped with the next line", i, func(l []string) { l[i], l[meant[at+1]] = l[meant[at+1]], l[i] })
		}
		indent := lines[i][:len(lines[i])-len(strings.TrimLeft(lines[i], "\t "))]
		words := strings.Fields(lines[i])
		for n := range words {
			put := func(w ...string) func([]string) { return func(l []string) { l[i] = indent + strings.Join(w, " ") } }
			if len(words) > 1 {
				with("without "+words[n], i, put(append(append([]string{}, words[:n]...), words[n+1:]...)...))
			}
			with("twice "+words[n], i, put(append(append([]string{}, words[:n+1]...), words[n:]...)...))
			if n+1 < len(words) {
				w := append([]string{}, words...)
				w[n], w[n+1] = w[n+1], w[n]
				with("swapped "+words[n]+" and "+words[n+1], i, put(w...))
			}
		}
	}
	return all
}

type mutant struct{ what, text string }

// Whatever slips in the Caddyfile that comes with mcr: it is refused, or it means the same, or
// no request without a token gets past a broker, nor reaches the source. A slip of every line
// and word is made; of those a share is tried each time, and all with MCR_ALL_MUTANTS=1.
func TestNoSlipOfTheCaddyfileOpensAnything(t *testing.T) {
	if testing.Short() || policytest.Race {
		t.Skip("provisions hundreds of configurations")
	}
	dir := t.TempDir()
	passedPolicies(t, dir)
	var reached atomic.Int64
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		fmt.Fprint(w, `{"resourceType":"Patient","id":"p1"}`)
	}))
	defer source.Close()
	t.Setenv("MCR_SOURCE_BASE", source.URL+"/fhir")
	t.Setenv("MCR_SOURCE_HOST", strings.TrimPrefix(source.URL, "http://"))
	root := rootCaddyfile(t)
	t.Chdir(t.TempDir()) // a slip may leave out where the data folder is
	t.Setenv("MCR_DATA", filepath.Join(dir, "data"))
	original, err := adapt(t, "Caddyfile", []byte(root))
	if err != nil {
		t.Fatal(err)
	}
	asked = func(string, *caddyhttp.Server) { t.Fatal("nobody is to ask yet") }
	answers := map[int]int{}
	ask := func(what string) func(string, *caddyhttp.Server) {
		return func(name string, s *caddyhttp.Server) {
			for _, path := range []string{"/fhir/Patient/p1", "/fhir/Observation?patient=p1", "/Patient/p1", "/"} {
				for _, host := range []string{"localhost:8443", "127.0.0.1:9180", "localhost"} {
					r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.ServerContextKey, new(http.Server)), http.MethodGet, "http://"+host+path, nil)
					r.Header.Set("Accept", "application/fhir+json")
					w := httptest.NewRecorder()
					s.ServeHTTP(w, r)
					answers[w.Code]++
					metrics := strings.HasPrefix(w.Body.String(), "# HELP ") // on every path of their own site
					if w.Code < 400 && strings.Contains(path, "Patient") && !metrics || strings.Contains(w.Body.String(), `"id":"p1"`) || reached.Load() > 0 {
						t.Errorf("%s: server %s at %s%s answers %d without a token (the source was asked %d times): %s", what, name, host, path, w.Code, reached.Load(), w.Body)
					}
				}
			}
		}
	}
	every := 12
	if os.Getenv("MCR_ALL_MUTANTS") != "" {
		every = 1
	}
	all := mutants(root)
	counts := map[string]int{}
	var passed []string
	for n, m := range all {
		if n%every != 0 {
			continue
		}
		found := caddymodule.CheckFile(t.Context(), "Caddyfile", []byte(m.text), true)
		if len(found.Faults) > 0 {
			counts["refused"]++
			if !strings.Contains(strings.Join(found.Faults, "\n"), "Caddyfile:") {
				counts["refused without a line"]++
				t.Logf("refused without a line: %s: %s", m.what, strings.Join(found.Faults, "\n"))
			}
			continue
		}
		config, err := adapt(t, "Caddyfile", []byte(m.text))
		if err != nil {
			t.Errorf("%s: mcr validate takes it, and it cannot be read: %v", m.what, err)
			continue
		}
		if string(config) == string(original) {
			counts["means the same"]++
			continue
		}
		counts["does no harm"]++
		passed = append(passed, m.what)
		asked = ask(m.what)
		if err := provisioned(t, config, t.TempDir()); err != nil {
			t.Errorf("%s: mcr validate takes it, and it cannot be provisioned: %v", m.what, err)
		}
	}
	if counts["refused"] == 0 || counts["does no harm"] == 0 || answers[http.StatusUnauthorized] == 0 {
		t.Errorf("nothing is shown: %v, answers %v", counts, answers)
	}
	t.Logf("of %d slips, each %dth: %v; answers by status: %v\ntaken, and harmless:\n%s", len(all), every, counts, answers, strings.Join(passed, "\n"))
}

// provisioned provisions a configuration with the probe in it, and takes it down again.
func provisioned(t *testing.T, config []byte, storage string) error {
	t.Helper()
	var c caddy.Config
	if err := json.Unmarshal(config, &c); err != nil {
		t.Fatal(err)
	}
	c.AppsRaw["probe"] = json.RawMessage(`{}`)
	c.StorageRaw = json.RawMessage(fmt.Sprintf(`{"module":"file_system","root":%q}`, storage))
	return caddy.Validate(&c)
}

// What Caddy's own formatter makes of the Caddyfile means the same, and nothing is to be formatted
// in the one that comes with mcr.
func TestTheCaddyfileIsFormattedAndItsFormMeansTheSame(t *testing.T) {
	t.Setenv("MCR_DATA", t.TempDir())
	root := rootCaddyfile(t)
	one, err := adapt(t, "Caddyfile", []byte(root))
	if err != nil {
		t.Fatal(err)
	}
	spread := strings.NewReplacer("\t", "  ", " {\n", "   {\n\n").Replace(root)
	for name, text := range map[string]string{"itself": root, "ill formatted": spread} {
		formatted := string(caddyfile.Format([]byte(text)))
		if name == "itself" && formatted != root {
			t.Error("the Caddyfile is not as caddy fmt writes it")
		}
		other, err := adapt(t, "Caddyfile", []byte(formatted))
		if err != nil || string(other) != string(one) {
			t.Errorf("%s: formatted, it means something else: %v", name, err)
		}
	}
}
