package clickhouse_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/clickhouse"
)

func TestMigrationsAreNumberedWithoutAGap(t *testing.T) {
	got, err := clickhouse.ReadMigrations(clickhouse.Migrations)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"001_records: 1", "002_by_patient: 2", "003_questions: 2", "004_packed: 7", "005_epochs: 2", "006_classes: 4", "007_forms: 5", "008_hourly: 5", "009_visits: 6"}, got); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	for _, wrong := range []string{"002_records.sql", "records.sql", "01x_records.sql"} {
		if _, err := clickhouse.ReadMigrations(fstest.MapFS{"migrations/" + wrong: {Data: []byte("SELECT 1;\n")}}); err == nil {
			t.Errorf("%s was taken for the first", wrong)
		}
	}
}

func TestParametersAreEscaped(t *testing.T) {
	for value, want := range map[string]string{
		"plain": "plain", "a\tb\nc\r": `a\tb\nc\r`, "\x00\b\f": `\0\b\f`, `it's \N`: `it\'s \\N`, "é\u2028": "é\u2028",
	} {
		if got := clickhouse.Escaped(value); got != want {
			t.Errorf("%q became %q, want %q", value, got, want)
		}
	}
	if got := clickhouse.Identifier("a`b\\c"); got != "`a\\`b\\\\c`" {
		t.Errorf("identifier %s", got)
	}
}
