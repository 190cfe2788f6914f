//go:build servers

package provider_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers"
)

// said is a line of an application: where somebody has to sign in, or what came of asking.
type said struct {
	Visit     string
	Ask       string
	Kind      string // of a token
	Status    int
	Challenge string
	Found     []string
	User      string
}

// run runs an application and signs somebody in wherever it asks for that.
func (w *world) run(t *testing.T, program, modules, who string, environment string, setup object) (asked map[string]said) {
	t.Helper()
	text, err := os.ReadFile(program)
	must(t, err)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, program), text, 0o600))
	must(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
	settings, err := json.Marshal(setup)
	must(t, err)
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(dir, program))
	cmd.Env = append(os.Environ(), environment+"="+string(settings))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	asked = map[string]said{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var line said
		must(t, json.Unmarshal(lines.Bytes(), &line))
		if line.Visit == "" {
			asked[line.Ask+line.Kind] = line
			continue
		}
		back, err := w.Person(w.people[who]).Follow(line.Visit)
		must(t, err)
		_, err = in.Write([]byte(back.String() + "\n"))
		must(t, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s ended with %v:\n%s", program, err, complaint.String())
	}
	return asked
}

// An application asks with openid-client, a library by which many sign in.
func TestServersProviderApplication(t *testing.T) {
	w := start(t)
	modules, err := servers.Installed("provider/node_modules")
	must(t, err)
	asked := w.run(t, "application.mjs", modules, "own-gp", "MCR_APPLICATION",
		object{"issuer": w.Provider.Issuer, "patient": w.patient(t), "callback": callback, "key": signing.private})
	for what, want := range map[string]struct {
		status    int
		challenge string
	}{
		"the code flow with PKCE":                   {200, ""},
		"a token that was renewed":                  {200, ""},
		"a token that was taken back":               {401, "invalid_token"},
		"another token of the same session":         {200, ""},
		"a pushed request, and a client that signs": {200, ""},
		"DPoP":                                    {200, ""},
		"DPoP, again":                             {200, ""},
		"a DPoP token without a proof":            {401, `DPoP`},
		"a DPoP token as a bearer token":          {401, `invalid_token`},
		"a proof that was used before":            {401, `invalid_dpop_proof`},
		"a proof for another address":             {401, `invalid_dpop_proof`},
		"a proof of another key":                  {401, `invalid_token`},
		"a token for the proof's key, not DPoP's": {401, `invalid_token`},
		"DPoP, and a token that is no JWT":        {200, ""},
	} {
		if got := asked[what]; got.Status != want.status || !strings.Contains(got.Challenge, want.challenge) || got.Ask == "" {
			t.Errorf("%s: %+v, want %v", what, got, want)
		}
	}
}

// An application that knows the broker's address finds out by itself where to sign in.
func TestServersProviderSmartLaunch(t *testing.T) {
	w := start(t)
	patient := w.patient(t)
	base := w.fhir()
	asked := w.run(t, "launch.cjs", servers.ClientLibrary(t, "fhirclientjs/node_modules"), "own-gp", "MCR_LAUNCH",
		object{"base": base, "query": strings.TrimPrefix(patient, base+"/"), "callback": callback})
	got := asked["a standalone launch"]
	if got.Status != http.StatusOK || !slices.Contains(got.Found, "Patient") || got.User == "" {
		t.Errorf("%+v", got)
	}
}
