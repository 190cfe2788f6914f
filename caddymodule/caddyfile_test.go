package caddymodule_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	_ "github.com/mycarerecord/mcr/caddymodule"
)

func adapt(t *testing.T, file string, text []byte) ([]byte, error) {
	t.Helper()
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": file})
	return config, err
}

// The root Caddyfile is what a source organisation starts from: it must be valid
// as it stands.
func TestTheDefaultCaddyfileIsAdaptedAndValid(t *testing.T) {
	text, err := os.ReadFile("../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MCR_DATA", t.TempDir())
	config, err := adapt(t, "../Caddyfile", text)
	if err != nil {
		t.Fatal(err)
	}
	var parsed caddy.Config
	if err := json.Unmarshal(config, &parsed); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&parsed); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(config), `"handler":"broker"`) {
		t.Errorf("there is no broker in it: %s", config)
	}
}

// Every option there is stands in the default Caddyfile, set or commented, so
// that an operator finds it there.
func TestTheDefaultCaddyfileShowsEveryOption(t *testing.T) {
	text, err := os.ReadFile("../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, option := range []string{"id ", "data ", "sources ", "policies ", "registry ", "stale_after ", "pool ", "patients ", "trail ", "spool ", "max_size ", "min_free ", "hold ",
		"patient ", "issuer ", "jwks_url ", "audience ", "algorithms ", "preset ", "revocations ", "identity_for ", "walking ", "path ", "base_url ", "socket ", "transport ", "fail_duration ", "health_uri ", "health_interval ",
		"collector ", "console ", "brokers ", "source ", "within ", "in_all ", "at_once ", "each_person ", "max_held ", "issuer ", "client_id ", "client_secret ",
		"clients ", "userinfo ", "unsigned", "introspection ", "private_key ", "key_id ", "key_algorithm ", "assertion_audience ", "keep ", "per_second ", "signed", "untyped", "also ",
		"trail_roles ", "rules_roles ", "region ", "region_roles ", "own_staff", "trail_notice ", "visit_gap ", "idle ", "longest ", "public_url ",
		"alone ", "ods ", "kind ", "telephone ", "timeout ", "max_bytes ", "smart ", "authorization_endpoint ", "token_endpoint ", "jwks_uri ", "scopes ", "capabilities ", "cors ", "origin ",
		"require_bound", "require_scope ", "require_smart_scopes"} {
		if !strings.Contains(string(text), "\t"+option) && !strings.Contains(string(text), "# "+option) {
			t.Errorf("the default Caddyfile does not show %q", option)
		}
	}
}

// The block for the region's own address stands there commented: it must be right
// when an operator takes the # away.
func TestTheCommentedPartOfTheDefaultCaddyfileIsUnderstood(t *testing.T) {
	text, err := os.ReadFile("../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	before, region, found := strings.Cut(string(text), "# {$MCR_REGION:record.example} {\n")
	if !found {
		t.Fatal("the block is not there")
	}
	t.Setenv("MCR_DATA", t.TempDir())
	t.Setenv("MCR_CLIENT_SECRET", "hunter2")
	region = "{$MCR_REGION:record.example} {\n" + strings.ReplaceAll("\n"+region, "\n# ", "\n")
	config, err := adapt(t, "../Caddyfile", []byte(before+region))
	if err != nil {
		t.Fatal(err)
	}
	for _, handler := range []string{`"handler":"collector"`, `"handler":"console"`} {
		if !strings.Contains(string(config), handler) {
			t.Errorf("%s is not in it", handler)
		}
	}
	if err := validate(t, config); err != nil {
		t.Error(err)
	}
	// People's tokens go in clear to no other machine, whoever asks for it.
	err = validate(t, bytes.ReplaceAll(config, []byte("https://broker.riverside.example"), []byte("http://broker.riverside.example")))
	if err == nil || !strings.Contains(err.Error(), "source gp-riverside: broker: http would send") {
		t.Errorf("a broker asked in clear: %v", err)
	}
}

// validate provisions a configuration, as mcr validate does.
func validate(t *testing.T, config []byte) error {
	t.Helper()
	var parsed caddy.Config
	if err := json.Unmarshal(config, &parsed); err != nil {
		t.Fatal(err)
	}
	return caddy.Validate(&parsed)
}

// Golden files: a Caddyfile and the JSON of its broker parts, or every fault that
// must be told, each with file and line.
func TestCaddyfiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range archive.Files {
				parts[f.Name] = strings.TrimSpace(string(f.Data))
			}
			file := filepath.Join(t.TempDir(), "Caddyfile")
			if err := os.WriteFile(file, []byte(parts["Caddyfile"]+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			config, err := adapt(t, file, []byte(parts["Caddyfile"]+"\n"))
			if faults := parts["faults"]; faults != "" {
				if err == nil {
					t.Fatalf("a faulty Caddyfile was taken: %s", config)
				}
				for _, fault := range strings.Split(faults, "\n") {
					if !strings.Contains(err.Error(), fault) {
						t.Errorf("the error does not say %q:\n%v", fault, err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(indented(t, []byte(parts["json"])), indented(t, config)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// What stands after a faulty value is no option of its own.
func TestAFaultIsToldOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Caddyfile")
	text := []byte("{\n\tbroker {\n\t\twalking many 10m\n\t}\n}\n")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := adapt(t, file, text)
	if err == nil || !strings.Contains(err.Error(), "walking: give off") || strings.Contains(err.Error(), "unknown option") {
		t.Errorf("%v", err)
	}
}

func indented(t *testing.T, text []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
