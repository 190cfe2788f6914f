package caddymodule_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Attack 155: Caddy takes nothing over when the configuration is the same as before. What it
// names and reads is part of it: each file that changes makes it another, also one behind a
// link, as files are mounted in Kubernetes.
func TestAttack155WhatTheConfigurationReadsIsPartOfIt(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	put("policies/decision.rego", "package mcr")
	put("policies/rules/a/a.rego", "package mcr.rules.a")
	put("policies/testdata/decisions/a.yaml", "title: a")
	put("sources/a.yaml", "name: A")
	put("mounted/linked.yaml", "name: L")
	if err := os.Symlink(filepath.Join(dir, "mounted/linked.yaml"), filepath.Join(dir, "sources/linked.yaml")); err != nil {
		t.Fatal(err)
	}
	put("jwks.json", "{}")
	secret := put("secret", "one")
	file := fmt.Appendf(nil, `{
	broker {
		id a
		policies %[1]s/policies
		sources %[1]s/sources
		issuer https://issuer.example {
			jwks_file %[1]s/jwks.json
			audience x
		}
	}
}
http://127.0.0.1:1 {
	handle /console* {
		console {
			public_url http://127.0.0.1:1
			client_id x
			client_secret {file.%[2]s}
		}
	}
}
`, dir, secret)
	read := func() []byte {
		t.Helper()
		config, err := adapt(t, filepath.Join(dir, "Caddyfile"), file)
		if err != nil {
			t.Fatal(err)
		}
		return config
	}
	before := read()
	if again := read(); !bytes.Equal(before, again) {
		t.Fatal("nothing changed, and the configuration is another")
	}
	for _, name := range []string{"policies/decision.rego", "policies/rules/a/a.rego", "policies/testdata/decisions/a.yaml", "sources/a.yaml", "mounted/linked.yaml", "jwks.json", "secret"} {
		path := put(name, "changed")
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		after := read()
		if bytes.Equal(before, after) {
			t.Errorf("%s changed, and the configuration is the same", name)
		}
		before = after
	}
	put("policies/rules/b/b.rego", "package mcr.rules.b")
	if after := read(); bytes.Equal(before, after) {
		t.Error("a rule was added, and the configuration is the same")
	}
}
