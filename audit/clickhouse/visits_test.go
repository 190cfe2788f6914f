package clickhouse

import (
	"strings"
	"testing"
)

// Dashboards and questions ask the view that a migration makes, the console asks by itself:
// both find out by the same lines where a visit begins.
func TestTheViewOfVisitsSaysWhatTheProgramSays(t *testing.T) {
	text, err := Migrations.ReadFile("migrations/009_visits.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, view, found := strings.Cut(string(text), "CREATE VIEW IF NOT EXISTS visits SQL SECURITY INVOKER AS\n")
	time := &conditions{texts: []string{`time_in >= {since:DateTime64(6, 'UTC')} AND time_in < {until:DateTime64(6, 'UTC')}`}}
	if want := "FROM records" + later("records", time) + "WHERE " + time.String() + ";\n"; !found || !strings.HasSuffix(view, want) {
		t.Errorf("the view ends otherwise than in\n%s", want)
	}
	if want := "    " + visitOf + " AS visit\n"; !strings.Contains(view, want) {
		t.Errorf("the view has no line %s", want)
	}
	everywhere := visitsOf(everywhere)
	if strings.Count(everywhere, "FROM records_everywhere\n") != 2 || strings.Contains(everywhere, "FROM records\n") || strings.Contains(everywhere, ";") {
		t.Errorf("over all shards:\n%s", everywhere)
	}
}
