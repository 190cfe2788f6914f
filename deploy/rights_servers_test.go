//go:build servers

package deploy_test

import (
	"context"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/clickhouse"
)

// An organisation's user sees its own part of the trail, by whatever way it asks.
func TestServersAnOrganisationsUserSeesItsPartOnly(t *testing.T) {
	records := knownRegion(t)
	own := 0
	for _, r := range records {
		if r.SourceOrg == "Z91001" {
			own++
		}
	}
	if own == 0 || own == len(records) {
		t.Fatal("the records are of one organisation only")
	}
	who := practice("mcr")
	for _, sql := range []string{
		`SELECT count() FROM records FINAL`,
		`SELECT count() FROM mcr.records FINAL WHERE 1 = 1 OR source_org != 'Z91001'`,
		`SELECT uniqExact(broker, seq) FROM (SELECT * FROM (SELECT broker, seq, source_org FROM records FINAL))`,
		`SELECT count() FROM records AS a FINAL WHERE (broker, seq) IN (SELECT broker, seq FROM records)`,
		`SELECT sum(n) FROM (SELECT count() AS n FROM records FINAL GROUP BY source_org WITH ROLLUP HAVING source_org != '')`,
		`WITH everything AS (SELECT id FROM records FINAL) SELECT count() FROM everything`,
		`SELECT count() FROM merge('mcr', '^records$') WHERE seq % 10 != 3 OR broker != ''`,
		`SELECT uniqExact(broker, seq) FROM records PREWHERE source_org != ''`,
	} {
		got, err := who.ask(t.Context(), sql, nil)
		if err != nil {
			if strings.Contains(sql, "merge(") && strings.Contains(err.Error(), "ACCESS_DENIED") {
				continue // better still
			}
			t.Errorf("%v\n%s", err, sql)
			continue
		}
		if got.rows[0][0] != line(own)[0] && !strings.Contains(sql, "merge(") {
			t.Errorf("%s gives %s, want %d", sql, got.rows[0][0], own)
		}
	}
	orgs := who.must(t, `SELECT DISTINCT source_org FROM records`, nil)
	if len(orgs.rows) != 1 || orgs.rows[0][0] != "Z91001" {
		t.Errorf("the organisations that it sees: %v", orgs.rows)
	}
	other := who.must(t, `SELECT count() FROM records WHERE id = {id:String}`, map[string]string{"id": firstOf(records, "RZ1")})
	if other.rows[0][0] != "0" {
		t.Error("another organisation's record is found by its id")
	}
}

func firstOf(records []*kept, org string) string {
	for _, r := range records {
		if r.SourceOrg == org {
			return r.ID
		}
	}
	return ""
}

// What a reader may not do, whoever it is.
func TestServersReadersHaveNoMoreThanTheirColumns(t *testing.T) {
	knownRegion(t)
	for _, who := range []reader{regional("mcr"), practice("mcr")} {
		for _, sql := range []string{
			`SELECT document FROM records LIMIT 1`,
			`SELECT document FROM visits(since = toDateTime(0), until = now(), gap = 0) LIMIT 1`,
			`SELECT session_id FROM records LIMIT 1`,
			`SELECT packed FROM records LIMIT 1`,
			`SELECT form FROM records LIMIT 1`,
			`SELECT facts FROM records LIMIT 1`,
			`SELECT salt FROM records LIMIT 1`,
			`SELECT client_ip FROM records LIMIT 1`,
			`SELECT * FROM records LIMIT 1`,
			`SELECT hash FROM records LIMIT 1`,
			`SELECT count() FROM records WHERE document LIKE '%a%'`,
			`SELECT patient_hmac FROM by_patient LIMIT 1`,
			`SELECT count() FROM by_patient_feed`,
			`SELECT * FROM schema_version`,
			`INSERT INTO records (broker, seq) VALUES ('x', 1)`,
			`ALTER TABLE records DELETE WHERE 1`,
			`ALTER TABLE records DROP COLUMN user_id`,
			`DROP TABLE records`,
			`TRUNCATE TABLE records`,
			`CREATE TABLE mine (x UInt8) ENGINE = Memory`,
			`CREATE TEMPORARY TABLE mine (x UInt8)`,
			`SET max_result_rows = 0`,
			`SELECT 1 SETTINGS readonly = 0`,
			`SELECT 1 SETTINGS max_execution_time = 3600`,
			`SELECT 1 SETTINGS max_execution_time = 0`,
			`SELECT 1 SETTINGS additional_table_filters = {'mcr.records': '1'}`,
			`SELECT query FROM system.query_log`,
			`SELECT name FROM system.users`,
			`SELECT * FROM url('http://127.0.0.1:1/', CSV, 'x String')`,
			`SELECT * FROM file('/etc/passwd', CSV, 'x String')`,
			`SELECT * FROM remote('127.0.0.1', mcr.records)`,
			`SELECT id FROM records INTO OUTFILE '/tmp/mcr-outfile'`,
			`SYSTEM STOP MERGES records`,
			`GRANT SELECT ON *.* TO mcr_auditor`,
			`KILL QUERY WHERE 1`,
		} {
			if got, err := who.ask(t.Context(), sql, nil); err == nil {
				t.Errorf("%s: %s gives %.80v", who.user, sql, got)
			}
		}
		if _, err := who.ask(t.Context(), `SELECT 1 SETTINGS max_execution_time = 10`, nil); err != nil {
			t.Errorf("%s: Grafana's client cannot set its time limit: %v", who.user, err)
		}
		bad := who
		bad.password = "guessed"
		if _, err := bad.ask(t.Context(), `SELECT 1`, nil); err == nil {
			t.Errorf("%s: any password will do", who.user)
		}
	}
}

