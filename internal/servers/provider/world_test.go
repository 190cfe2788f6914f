//go:build servers

package provider_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/servers"
	"github.com/mycarerecord/mcr/internal/servers/provider"
)

type object = map[string]any

// world is a source of the demo region with a broker and a console before it, and the
// provider at which people sign in.
type world struct {
	demo.Description
	*provider.Provider
	region  *demo.Region
	loaded  string // the Caddyfile in force
	data    string
	address string            // of broker and console
	secure  string            // of the broker where clients show certificates
	metrics string            // of what Prometheus asks
	people  map[string]string // "sub" by id of the cast
}

func newWorld() (*world, error) {
	data, err := os.MkdirTemp("", "mcr-provider-test-")
	if err != nil {
		return nil, err
	}
	atEnd = append(atEnd, func() error { return os.RemoveAll(data) })
	w := &world{data: data, people: map[string]string{}}
	if w.region, err = demo.Start(context.Background(), demo.Options{}); err != nil {
		return nil, err
	}
	atEnd = append(atEnd, func() error { w.region.Close(); return nil })
	if err := errors.Join(w.know(), os.WriteFile(filepath.Join(data, "client.key"), signing.pem, 0o600),
		os.WriteFile(filepath.Join(data, "console.key"), consoleKey.pem, 0o600),
		free(&w.address), free(&w.secure), free(&w.metrics)); err != nil {
		return nil, err
	}
	w.Description = w.region.Describe("http://" + w.address)
	people, err := w.cast()
	if err != nil {
		return nil, err
	}
	own, err := w.certify("broker")
	if err != nil {
		return nil, err
	}
	w.Provider, err = provider.Start(provider.Setup{Audience: audience, Scope: scopes, People: people, Clients: w.clients(), TLS: own})
	if err != nil {
		return nil, err
	}
	atEnd = append(atEnd, w.Provider.Close, caddy.Stop)
	return w, nil
}

// know tells the broker's registry what the region knows.
func (w *world) know() error {
	facts, err := w.region.RegistryNDJSON()
	if err != nil {
		return err
	}
	return demo.Know(context.Background(), filepath.Join(w.data, "registry.db"), facts)
}

// cast gives the claims of the demo's cast, as the demo's own issuer makes them.
func (w *world) cast() (map[string]map[string]any, error) {
	people := map[string]map[string]any{}
	for _, m := range w.Cast {
		resp, err := http.Post(w.TokenEndpoint, "application/json", strings.NewReader(`{"cast":"`+m.ID+`"}`))
		if err != nil {
			return nil, err
		}
		var answer struct {
			Token string `json:"access_token"`
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return nil, err
		}
		claims, err := claimsOf(answer.Token)
		if err != nil {
			return nil, err
		}
		about := map[string]any{}
		for _, name := range []string{"uid", "name", "nhsid_nrbac_roles", "nhsid_user_orgs", "selected_roleid", "authentication_assurance_level", "id_assurance_level"} {
			about[name] = claims[name]
		}
		w.people[m.ID] = claims["sub"].(string)
		people[w.people[m.ID]] = about
	}
	return people, nil
}

// claimsOf reads what a JWT says, without judging it.
func claimsOf(token string) (claims map[string]any, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("no JWT: %q", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	return claims, err
}

// free finds an address of loopback that nobody listens on.
func free(into *string) error {
	port, err := servers.FreePort()
	*into = fmt.Sprintf("127.0.0.1:%d", port)
	return err
}

// start gives the world with a broker that has read the Caddyfile; change, if given, has
// the last word on it.
func start(t *testing.T, change ...func(*settings)) *world {
	t.Helper()
	w, err := theWorld()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		must(t, errors.Join(w.Away(false), w.Slow(0)))
		if log, err := os.ReadFile(filepath.Join(w.data, "log")); t.Failed() && err == nil {
			t.Logf("the end of the broker's log:\n%s\nthe provider said:\n%s", log[max(0, len(log)-4<<10):], w.Said())
		}
	})
	w.load(t, change...)
	return w
}

// load has the broker read its Caddyfile, unless it has read the same before.
func (w *world) load(t *testing.T, change ...func(*settings)) {
	t.Helper()
	text := w.caddyfile(t, change...)
	if text == w.loaded {
		return
	}
	w.loaded = ""
	config, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	must(t, err)
	for _, warning := range warnings {
		t.Logf("the Caddyfile, line %d: %s", warning.Line, warning.Message)
	}
	must(t, caddy.Load(config, true))
	until(t, func() error {
		resp, err := http.Get("http://" + w.address + "/readyz")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("not ready: %s", body)
		}
		return err
	})
	w.loaded = text
}

// flagged is the first patient of the story with a flag.
func (w *world) flagged(t *testing.T, flag string) demo.DescribedPatient {
	t.Helper()
	i := slices.IndexFunc(w.Patients, func(p demo.DescribedPatient) bool { return slices.Contains(p.Flags, flag) })
	if i < 0 {
		t.Fatalf("nobody is flagged %s", flag)
	}
	return w.Patients[i]
}

// until asks until there is no error. What it waits for matters only where a test fails.
func until(t *testing.T, ask func() error) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			t.Fatal(err)
		case <-tick.C:
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
