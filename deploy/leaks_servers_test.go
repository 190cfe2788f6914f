//go:build servers

package deploy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
)

// everyLogin calls back for each user of the examples, as the XML and as the SQL make it.
func everyLogin(t *testing.T, try func(t *testing.T, name string, who reader)) {
	t.Helper()
	for _, form := range []string{"", ofSQL} {
		for _, name := range loggingIn {
			t.Run(form+name, func(t *testing.T) { try(t, name, reader{user: form + name, password: secret, database: "mcr"}) })
		}
	}
}

// Which columns of which tables a role reads. A column, table or view that stands in none
// of these lists fails the test until somebody has said who may read it.
var (
	namesNobody = strings.Fields(`broker time_in time_out delivered_at outcome effect reason reasons rules user_org user_org_name source source_org
		status role_code role_name purpose action interaction resource_type policy policy_digest alert categories withheld bytes_released spent_us`)
	namesSomebody = strings.Fields(`seq id user_id user_name patient_hmac trace_id permission_id emergency_id emergency_reason visitor_no patient_no`)
	ofDocuments   = strings.Fields(`document packed salt hash token_id patient_shown patient_epoch relationship_id client_ip user_agent released_resources form facts class erased session_id`)
	ephemeral     = strings.Fields(`reasons_json rules_json categories_json withheld_json spent_json`) // cannot be read by anybody

	feeds       = strings.Fields(`patient_hmac time_in broker seq source_org`)
	hours       = strings.Fields(`source_org hour source action outcome effect numbers`)
	runs        = strings.Fields(`broker begins ends day source_org requests others`)
	versions    = strings.Fields(`version name applied`)
	readColumns = map[string]map[string][]string{ // by user, by table
		"mcr_writer":        {"records": slices.Concat(namesNobody, namesSomebody, ofDocuments), "by_patient": feeds, "hourly": hours, "retired": runs, "schema_version": versions},
		"mcr_eraser":        {"records": slices.Concat(namesNobody, namesSomebody, ofDocuments), "by_patient": feeds, "hourly": hours, "retired": runs, "schema_version": versions},
		"mcr_migrator":      {"records": append(slices.Clone(feeds), "source", "action", "outcome", "effect"), "hourly": hours, "by_patient": feeds, "schema_version": versions},
		"mcr_auditor":       {"records": slices.Concat(namesNobody, namesSomebody), "hourly": hours},
		"mcr_analyst":       {"records": namesNobody, "hourly": hours},
		"mcr_reader_z91001": {"records": slices.Concat(namesNobody, namesSomebody), "hourly": hours},
	}
)

// Every column of every table and view that is there, as every user.
func TestServersEveryoneReadsTheirColumnsAndNoOther(t *testing.T) {
	knownRegion(t)
	decided := map[string][]string{
		"records": slices.Concat(namesNobody, namesSomebody, ofDocuments, ephemeral), "by_patient": feeds, "by_patient_feed": feeds,
		"hourly": hours, "hourly_feed": hours, "retired": runs, "schema_version": versions,
	}
	columns := broker.must(t, `SELECT table, name FROM system.columns WHERE database = 'mcr' ORDER BY table, position`, nil).rows
	if len(columns) < 60 {
		t.Fatalf("%d columns", len(columns))
	}
	for _, c := range columns {
		if !slices.Contains(decided[c[0]], c[1]) {
			t.Errorf("nobody has decided who may read %s of %s", c[1], c[0])
		}
	}
	everyLogin(t, func(t *testing.T, name string, who reader) {
		for _, c := range columns {
			if slices.Contains(ephemeral, c[1]) {
				continue
			}
			_, err := who.ask(t.Context(), "SELECT `"+c[1]+"` FROM mcr."+c[0]+` LIMIT 1`, nil)
			if may := slices.Contains(readColumns[name][c[0]], c[1]); may != (err == nil) {
				t.Errorf("%s of %s: may %t, %v", c[1], c[0], may, err)
			} else if err != nil && !strings.Contains(err.Error(), "ACCESS_DENIED") {
				t.Errorf("%s of %s: %v", c[1], c[0], err)
			}
		}
	})
}