func escaped(s string) string {
	return strings.NewReplacer("\\", `\\`, "\n", `\n`, "\t", `\t`).Replace(s)
}

// Grafana asks by the native protocol, with a time limit that its client sends as
// a setting; so does this store, as the regional reader, whom counting needs no
// documents.
func TestServersTheConsoleAndTheDashboardsCountAlike(t *testing.T) {
	knownRegion(t)
	store, err := clickhouse.Open(clickhouse.Options{
		Addresses: []string{server.Native}, Database: "mcr", User: "mcr_auditor", Password: secret, Timeout: 30 * time.Second, Asking: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // queryTimeout of the provisioned data source
	defer cancel()
	alike(ctx, t, store)
}

// The choices that a dashboard offers are those of the reader's own part.
func TestServersVariablesOfferTheReadersPart(t *testing.T) {
	records := knownRegion(t)
	for _, who := range []reader{regional("mcr"), practice("mcr")} {
		offered := map[string]map[string]bool{"organisation": {}, "source": {}}
		for _, r := range records {
			if who.user != "mcr_auditor" && r.SourceOrg != "Z91001" {
				continue
			}
			if r.SourceOrg != "" {
				offered["organisation"][r.SourceOrg] = true
			}
			offered["source"][r.Source] = true
		}
		for _, d := range dashboards(t) {
			for _, v := range d.Templating.List {
				if v.Type != "query" {
					continue
				}
				got := map[string]bool{}
				for _, row := range who.must(t, v.Query, nil).rows {
					got[row[0]] = true
				}
				if !maps.Equal(got, offered[v.Name]) || !v.Multi || !v.IncludeAll {
					t.Errorf("%s: %s offers %v to %s, want %v", d.file, v.Name, got, who.user, offered[v.Name])
				}
			}
		}
	}
}

// The wider filter of --own-staff shows an organisation what its own staff
// did elsewhere, and nothing of where the region's auditors among them looked.
func TestServersTheWiderFilterShowsNoLooksElsewhere(t *testing.T) {
	records := knownRegion(t)
	plan := planned(t)
	plan.OwnStaff = true
	text, err := plan.SQL()
	if err != nil {
		t.Fatal(err)
	}
	filter, _, _ := strings.Cut(regexp.MustCompile(`source_org = 'Z91001' OR user_org = 'Z91001'.*`).FindString(text), " TO ")
	own, looks := 0, 0
	for _, r := range records {
		switch {
		case r.SourceOrg == auditor.org || r.UserOrg == auditor.org && !r.IsLook():
			own++
		case r.UserOrg == auditor.org:
			looks++
		}
	}
	if filter == "" || own == 0 || looks == 0 {
		t.Fatalf("filter %q, %d records, %d looks elsewhere", filter, own, looks)
	}
	sql := strings.ReplaceAll(filter, "Z91001", auditor.org)
	if got := regional("mcr").must(t, `SELECT count() FROM records FINAL WHERE `+sql, nil); got.rows[0][0] != line(own)[0] {
		t.Errorf("%s shows %s records, want %d", sql, got.rows[0][0], own)
	}
}
