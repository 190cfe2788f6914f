package caddymodule_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// pemKey makes a private key.
func pemKey(t *testing.T) []byte {
	t.Helper()
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(made)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// A private key has lines, which other secrets have not.
func TestAPrivateKeyComesFromAFile(t *testing.T) {
	key := string(pemKey(t))
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MCR_TEST_KEY", key)
	t.Setenv("MCR_TEST_SECRET", "hunter2")
	for _, text := range []string{"{file." + path + "}", "{env.MCR_TEST_KEY}"} {
		if value, err := caddymodule.SecretKeyOf("private_key", text); err != nil || strings.TrimSpace(value) != strings.TrimSpace(key) {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := caddymodule.SecretOf("client_secret", text); err == nil {
			t.Errorf("%s: taken for a password", text)
		}
	}
	for text, fault := range map[string]string{"{env.MCR_TEST_SECRET}": "no private key in PEM", key: "stands in clear", "{env.MCR_TEST_NOTHING}": "stands for nothing"} {
		if _, err := caddymodule.SecretKeyOf("private_key", text); err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("want %q: %v", fault, err)
		}
	}
}

// The files of the broker's secrets are no pages, wherever they stand, and in nobody's answer.
func TestNoSiteHandsOutTheFilesOfSecrets(t *testing.T) {
	if policytest.Race {
		t.Skip("a configuration for each way, without the race detector: make test runs them by name")
	}
	dir := t.TempDir()
	for _, name := range []string{"etc/secret", "tls/key.pem", "pages/index.html"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("hunter2"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const whole = `{
	admin unix/%[1]s/admin.sock
	persist_config off
	auto_https off
	servers {
		listener_wrappers {
			broker
		}
	}
	log default {
		exclude http.log.error http.log.access
	}
	broker {
		id wend-1
		data %[1]s/data
		trail clickhouse clickhouse://mcr:{env.MCR_TEST_TRAIL}@db.invalid:9440/mcr
		issuer https://issuer.example {
			jwks_url https://issuer.example/jwks
			audience https://mycarerecord.example
			introspection https://issuer.example/introspect {
				client_id mcr
				client_secret {file.%[1]s/etc/secret}
			}
		}
	}
}
http://127.0.0.1:8080 {
	handle /fhir* {
		broker gp-riverside {
			base_url https://fhir.invalid/fhir
			transport {
				tls_client_auth %[1]s/tls/cert.pem %[1]s/tls/key.pem
			}
		}
	}
	handle /pages* {
		%[2]s
	}
}
`
	t.Setenv("MCR_TEST_TRAIL", "hunter2")
	t.Setenv("MCR_TEST_CONSOLE", "hunter2")
	for pages, wrong := range map[string]string{
		"root * DIR/pages\n\t\tfile_server":                    "",
		"root * DIR/etc\n\t\tfile_server":                      "what the broker keeps in DIR/etc/secret",
		"file_server {\n\t\t\troot DIR/tls\n\t\t}":             "what the broker keeps in DIR/tls/key.pem",
		"respond \"{file.DIR/etc/secret}\"":                    "holds the file DIR/etc/secret",
		"header X-Key {file.DIR/tls/key.pem}\n\t\trespond 204": "holds the file DIR/tls/key.pem",
		"respond \"is {env.MCR_TEST_TRAIL}\"":                  "holds the variable MCR_TEST_TRAIL, from which the broker takes a secret; take {env.MCR_TEST_TRAIL} away",
		"console {\n\t\t\tclient_secret {env.MCR_TEST_CONSOLE}\n\t\t}\n\t\thandle /pages/x {\n\t\t\trespond {env.MCR_TEST_CONSOLE}\n\t\t}": "holds the variable MCR_TEST_CONSOLE",
		"respond {env.HOME}": "could answer with {env.HOME}",
		"broker_revoke {\n\t\t\tclient portal {env.MCR_TEST_CONSOLE}\n\t\t\tclient app {file.DIR/etc/secret}\n\t\t}": "",
	} {
		file := filepath.Join(dir, "Caddyfile")
		text := fmt.Sprintf(whole, dir, strings.ReplaceAll(pages, "DIR", dir))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		said := strings.Join(caddymodule.CheckFile(t.Context(), file, []byte(text), true).Faults, "\n")
		if want := strings.ReplaceAll(wrong, "DIR", dir); !strings.Contains(said, want) || wrong == "" && (strings.Contains(said, "keeps") || strings.Contains(said, "holds the")) {
			t.Errorf("%s: want %q, got %q", pages, want, said)
		}
	}
}

// A reload takes over what is otherwise than before: a secret that was written anew is, for every
// directive that takes one.
func TestAReloadSeesThatASecretWasWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for _, directive := range []string{
		"broker_revoke {\nclient portal {file." + path + "}\n}",
		"console {\nclient_secret {file." + path + "}\n}",
		"console {\nprivate_key {file." + path + "}\n}",
	} {
		var read []string
		for _, text := range []string{"hunter2", "hunter22"} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(":8080 {\n"+directive+"\n}\n"), map[string]any{"filename": "Caddyfile"})
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, string(config))
		}
		if read[0] == read[1] || strings.Contains(read[1], "hunter") {
			t.Errorf("%s: %s", directive, read[1])
		}
	}
}
