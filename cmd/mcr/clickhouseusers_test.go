package main_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Who may use ClickHouse is printed, and what cannot be is refused in words.
func TestTheUsersOfClickHouseArePrinted(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, holds string
		fails       bool
	}{
		{"--sql --organisation RZ1", "USING source_org = 'RZ1' TO mcr_reader_rz1;", false},
		{"--xml --organisation RZ1 --own-staff --database trail", "<filter>source_org = 'RZ1' OR user_org = 'RZ1' AND NOT startsWith(action, 'look-')</filter>", false},
		{"--sql --topology replicated --cluster region", "CREATE ROLE IF NOT EXISTS mcr_writers ON CLUSTER region;", false},
		{"--sql --topology distributed --from 10.1.0.0/16", "HOST IP '10.1.0.0/16';", false},
		{"", "[sql xml]", true},
		{"--sql --xml", "[sql xml]", true},
		{"--sql --organisation rz1", `"rz1": not a valid ODS code`, true},
		{"--sql --organisation RZ1 --organisation RZ1", "named twice", true},
		{"--sql --topology replicated", "--cluster names the cluster", true},
		{"--sql --topology distributed --cluster region", "--cluster names the cluster", true},
		{"--sql --from anywhere", "neither an address nor a prefix", true},
	} {
		out, err := exec.Command(path, append([]string{"audit", "access"}, strings.Fields(c.args)...)...).CombinedOutput()
		if (err != nil) != c.fails || !strings.Contains(string(out), c.holds) || c.fails && strings.Contains(string(out), "CREATE") {
			t.Errorf("%s: %v\n%.600s", c.args, err, out)
		}
	}
}
