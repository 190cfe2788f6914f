//go:build servers

package deploy_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Every question is answered by what the records hold, asked by the region's
// auditors with no more than their grants, and by an organisation's own user, who
// is answered by that organisation's part alone.
func TestServersQuestionsAreAnsweredByTheRecords(t *testing.T) {
	all := asked{records: knownRegion(t)}
	for name, q := range questions {
		t.Run(name, func(t *testing.T) {
			who, of := regional("mcr"), all
			if name == "numbers-missing" {
				who = gaps(t)
			}
			got := answered(t, who, name, q.with)
			if _, timed := q.with["since"]; timed {
				of = of.only(inPeriod)
			}
			want := q.figure(of.visited())
			if len(want) == 0 {
				t.Error("the records say nothing to this: it cannot be judged by them")
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-the records, +the answer:\n%.3000s", diff)
			}
			if name == "numbers-missing" { // it says who has to ask it
				return
			}
			own := of.only(func(r *kept) bool { return r.SourceOrg == "Z91001" })
			if diff := cmp.Diff(q.figure(own.visited()), answered(t, practice("mcr"), name, q.with), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-an organisation's own records, +the answer:\n%.3000s", diff)
			}
		})
	}
}

// answered asks one question.
func answered(t *testing.T, who reader, name string, with map[string]string) [][]string {
	t.Helper()
	sql, err := os.ReadFile("clickhouse/questions/" + name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	return who.must(t, string(sql), with).rows
}

// gaps makes a trail from which records were taken away.
func gaps(t *testing.T) reader {
	admin := reader{user: "default", database: "mcr_gaps"}
	broker.must(t, `CREATE DATABASE mcr_gaps`, nil)
	broker.must(t, `CREATE TABLE mcr_gaps.records AS mcr.records`, nil)
	admin.must(t, `INSERT INTO records SELECT * FROM mcr.records WHERE seq NOT BETWEEN 11 AND 13`, nil)
	return admin
}