// Every table that is there: an organisation sees no row of another's, or nothing at all.
// So a new table that has no filter fails here.
func TestServersNoTableHasRowsOfOtherOrganisations(t *testing.T) {
	knownRegion(t)
	tables := broker.must(t, `SELECT t.name, hasAny(groupArray(c.name), ['source_org']) FROM system.tables AS t
		INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name WHERE t.database = 'mcr' GROUP BY t.name`, nil).rows
	for _, form := range []string{"", ofSQL} {
		who := reader{user: form + "mcr_reader_z91001", password: secret, database: "mcr"}
		seen := 0
		for _, table := range tables {
			sql := `SELECT countIf(source_org = 'Z91001'), countIf(source_org != 'Z91001') FROM mcr.` + table[0]
			if table[1] == "0" {
				sql = `SELECT count(), 1 FROM mcr.` + table[0]
			}
			got, err := who.ask(t.Context(), sql, nil)
			switch {
			case err != nil && strings.Contains(err.Error(), "ACCESS_DENIED"):
			case err != nil || got.rows[0][1] != "0" || got.rows[0][0] == "0":
				t.Errorf("%s: %v %v", table[0], got.rows, err)
			default:
				seen++
			}
		}
		if seen == 0 {
			t.Errorf("%s sees no rows at all", who.user)
		}
		// The view takes parameters, so that the server lists no columns of it.
		if got := who.must(t, `SELECT countIf(source_org = 'Z91001') > 0, countIf(source_org != 'Z91001') FROM mcr.visits(since = toDateTime(0), until = now(), gap = 0)`, nil); got.rows[0][0] != "1" || got.rows[0][1] != "0" {
			t.Errorf("%s sees of visits %v", who.user, got.rows)
		}
	}
}

// elsewhere are the sources of other organisations: in nothing that the server says to
// Z91001's reader, errors included, may one of them stand.
var elsewhere = []string{"gp-hillview", "acute-st-aldhelm", "mental-health-larkfield"}

