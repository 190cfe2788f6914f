//go:build servers

package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers"
)

// usersOfAct are the users of docs/clickhouse.md: the broker may delete nothing, and the
// officer who erases and retires has no more rights than are written there.
const usersOfAct = `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users>
<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota><access_management>1</access_management></default>
<broker><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota><grants>
	<query>GRANT SELECT, INSERT ON mcr.*</query>
	<query>GRANT SELECT ON system.tables</query><query>GRANT SELECT ON system.settings</query><query>GRANT SELECT ON system.merge_tree_settings</query>
</grants></broker>
<officer><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota><grants>
	<query>GRANT SELECT, INSERT ON mcr.*</query>
	<query>GRANT SELECT ON system.tables</query><query>GRANT SELECT ON system.settings</query><query>GRANT SELECT ON system.merge_tree_settings</query>
	<query>GRANT ALTER DELETE ON mcr.records</query><query>GRANT ALTER DELETE ON mcr.by_patient</query>
	<query>GRANT SELECT ON system.mutations</query><query>GRANT SELECT ON system.parts</query><query>GRANT SELECT ON system.detached_parts</query>
</grants></officer>
</users></clickhouse>`

// The acts of an officer on a trail in ClickHouse go as they do on a file.
func TestServersAPatientsDetailsAreErasedFromClickHouse(t *testing.T) {
	dir := t.TempDir()
	users := filepath.Join(dir, "users.xml")
	if err := os.WriteFile(users, []byte(usersOfAct), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := servers.StartClickHouse(t.Context(), filepath.Join(dir, "server"), users)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	trail := func(user string) string { return "clickhouse://" + user + "@" + server.Native + "/mcr" }
	s := newSite(t, answering("x"), "trail clickhouse "+trail("broker"))
	audit := func(fails bool, args ...string) string {
		t.Helper()
		out, err := s.run(append([]string{"audit"}, args...)...)
		if (err != nil) != fails {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	as := func(user string, args ...string) []string {
		return append(args, "--trail", trail(user), "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "by order of a court")
	}
	asked := func(args ...string) []string {
		return append(args, "--trail", trail("officer"), "--keys", "data/keys")
	}
	audit(false, "migrate", "--trail", trail("default"))
	s.start()
	for range 3 {
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
	}
	s.stop()
	laid := regexp.MustCompile(`Hold (\S+) is laid`).FindStringSubmatch(audit(false, as("broker", "hold", "add", "--patient", "9990000018")...))
	if out := audit(true, as("officer", "erase", "--patient", "9990000018")...); !strings.Contains(out, "a legal hold lies on it") {
		t.Errorf("under a hold:\n%s", out)
	}
	if out := audit(false, as("officer", "retain", "--dry-run")...); !strings.Contains(out, "test: 0 records in 0 runs") {
		t.Errorf("retain:\n%s", out)
	}
	audit(false, as("broker", "hold", "lift", laid[1])...)
	// The broker's own user writes the receipt, and may not delete: what is not done is seen.
	if out := audit(true, as("broker", "erase", "--patient", "9990000018")...); !strings.Contains(out, "ALTER DELETE") {
		t.Errorf("by who may not:\n%s", out)
	}
	if out := audit(true, asked("verify")...); !strings.Contains(out, "mcr audit erase --finish") {
		t.Errorf("verify, not done:\n%s", out)
	}
	if out := audit(false, as("officer", "erase", "--finish")...); !strings.Contains(out, "Details of 4 records") {
		t.Errorf("finish:\n%s", out)
	}
	verified := func(when string) {
		t.Helper()
		if out := audit(false, asked("verify")...); !strings.Contains(out, "whole and unaltered") || !strings.Contains(out, "of 4 of them details were erased") {
			t.Errorf("verify, %s:\n%s", when, out)
		}
	}
	verified("erased")
	if out := audit(false, asked("patient", "9990000018")...); !strings.Contains(out, "No records") {
		t.Errorf("the patient is found:\n%s", out)
	}
	// What the spool holds brings nothing back: by hand, and with the broker running.
	if out := audit(false, "redeliver", "--trail", trail("broker"), "--data", "data", "--id", "test", "--all"); strings.Contains(out, "again: 4") {
		t.Errorf("redelivered:\n%s", out)
	}
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.stop()
	verified("later")
	// A broker whose ClickHouse is away starts all the same, and reads the receipts later.
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.stop()
}
