//go:build servers

package main_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/servers"
)

// The acts of an officer on a trail in ClickHouse go as they do on a file. The users are those of
// mcr audit access: the broker may delete nothing, and the eraser has no more rights than it needs.
func TestServersAPatientsDetailsAreErasedFromClickHouse(t *testing.T) {
	server, err := servers.StartClickHouse(t.Context(), t.TempDir(), usersFile(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	trail := func(user string) string {
		return "clickhouse://" + user + ":{env.MCR_TRAIL_PASSWORD}@" + server.Native + "/mcr"
	}
	s := newSite(t, answering("x"), "trail clickhouse "+trail("mcr_writer"))
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
		return append(args, "--trail", trail("mcr_eraser"), "--keys", "data/keys")
	}
	audit(false, "migrate", "--trail", trail("mcr_migrator"))
	s.start()
	for range 3 {
		if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
			t.Fatal(status, text, err)
		}
	}
	s.stop()
	laid := regexp.MustCompile(`Hold (\S+) is laid`).FindStringSubmatch(audit(false, as("mcr_writer", "hold", "add", "--patient", "9990000018")...))
	if out := audit(true, as("mcr_eraser", "erase", "--patient", "9990000018")...); !strings.Contains(out, "a legal hold lies on it") {
		t.Errorf("under a hold:\n%s", out)
	}
	if out := audit(false, as("mcr_eraser", "retain", "--dry-run")...); !strings.Contains(out, "test: 0 records in 0 runs") {
		t.Errorf("retain:\n%s", out)
	}
	audit(false, as("mcr_writer", "hold", "lift", laid[1])...)
	// The broker's own user writes the receipt, and may not delete: what is not done is seen.
	if out := audit(true, as("mcr_writer", "erase", "--patient", "9990000018")...); !strings.Contains(out, "ALTER DELETE") {
		t.Errorf("by who may not:\n%s", out)
	}
	if out := audit(true, asked("verify")...); !strings.Contains(out, "mcr audit erase --finish") {
		t.Errorf("verify, not done:\n%s", out)
	}
	if out := audit(false, as("mcr_eraser", "erase", "--finish")...); !strings.Contains(out, "Details of 4 records") {
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
	if out := audit(false, "redeliver", "--trail", trail("mcr_writer"), "--data", "data", "--id", "test", "--all"); strings.Contains(out, "again: 4") {
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