// attempts are ways that might lead to other organisations' rows. Each may be refused or
// be answered; none may show them. None names what it looks for, since errors quote.
func attempts() []string {
	all := []string{
		`SELECT source, count() FROM records GROUP BY source`,
		`SELECT DISTINCT source FROM records FINAL`,
		`SELECT groupUniqArray(source) FROM records PREWHERE 1`,
		`SELECT source FROM records ORDER BY source_org DESC, source DESC LIMIT 1 BY source`,
		`SELECT max(source), min(source), argMax(source, time_in), anyLast(source), topK(100)(source) FROM records`,
		`SELECT DISTINCT a.source FROM records AS a JOIN records AS b ON a.trace_id = b.trace_id`,
		`SELECT DISTINCT source FROM records WHERE 1 OR 1 = 1 UNION DISTINCT SELECT source FROM mcr.records`,
		`SELECT DISTINCT source FROM records_everywhere`,
		`SELECT DISTINCT source FROM visits(since = toDateTime(0), until = now(), gap = 0)`,
		`SELECT DISTINCT source FROM visits(since = toDateTime(0), until = now(), gap = (SELECT count() FROM mcr.by_patient))`,
		`SELECT DISTINCT source FROM view(SELECT * FROM mcr.visits(since = toDateTime(0), until = now(), gap = 0))`,
		`SELECT DISTINCT source FROM view(SELECT source FROM mcr.records)`,
		`WITH RECURSIVE r AS (SELECT source FROM records UNION ALL SELECT source FROM r LIMIT 1) SELECT DISTINCT source FROM r`,
		`SELECT source FROM records SAMPLE 1`,
		`SELECT DISTINCT source, _part, _partition_id FROM records`,
		`SELECT DISTINCT source FROM records WHERE _part_offset >= 0`,
		`SELECT DISTINCT dumpColumnStructure(source), source FROM records`,
		// Table functions.
		`SELECT DISTINCT source FROM merge('mcr', '.*')`,
		`SELECT DISTINCT source FROM merge(REGEXP('.*'), '.*')`,
		`SELECT DISTINCT source FROM merge('mcr', 'records')`,
		`SELECT source_org FROM merge('mcr', 'by_patient|by_patient_feed')`,
		`SELECT DISTINCT source FROM (SELECT source FROM loop(mcr.records) LIMIT 50000)`,
		`SELECT DISTINCT source FROM remote('127.0.0.1:` + strings.SplitN(server.Native, ":", 2)[1] + `', mcr.records)`,
		`SELECT DISTINCT source FROM remote('127.0.0.1:` + strings.SplitN(server.Native, ":", 2)[1] + `', mcr, records, 'default', '')`,
		`SELECT DISTINCT source FROM remoteSecure('127.0.0.1', mcr.records)`,
		`SELECT DISTINCT source FROM cluster('default', mcr.records)`,
		`SELECT DISTINCT source FROM clusterAllReplicas('default', mcr.records)`,
		`SELECT * FROM mergeTreeIndex(mcr, records)`,
		`SELECT * FROM mergeTreeIndex('mcr', 'records', with_marks = true, with_minmax = true)`,
		`SELECT * FROM mergeTreeProjection(mcr, records, any)`,
		`SELECT * FROM mergeTreeAnalyzeIndexes(mcr, records)`,
		`SELECT * FROM mergeTreeTextIndex(mcr, records, by_id)`,
		`SELECT * FROM dictionary('mcr.records')`,
		`SELECT dictGet('mcr.records', 'source', 1)`,
		`SELECT joinGet('mcr.records', 'source', 1)`,
		`SELECT * FROM fuzzQuery('SELECT source FROM mcr.records', 100, 1) LIMIT 3`,
		`SELECT * FROM url('http://` + server.HTTP + `/?query=SELECT%20source%20FROM%20mcr.records', TSV, 'x String')`,
		`SELECT * FROM file('/etc/passwd', LineAsString)`,
		`SELECT file('/etc/passwd')`,
		`SELECT * FROM executable('cat', TSV, 'x String', (SELECT source FROM mcr.records))`,
		`SELECT * FROM s3('http://127.0.0.1/x', TSV, 'x String')`,
		`SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')`,
		`SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')`,
		`SELECT * FROM sqlite('/tmp/x', 'y')`,
		`SELECT * FROM jdbc('x', 'y')`,
		`SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', TSV, 'x String')`,
		`INSERT INTO FUNCTION file('/tmp/mcr-leak', TSV, 'x String') SELECT source FROM mcr.records`,
		`INSERT INTO FUNCTION url('http://127.0.0.1:1/', TSV, 'x String') SELECT source FROM mcr.records`,
		`INSERT INTO FUNCTION remote('127.0.0.1', mcr.records) SELECT * FROM mcr.records`,
		// What the server says about itself and others.
		`SHOW GRANTS`, `SHOW GRANTS FOR mcr_auditor`, `SHOW ACCESS`, `SHOW USERS`, `SHOW ROLES`, `SHOW ROW POLICIES`, `SHOW CREATE ROW POLICY own ON mcr.records`,
		`SHOW CREATE USER mcr_auditor`, `SHOW CREATE PROFILE mcr_reader`, `SHOW PROCESSLIST`, `SHOW CLUSTERS`, `SHOW DICTIONARIES`, `SHOW INDEX FROM records`,
		`SHOW CREATE TABLE records`, `DESCRIBE records`, `SHOW TABLES FROM mcr`, `SHOW MERGES`, `SHOW FUNCTIONS`,
		`EXPLAIN PLAN actions = 1, indexes = 1 SELECT source FROM records`, `EXPLAIN PIPELINE SELECT source FROM records`,
		`EXPLAIN QUERY TREE SELECT source FROM records WHERE source IN (SELECT source FROM mcr.records)`,
		`EXPLAIN SYNTAX SELECT source FROM records`, `EXPLAIN ESTIMATE SELECT source FROM records`,
		`SELECT * FROM viewExplain('EXPLAIN', '', (SELECT source FROM mcr.records))`,
		// Being somebody else, or somewhere else.
		`EXECUTE AS mcr_auditor SELECT DISTINCT source FROM mcr.records`, `EXECUTE AS mcr_auditor`, `EXECUTE AS default SELECT 1`,
		`SET ROLE ALL`, `SET ROLE mcr_auditors`, `SET ROLE NONE`, `SET DEFAULT ROLE NONE TO mcr_reader_z91001`,
		`CREATE VIEW mcr.leak SQL SECURITY NONE AS SELECT source FROM mcr.records`,
		`CREATE VIEW mcr.leak DEFINER = mcr_auditor SQL SECURITY DEFINER AS SELECT source FROM mcr.records`,
		`CREATE TEMPORARY TABLE leak AS SELECT source FROM mcr.records`, `CREATE FUNCTION leak AS x -> x`, `CREATE NAMED COLLECTION leak AS a = 1`,
		`CREATE ROW POLICY leak ON mcr.records USING 1 TO mcr_reader_z91001`, `DROP ROW POLICY mcr_reader_z91001 ON mcr.records`,
		`ALTER USER mcr_reader_z91001 IDENTIFIED WITH no_password`, `GRANT mcr_auditors TO mcr_reader_z91001`, `SYSTEM RELOAD USERS`,
		`BACKUP TABLE mcr.records TO File('/tmp/mcr-leak.zip')`, `BACKUP TABLE mcr.records TO Memory('b1')`, `RESTORE TABLE mcr.records AS mcr.leak FROM Memory('b1')`,
		`CHECK TABLE mcr.records`, `OPTIMIZE TABLE mcr.records`, `DETACH TABLE mcr.records`, `RENAME TABLE mcr.records TO mcr.leak`, `EXCHANGE TABLES mcr.records AND mcr.by_patient`,
		`ALTER TABLE mcr.records UPDATE source = 'x' WHERE 1`, `DELETE FROM mcr.records WHERE 1`, `UPDATE mcr.records SET source = 'x' WHERE 1`,
		`ALTER TABLE mcr.records MODIFY COLUMN source String`, `ALTER TABLE mcr.records ADD PROJECTION leak (SELECT source ORDER BY source)`,
		`SYSTEM FLUSH LOGS`, `SYSTEM STOP LISTEN HTTP`, `SYSTEM SHUTDOWN`, `KILL QUERY WHERE user = 'mcr_auditor'`, `WATCH mcr.records`,
	}
	// A value in an error: the server works out an expression on rows before it drops them?
	for _, thrown := range []string{
		`throwIf(source_org != 'Z91001', toString(1))`, `toUInt64(source)`, `accurateCast(source, 'UInt8')`, `CAST(source, 'Enum8(\'x\' = 1)')`, `toDateTime(source)`, `toUUID(source)`,
		`intDiv(1, source_org = 'Z91001')`, `if(source_org = 'Z91001', 0, throwIf(1, 'a row of others'))`, `JSONExtract(source, 'Enum8(\'x\' = 1)')`, `parseDateTime(source, '%Y')`,
		`regexpExtract(source, source)`, `format(source, 1)`, `toInt8(throwIf(position(source, 'gp-r') = 0, 'a row of others'))`,
	} {
		all = append(all,
			`SELECT `+thrown+` FROM records WHERE source_org != 'Z91001'`,
			`SELECT count() FROM records PREWHERE `+thrown+` = 1 WHERE source_org != 'Z91001'`,
			`SELECT count() FROM records WHERE source_org != 'Z91001' AND `+thrown+` = 1`,
			`SELECT count() FROM records WHERE source_org != 'Z91001' GROUP BY `+thrown,
			`SELECT 1 FROM records WHERE source_org != 'Z91001' ORDER BY `+thrown,
		)
	}
	// Settings by which rows or filters might be got round.
	for _, setting := range []string{
		"readonly = 0", "readonly = 2", "additional_table_filters = {'mcr.records': '1'}", "additional_result_filter = '1'", "enable_analyzer = 0", "allow_experimental_analyzer = 0",
		"use_query_cache = 1", "query_cache_share_between_users = 1", "serialize_query_plan = 1", "optimize_trivial_count_query = 1", "optimize_use_projections = 1",
		"optimize_use_implicit_projections = 1", "force_primary_key = 1", "use_query_condition_cache = 1", "query_plan_enable_optimizations = 0", "enable_multiple_prewhere_read_steps = 0",
		"optimize_move_to_prewhere = 0", "send_logs_level = 'trace'", "log_queries = 0", "log_comment = 'x'", "allow_introspection_functions = 1", "allow_ddl = 1",
		"skip_unavailable_shards = 1", "prefer_localhost_replica = 0", "apply_deleted_mask = 0", "max_result_rows = 0", "max_execution_time = 0", "profile = 'default'",
	} {
		all = append(all, `SELECT DISTINCT source FROM records SETTINGS `+setting, `SET `+setting)
	}
	return all
}

