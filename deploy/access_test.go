package deploy_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/clickhouse/users"
	"github.com/mycarerecord/mcr/nhs"
)

// planned are the users of the examples: mcr audit access --organisation Z91001
// --organisation Z91002.
func planned(t testing.TB) (p users.Plan) {
	t.Helper()
	for _, text := range []string{"Z91001", "Z91002"} {
		code, err := nhs.ParseODSCode(text)
		if err != nil {
			t.Fatal(err)
		}
		p.Organisations = append(p.Organisations, code)
	}
	return p
}

// The examples are what mcr audit access prints.
func TestTheExamplesOfUsersAreMadeFromOneSource(t *testing.T) {
	p := planned(t)
	for file, write := range map[string]func() (string, error){"clickhouse/access.sql": p.SQL, "clickhouse/users.d/mcr-users.xml": p.XML} {
		want, err := write()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
			t.Errorf("%s: %v; make it anew with mcr audit access\n%s", file, err, diff)
		}
	}
}
