package demo_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/token"
)

var update = flag.Bool("update", false, "write the golden files anew")

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// region is one for all tests that only look at it.
var region = sync.OnceValues(func() (*demo.Region, error) {
	return demo.Start(context.Background(), demo.Options{Trail: "data/trail.db"})
})

func start(t testing.TB) *demo.Region {
	t.Helper()
	r, err := region()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var port = regexp.MustCompile(`127\.0\.0\.1:(?:[0-9]{4,5})`)

// golden compares with a file of testdata; ports of the kernel are written PORT.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = port.ReplaceAllStringFunc(got, func(s string) string {
		if s == "127.0.0.1:8080" {
			return s
		}
		return "127.0.0.1:PORT"
	})
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); if it is meant, go test ./internal/demo -update:\n%s", path, diff)
	}
}

// Programs outside read this document: a change here breaks them.
func TestDescribeStaysAsItIs(t *testing.T) {
	d := start(t).Describe("http://127.0.0.1:8080")
	if len(d.Sources) != 12 || len(d.Cast) != 14 || len(d.Patients) != 200 {
		t.Fatalf("%d sources, %d of the cast, %d patients", len(d.Sources), len(d.Cast), len(d.Patients))
	}
	for _, p := range d.Patients {
		if p.Flags == nil {
			t.Errorf("%s: flags would be null", p.Name)
		}
	}
	d.Patients = d.Patients[:16] // the story and two more
	d.Hostile.Behaviours = d.Hostile.Behaviours[:2]
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "describe.json", string(text)+"\n")
}

func TestCaddyfile(t *testing.T) {
	text, err := start(t).Caddyfile(demo.CaddyfileOptions{Listen: "127.0.0.1:8080", Data: "/var/my data"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "Caddyfile", text)
	own, err := start(t).Caddyfile(demo.CaddyfileOptions{Listen: "127.0.0.1:8080", Data: "/var/my data", Policies: "/my rules"})
	if err != nil || !strings.Contains(own, `policies "/my rules"`) {
		t.Errorf("%v: %s", err, own)
	}
	// Metrics name the sources' own addresses: they stand at one of their own (attack 153).
	own, err = start(t).Caddyfile(demo.CaddyfileOptions{Listen: "127.0.0.1:8080", Data: "/var/data", Metrics: "127.0.0.1:9180"})
	if site, metrics, ok := strings.Cut(own, "\nhttp://127.0.0.1:9180 {"); err != nil || !ok || strings.Contains(site, "metrics /metrics") || !strings.Contains(metrics, "metrics /metrics") {
		t.Errorf("%v: %s", err, own)
	}
}

func TestCommandsAreTenAndStandAlone(t *testing.T) {
	var text strings.Builder
	d := start(t).Describe("http://127.0.0.1:8080")
	for i, c := range demo.Commands(d, morning) {
		if c.Number != i+1 {
			t.Errorf("command %d is numbered %d", i+1, c.Number)
		}
		text.WriteString("# " + c.Title + "\n" + c.Shell + "\n\n")
	}
	golden(t, "commands.sh", text.String())
}

func TestStartListensOnThisMachineOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "nonsense"} {
		if r, err := demo.Start(t.Context(), demo.Options{Issuer: address}); err == nil {
			r.Close()
			t.Errorf("started on %s", address)
		}
	}
}

// The product's own verifier takes the issuer's tokens, for everyone of the cast.
func TestTheVerifierTakesTheTokens(t *testing.T) {
	r := start(t)
	d := r.Describe("http://127.0.0.1:8080")
	v, err := token.New(token.Config{Issuers: []token.Issuer{{
		Name: d.Issuer, JWKSURL: d.Issuer + "/jwks", Audience: []string{issuer.Audience}, Algorithms: []string{"ES256"}, Preset: "cis2",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	users := map[string]bool{}
	for _, m := range d.Cast {
		resp, err := http.Post(d.TokenEndpoint, "application/json", strings.NewReader(`{"cast":"`+m.ID+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		subject, err := v.Verify(t.Context(), token.Bearer(answer.AccessToken))
		if err != nil {
			t.Errorf("%s: %v", m.ID, err)
			continue
		}
		if subject.Organisation.String() != m.Organisation || subject.Name != m.Name || subject.RoleName != m.Role || users[subject.UserID] {
			t.Errorf("%s is verified as %+v", m.ID, subject)
		}
		users[subject.UserID] = true
		if !slices.ContainsFunc(d.Sources, func(s demo.DescribedSource) bool { return s.ODS == m.Organisation }) {
			t.Errorf("%s works for %s, which is no source", m.ID, m.Organisation)
		}
	}
}