func TestServersNothingLeadsToOtherOrganisationsRows(t *testing.T) {
	knownRegion(t)
	others := broker.must(t, `SELECT DISTINCT source FROM mcr.records WHERE source_org NOT IN ('Z91001', '') AND source != 'console'`, nil)
	for _, row := range others.rows {
		if !slices.Contains(elsewhere, row[0]) {
			t.Errorf("%s is not looked for", row[0])
		}
	}
	// Somebody else has asked, so that logs and caches hold what was asked and found.
	regional("mcr").must(t, `SELECT source, 'acute-st-aldhelm' FROM records WHERE source = 'acute-st-aldhelm' LIMIT 1`, nil)
	broker.must(t, `SYSTEM FLUSH LOGS`, nil)
	for _, form := range []string{"", ofSQL} {
		who := reader{user: form + "mcr_reader_z91001", password: secret, database: "mcr"}
		answered := 0
		for _, sql := range attempts() {
			said, err := who.raw(t.Context(), sql, nil)
			if err == nil {
				answered++
			} else {
				said = err.Error()
			}
			for _, other := range elsewhere {
				if strings.Contains(said, other) {
					t.Errorf("%s: %s\n%.500s", who.user, sql, said)
				}
			}
			if strings.Contains(said, "a row of others: ") {
				t.Errorf("%s saw a row of others: %s\n%.500s", who.user, sql, said)
			}
		}
		if answered < 40 {
			t.Errorf("%s: %d attempts were answered: the test asks nothing that could leak", who.user, answered)
		}
	}
}

