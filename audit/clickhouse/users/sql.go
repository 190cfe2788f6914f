package users

import (
	"fmt"
	"strings"
)

// SQL gives the statements for servers that keep their users in SQL, to be run by an
// administrator on every server of the trail (with a cluster, on one of it). They can be
// run again, as after a change of the plan: rights are taken away too. Passwords are
// parameters, SHA-256 digests in hex, one for each user and of its name: without one the
// server refuses the statement.
//
// The order matters: a user has its filters before it has rights, and keeps them while
// the statements are run again. Errors wrap ErrPlan.
func (p Plan) SQL() (string, error) {
	p, err := p.complete()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	users, roles := p.all()
	on := ""
	if p.Cluster != "" {
		on = " ON CLUSTER " + p.Cluster
	}
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+";\n", args...) }
	note := func(text string) { fmt.Fprintf(&b, "\n-- %s\n", strings.ReplaceAll(text, "\n", "\n-- ")) }

	b.WriteString(`-- Who may use the trail's ClickHouse, for servers that keep their users in SQL. Made by
--   ` + p.command("--sql") + `
-- which makes the same as users XML (--xml); use one of the two. docs/clickhouse.md says who may what.
-- Run it as an administrator with the SHA-256 of each user's password (printf %s 'the password' | sha256sum):
--   clickhouse-client --param_` + users[0].name + `=... --param_` + users[1].name + `=... --queries-file access.sql
`)
	note("Nothing can be written, and no setting changed but the time limit: Grafana's client sends its own, and\n5 s more.")
	say("CREATE SETTINGS PROFILE IF NOT EXISTS %s%s", profile, on)
	var settings []string
	for _, s := range asking {
		text := s.name + " = " + s.value
		if s.max != "" {
			text += " MIN 1 MAX " + s.max + " CHANGEABLE_IN_READONLY"
		}
		settings = append(settings, text)
	}
	say("ALTER SETTINGS PROFILE %s%s SETTINGS %s", profile, on, strings.Join(settings, ", "))

	note("Roles first without rights, and users without roles.")
	for _, r := range roles {
		say("CREATE ROLE IF NOT EXISTS %s%s", r.name, on)
	}
	hosts := make([]string, len(p.Networks))
	for i, n := range p.Networks {
		hosts[i] = "IP '" + n + "'"
	}
	for _, u := range users {
		with := ""
		if u.role.asks {
			with = " SETTINGS PROFILE '" + profile + "'"
		}
		note(u.what)
		identified := fmt.Sprintf("IDENTIFIED WITH sha256_hash BY {%s:String} HOST %s", u.name, strings.Join(hosts, ", "))
		say("CREATE USER IF NOT EXISTS %s%s %s%s", u.name, on, identified, with)
		say("ALTER USER %s%s %s%s", u.name, on, identified, with)
	}

	note("Which rows each sees. The last of each table closes it to everybody else, whatever the server's\nusers_without_row_policies_can_read_rows says.")
	for _, table := range filtered() {
		policy := func(name, filter, to string) {
			say("CREATE ROW POLICY OR REPLACE %s%s ON %s.%s FOR SELECT USING %s TO %s", name, on, p.Database, table, filter, to)
		}
		var whole, listed []string
		for _, u := range users {
			filter, has := p.filter(u, table)
			switch {
			case !has:
				continue
			case filter == everything:
				whole = append(whole, u.name)
			default:
				policy(u.name, filter, u.name)
			}
			listed = append(listed, u.name)
		}
		policy("mcr_everything", everything, strings.Join(whole, ", "))
		policy("mcr_nobody_else", "0 AS RESTRICTIVE", "ALL EXCEPT "+strings.Join(listed, ", "))
	}

	for _, r := range roles {
		note(r.what)
		say("REVOKE%s ALL ON *.* FROM %s", on, r.name)
		for _, g := range r.grants {
			say("GRANT%s %s TO %s", on, p.grant(g), r.name)
		}
	}

	b.WriteString("\n")
	var limited []string
	for _, u := range users {
		say("GRANT%s %s TO %s", on, u.role.name, u.name)
		say("ALTER USER %s%s DEFAULT ROLE %s", u.name, on, u.role.name)
		if u.role.asks {
			limited = append(limited, u.name)
		}
	}
	note("A dashboard that is open on a wall asks some twenty questions a minute.")
	say("CREATE QUOTA IF NOT EXISTS %s%s", profile, on)
	say("ALTER QUOTA %s%s FOR INTERVAL 1 hour MAX queries = %d, execution_time = %d TO %s", profile, on, hourly.queries, hourly.seconds, strings.Join(limited, ", "))
	return b.String(), nil
}

// profile is the name of the settings, and of the quota, of those who ask.
const profile = "mcr_reader"

// asking are the settings of those who ask, none of which they can change (readonly), but
// one that has bounds: 0 would be none.
var asking = []struct{ name, value, max, why string }{
	{"readonly", "1", "", ""},
	{"allow_ddl", "0", "", ""},
	{"do_not_merge_across_partitions_select_final", "1", "", "A record that stands twice stands twice in one partition (month): months that are merged need no FINAL then. It is the same twice: what is not asked for may go before the two are made one."},
	{"optimize_move_to_prewhere_if_final", "1", "", ""},
	{"optimize_functions_to_subcolumns", "0", "", "Else user_id != '' asks for a part of the column that nobody is granted, and who has some columns is refused."},
	{"max_execution_time", "30", "60", ""},
	{"max_memory_usage", "4000000000", "", ""},
	{"max_result_rows", "100000", "", ""},
	{"skip_unavailable_shards", "0", "", "No answer rather than half of one."},
	{"serialize_query_plan", "0", "", "A shard that is sent a plan, not a question, does not apply its own row policies (ClickHouse's issue 112891)."},
	{"use_query_cache", "0", "", ""},
	{"allow_introspection_functions", "0", "", ""},
	{"log_queries", "1", "", "Looking through SQL is in no record of the trail: the server's query_log is all there is."},
}

// hourly is what one of those who ask may do in an hour.
var hourly = struct{ queries, seconds int }{20_000, 1800}

// command is how a plan is written again.
func (p Plan) command(form string) string {
	text := "mcr audit access " + form
	for _, o := range p.Organisations {
		text += " --organisation " + o.String()
	}
	if p.OwnStaff {
		text += " --own-staff"
	}
	if p.Database != "mcr" {
		text += " --database " + p.Database
	}
	if p.Cluster != "" {
		text += " --topology replicated --cluster " + p.Cluster
	}
	for _, n := range p.Networks {
		if n != "127.0.0.1" {
			text += " --from " + n
		}
	}
	return text
}

// indent is for XML.
func indent(depth int) string { return strings.Repeat("    ", depth) }
