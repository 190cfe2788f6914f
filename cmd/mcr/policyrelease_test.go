package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/policytest"
)

// The way of a change, as two people and a publisher go it: built, approved, signed, published,
// changed, and brought back. What a step lacks is said, and nothing is published.
func TestAReleaseIsMadeByCommands(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	site, trust := in("site"), in("keys.json")
	if err := os.Mkdir(site, 0o700); err != nil {
		t.Fatal(err)
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := policy(t, args...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	refused := func(want string, args ...string) {
		t.Helper()
		if out, err := policy(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q\n%s", args, err, want, out)
		}
	}
	for name, may := range map[string]string{"ann": "approve", "ben": "approve", "region": "sign"} {
		must("key", name, "--may", may, "--out", in(name+".key"), "--add-to", trust)
	}
	if info, err := os.Stat(in("ann.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a private key: %v, %v", info, err)
	}
	refused("exist", "key", "another ann", "--out", in("ann.key"), "--add-to", trust)
	refused("two keys", "key", "ann", "--out", in("ann2.key"), "--add-to", trust)

	policies := in("policies")
	if err := os.CopyFS(policies, policytest.Copied(t)); err != nil {
		t.Fatal(err)
	}
	first := in("first.mcr")
	refused("reason", "build", policies, "--to", site, "--author", "Ann Author", "-o", first)
	out := must("build", policies, "--to", site, "--author", "Ann Author", "--reason", "the first", "-o", first)
	if !strings.Contains(out, "2 more must approve it") || !strings.Contains(out, "by Ann Author: the first") {
		t.Error(out)
	}
	publish := func(file string) []string { return []string{"publish", file, "--trust", trust, "--to", site} }
	refused("not signed", publish(first)...)
	if out := must("diff", policies, first); !strings.Contains(out, "Now:    "+first) { // before somebody approves it
		t.Error(out)
	}
	refused("it is no release", "book", in("ann.key"))
	refused("give the file of the release", "approve", "--key", in("ann.key"))
	refused("mkdir", "status", "--to", in("nowhere"))
	must("approve", first, "--key", in("ann.key"))
	refused("another person must", "approve", first, "--key", in("ann.key"))
	if out := must("sign", first, "--key", in("region.key")); !strings.Contains(out, "signed by region") {
		t.Error(out)
	}
	refused("1 more must", publish(first)...)
	must("approve", first, "--key", in("ben.key"))
	refused("not signed", publish(first)...) // an approval takes the signature away
	must("sign", first, "--key", in("region.key"))
	must(publish(first)...)

	// A folder whose cases fail is neither built nor approved.
	rule := filepath.Join(policies, "rules", "permission", "permission.rego")
	text, err := os.ReadFile(rule)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rule, []byte(strings.Replace(string(text), "some p, _ in usable", "some p, _ in usable\n\tinput.time < 0", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("may not come into force", "build", policies, "--to", site, "--author", "Ann Author", "--reason", "untested", "-o", in("bad.mcr"))

	back := in("back.mcr")
	refused("is no serial", "rollback", "1st", "--to", site, "--author", "Ann Author", "--reason", "x-ray", "-o", back)
	refused("no release was published", "rollback", "9", "--to", site, "--author", "Ann Author", "--reason", "x-ray", "-o", back)
	must("rollback", "1", "--to", site, "--author", "Ann Author", "--reason", "it locked the ward out", "-o", back)
	must("approve", back, "--key", in("ann.key"))
	must("approve", back, "--key", in("ben.key"))
	must("sign", back, "--key", in("region.key"))
	must(publish(back)...)
	refused("brokers never go back", publish(first)...)
	status := must("status", "--to", site)
	for _, want := range []string{"1  ", "2  ", "brings back 1", "approved by ann", "approved by ben"} {
		if !strings.Contains(status, want) {
			t.Errorf("%q is not in:\n%s", want, status)
		}
	}
}