// The migrator finds out what somebody sees whom no row policy names. With users in XML
// that is everything; where the server shows such a user nothing (here by a filter that
// says so: with users in SQL by mcr_nobody_else), it is told so.
func TestServersTheMigratorSeesWhatTheUnlistedSee(t *testing.T) {
	knownRegion(t)
	for user, open := range map[string]bool{"mcr_migrator": true, ofSQL + "mcr_migrator": true, "unlisted": false} {
		opt := clickhouse.Options{Addresses: []string{server.Native}, Database: "mcr", User: user, Password: secret}
		if user == "unlisted" {
			opt.Password = ""
		}
		if got, err := clickhouse.OpenToUnlisted(t.Context(), opt); err != nil || got != open {
			t.Errorf("%s: open %t, %v", user, got, err)
		}
	}
	if _, err := clickhouse.OpenToUnlisted(t.Context(), clickhouse.Options{Addresses: []string{server.Native}, Database: "mcr", User: "mcr_writer", Password: secret}); err == nil {
		t.Error("a user who may make no table has an answer")
	}
	if left := broker.must(t, `SELECT count() FROM system.tables WHERE database = 'mcr' AND name = 'row_policy_probe'`, nil); left.rows[0][0] != "0" {
		t.Error("the probe is left")
	}
}

