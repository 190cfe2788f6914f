//go:build servers

package clickhouse_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// asVisits asks a view of visits, as a dashboard does: how many there are of all time, in how
// many something was refused, and how many records.
func asVisits(view string) string {
	return `SELECT concat(toString(uniqExact(visit)), ' ', toString(uniqExactIf(visit, action = 'view' AND outcome = 'refused')), ' ', toString(uniqExact(record_no)))
		FROM ` + view + `(since = toDateTime(0), until = toDateTime('2100-01-01 00:00:00', 'UTC'), gap = ` + fmt.Sprint(audit.DefaultGap.Microseconds()) + `)`
}

// said is what asVisits should give, by the model, whoever sees an organisation's part, or all.
func said(t *testing.T, model *trailtest.Memory, org string) string {
	t.Helper()
	counts, err := model.Count(t.Context(), audit.Scope{SourceOrg: org}, audit.Filter{}, audit.Overall)
	if err != nil || len(counts) != 1 {
		t.Fatal(counts, err)
	}
	c := counts[0]
	return fmt.Sprint(c.Visits[audit.Everything], " ", c.Visits[audit.Refusals], " ", c.Total)
}

// Records that stand twice, before a merge makes them one, make no more visits, no longer
// ones and no fewer on a page; nor when some of them stand a third time.
func TestServersClickHouseVisitsOfRowsThatStandTwice(t *testing.T) {
	s, model := open(t), new(trailtest.Memory)
	for seed, broker := range []string{"region-1", "region-2"} {
		b := trailtest.Batch(t, broker, trailtest.Chain(trailtest.Visiting(broker, 90, uint64(seed))...))
		for _, store := range []audit.Store{s, model} {
			if err := store.Deliver(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		clickhouse.Twice(t, s)
	}
	if n := clickhouse.Text(t, s, `SELECT toString(count()) FROM records`); n != "540" {
		t.Fatalf("%s rows: the test wants each twice, or more often", n)
	}
	trailtest.SameVisits(t, s, model)
	if got, want := clickhouse.Text(t, s, asVisits("visits")), said(t, model, ""); got != want {
		t.Errorf("visits, with a refusal, records: %s, want %s", got, want)
	}
}

// visitsAcrossShards: of one person at two brokers, whose records are on two servers, there is
// one visit, for the console at any server and for those who ask the view, each of their part.
// Nothing is left behind.
func (r *regionServers) visitsAcrossShards(t *testing.T) {
	t.Helper()
	model, shared := new(trailtest.Memory), 0
	for i := range r.all { // the same people about the same patients, at the same time
		broker := fmt.Sprintf("visited-%d", i)
		b := trailtest.Batch(t, broker, trailtest.Chain(trailtest.Visiting(broker, 60, uint64(i))...))
		for _, store := range []audit.Store{r.as(t, "mcr_writer", i), model} {
			if err := store.Deliver(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	page, err := model.Visits(t.Context(), audit.Scope{Limit: 1 << 20}, audit.Filter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range page.Visits {
		if slices.ContainsFunc(v.Records, func(of *audit.Record) bool { return of.Broker != v.Records[0].Broker }) {
			shared++
		}
	}
	if shared < 5 {
		t.Fatalf("%d visits are on several servers: the test cannot fail", shared)
	}
	for i, c := range r.all {
		if i < 2 {
			trailtest.SameVisits(t, r.as(t, "mcr_writer", i), model)
		}
		for user, org := range map[string]string{"mcr_auditor": "", "mcr_reader_a81001": "A81001", "mcr_reader_rxb02": "RXB02"} {
			if got, want := clickhouse.Text(t, r.as(t, user, i), asVisits("visits_everywhere")), said(t, model, org); got != want {
				t.Errorf("server %d shows %s %s visits, with a refusal, records; want %s", i, user, got, want)
			}
		}
		defer func() {
			for _, table := range []string{"records", "by_patient", "hourly"} {
				clickhouse.Exec(t, openAt(t, c.Native, "mcr"), `TRUNCATE TABLE `+table)
			}
		}()
	}
}