// What of the server itself those who ask can read, all of it: none of it says what
// others asked, nor of others' rows more than how many there are.
func TestServersSystemTablesSayNothingOfOthers(t *testing.T) {
	knownRegion(t)
	broker.must(t, `SELECT 'acute-st-aldhelm' AS mark FROM mcr.records LIMIT 1`, nil)
	broker.must(t, `SYSTEM FLUSH LOGS`, nil)
	tables := broker.must(t, `SELECT database, name FROM system.tables WHERE database IN ('system', 'information_schema', 'INFORMATION_SCHEMA')`, nil).rows
	if len(tables) < 100 {
		t.Fatalf("%d tables", len(tables))
	}
	for _, who := range []reader{practice("mcr"), {user: ofSQL + "mcr_reader_z91001", password: secret, database: "mcr"}, {user: "mcr_analyst", password: secret, database: "mcr"}} {
		readable := map[string]bool{}
		for _, table := range tables {
			name := table[0] + ".`" + table[1] + "`"
			said, err := who.raw(t.Context(), `SELECT * FROM `+name+` LIMIT 20000 SETTINGS max_execution_time = 10`, nil)
			if err != nil && strings.Contains(err.Error(), "ACCESS_DENIED") {
				continue
			}
			readable[table[1]] = true
			if err != nil {
				said = err.Error()
			}
			if table[1] == "user_query_log" { // what this user asked: it may name whom it likes
				if own := who.must(t, `SELECT count(), countIf(user != currentUser()) FROM `+name, nil).rows[0]; own[1] != "0" {
					t.Errorf("%s: %s queries of others", who.user, own[1])
				}
				continue
			}
			for _, mark := range append(slices.Clone(elsewhere), "mcr_writer", "mcr_migrator", "mcr_auditor") {
				if strings.Contains(said, mark) {
					t.Errorf("%s: %s holds %s", who.user, name, mark)
				}
			}
		}
		for _, name := range []string{"query_log", "processes", "parts", "mutations", "users", "row_policies", "grants", "clusters", "query_cache", "asynchronous_inserts", "part_log", "text_log"} {
			if readable[name] {
				t.Errorf("%s reads system.%s", who.user, name)
			}
		}
		t.Logf("%s reads of system: %v", who.user, slices.Sorted(maps.Keys(readable)))
	}
}

// Who counts for planning counts all of the region, and each request once.
func TestServersTheAnalystCountsTheRegion(t *testing.T) {
	records := knownRegion(t)
	for _, form := range []string{"", ofSQL} {
		who := reader{user: form + "mcr_analyst", password: secret, database: "mcr"}
		got := who.must(t, `SELECT count() FROM records FINAL`, nil)
		if got.rows[0][0] != line(len(records))[0] {
			t.Errorf("%s counts %v of %d", who.user, got.rows, len(records))
		}
		views := 0
		for _, r := range records {
			if r.Outcome == audit.Released && r.Action == "view" {
				views++
			}
		}
		got = who.must(t, `SELECT sum(n) FROM (SELECT toDate(time_in) AS day, user_org, role_code, source_org, count() AS n FROM records FINAL
			WHERE action = 'view' AND outcome = 'released' GROUP BY ALL)`, nil)
		if got.rows[0][0] != line(views)[0] {
			t.Errorf("%s counts %v views of %d", who.user, got.rows, views)
		}
	}
}

// No name of a user opens the door by itself.
func TestServersNobodyLogsInWithoutTheirPassword(t *testing.T) {
	everyLogin(t, func(t *testing.T, name string, who reader) {
		who.database = ""
		if _, err := who.ask(t.Context(), `SELECT 1`, nil); err != nil {
			t.Errorf("with it: %v", err)
		}
		for _, password := range []string{"", "guessed", name, strings.Repeat("0", 64)} {
			who.password = password
			if _, err := who.ask(t.Context(), `SELECT 1`, nil); err == nil {
				t.Errorf("%q opens", password)
			}
		}
	})
}
