// Package users describes who may use the ClickHouse servers of a trail, once, and writes
// it as SQL and as a file of users XML, so that the two cannot differ.
//
// It guarantees of what it writes: nobody has more than is listed here; every user of a
// table whose rows are an organisation's stands with a row filter of its own, so that one
// who was forgotten is not one who sees everything; and no password stands in it, nor
// anything that would be taken for one.
//
// It reaches no server. deploy's tests log in as each of these users, on real ones.
package users

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Plan is what differs from one region to another.
type Plan struct {
	// Database is the trail's. Default "mcr".
	Database string
	// Organisations have a reader each, who sees the records about their own patients' data.
	Organisations []nhs.ODSCode
	// OwnStaff lets each organisation see what its own staff did elsewhere too, but for
	// looks at the trail: whoever hosts the region's auditors would see into whose.
	OwnStaff bool
	// Networks are the addresses, or prefixes, from which all of these users may log in.
	// Default 127.0.0.1.
	Networks []string
	// Cluster, of a replicated cluster, makes every statement of SQL run ON CLUSTER.
	Cluster string
}

// user is one who logs in.
type user struct {
	name string
	what string // for whoever reads the file
	role role
	rows string // which rows of the divided tables, in SQL
}

// role is what a user may do. Its own name is never a user's: where SQL takes either, as
// after TO, one name for both would be taken for the wrong one.
type role struct {
	user, name, what string
	asks             bool // a person's or a dashboard's: read only, within bounds
	grants           []grant
}

// grant is a right.
type grant struct {
	rights  string // such as SELECT, INSERT
	columns string // of SELECT, "" for all
	on      string // what to; with a dot before it, a table of the trail's database
}

// divided are the tables whose rows belong to one organisation each (source_org). Every
// user has a filter on every one of them. A table that is made by a migration and has
// rows of organisations goes in here, or a test fails that asks a real server for its tables.
var divided = []string{"records", "by_patient", "hourly", "retired"}

// Undivided are those without rows of organisations, or without rows of their own. A
// policy on records_everywhere would make every question fail: it is the policy on each
// shard's records that counts. by_patient_feed and hourly_feed are granted to nobody:
// whoever reads a view reads past the policies of the table behind it.

// probe is a name on which there are policies as on a divided table, but for the
// migrator: it learns from a table of that name what somebody sees who was forgotten
// (clickhouse.OpenToUnlisted).
const probe = "row_policy_probe"

// What columns of records a role may read.
const (
	// known are those that dashboards need: no document, no address, no token.
	known = "broker, seq, id, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_id, user_name, user_org, user_org_name, " +
		"source, source_org, patient_hmac, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, " +
		"categories, withheld, bytes_released, spent_us, trace_id, permission_id, emergency_id, emergency_reason, visitor_no, patient_no"
	// coarse are those by which services are planned. Nothing names a person, nor tells that
	// two rows are about one: no pseudonym, no number or id, no trace, permission or
	// emergency, and no words that somebody typed. A row does have its exact time.
	coarse = "broker, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_org, user_org_name, " +
		"source, source_org, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, " +
		"categories, withheld, bytes_released, spent_us"
	// feeding are those that the views over records read: who makes them must be allowed to.
	feeding = "patient_hmac, time_in, broker, seq, source_org, source, action, outcome, effect"
)

// reading is a role that asks for these columns, on one server or on all shards.
func reading(user, name, what, columns string) role {
	grants := []grant{
		{"SELECT", columns, ".records"},
		{"SELECT", columns, ".records_everywhere"},
		{"SELECT", "", ".hourly"},
		{"SELECT", "", ".hourly_everywhere"},
	}
	if columns == known { // whoever may not know that two rows are about one person knows no visits
		grants = append(grants, grant{"SELECT", "", ".visits"}, grant{"SELECT", "", ".visits_everywhere"})
	}
	return role{user, name, what, true, grants}
}

// asked are the tables of system by which a broker finds out what its deliveries rest on.
var asked = []grant{
	{"SELECT", "", "system.tables"},
	{"SELECT", "", "system.settings"},
	{"SELECT", "", "system.merge_tree_settings"},
}

var (
	writer = role{"mcr_writer", "mcr_writers", "The brokers' own, and the console's: they add records and read them. Not for people.", false, append([]grant{
		{"SELECT, INSERT", "", ".records"},
		{"SELECT, INSERT", "", ".by_patient"},
		{"SELECT, INSERT", "", ".hourly"},
		{"SELECT", "", ".retired"},
		{"SELECT", "", ".records_everywhere"},
		{"SELECT", "", ".hourly_everywhere"},
		{"SELECT", "", ".schema_version"},
	}, asked...)}
	migrator = role{"mcr_migrator", "mcr_migrators", "Of `mcr audit migrate`: makes and changes tables. It is granted no documents; " +
		"but whoever may change tables can find a way to them, so it is for migrations only.", false, []grant{
		{"CREATE DATABASE, CREATE TABLE, CREATE VIEW, ALTER TABLE", "", ".*"},
		{"SELECT, INSERT", "", ".schema_version"},
		{"SELECT, INSERT, DROP TABLE", "", "." + probe},
		{"DROP TABLE", "", ".migrating"},
		{"DROP TABLE", "", ".records_everywhere"}, // made anew when what is below it has changed
		{"DROP TABLE", "", ".hourly_everywhere"},
		{"DROP VIEW", "", ".visits_everywhere"},
		{"SELECT", feeding, ".records"},
		{"SELECT, INSERT", "", ".by_patient"},
		{"SELECT, INSERT", "", ".hourly"},
		{"SELECT", "", "system.tables"},
		{"SELECT", "", "system.columns"},
		{"TABLE ENGINE", "", "ReplacingMergeTree"},
		{"TABLE ENGINE", "", "AggregatingMergeTree"},
		{"TABLE ENGINE", "", "ReplicatedReplacingMergeTree"},
		{"TABLE ENGINE", "", "ReplicatedAggregatingMergeTree"},
		{"TABLE ENGINE", "", "Memory"},
		{"TABLE ENGINE", "", "Distributed"},
	}}
	eraser = role{"mcr_eraser", "mcr_erasers", "Of what the law takes out of the trail (docs/trail.md): for the hour in which it is done.", false, append([]grant{
		{"SELECT, INSERT, ALTER DELETE", "", ".records"},
		{"SELECT, INSERT, ALTER DELETE", "", ".by_patient"},
		{"SELECT, INSERT, ALTER DELETE", "", ".hourly"},
		{"SELECT, INSERT", "", ".retired"},
		{"SELECT", "", ".records_everywhere"},
		{"SELECT", "", ".hourly_everywhere"},
		{"SELECT", "", ".schema_version"},
		{"SELECT", "", "system.mutations"},
		{"SELECT", "", "system.parts"},
		{"SELECT", "", "system.detached_parts"},
	}, asked...)}
	auditor = reading("mcr_auditor", "mcr_auditors", "The region's auditors: every organisation's records, not the documents.", known)
	analyst = reading("mcr_analyst", "mcr_analysts", "Those who plan services, for the whole region: nothing of patients, nor of who asked.", coarse)
	reader  = reading("mcr_reader", "mcr_readers", "An organisation: the records about its own patients' data, not the documents.", known)
)

// everything is the filter of those who see every row.
const everything = "1"

// all are the plan's users and their roles.
func (p *Plan) all() (users []user, roles []role) {
	for _, r := range []role{writer, migrator, eraser, auditor, analyst} {
		users, roles = append(users, user{r.user, r.what, r, everything}), append(roles, r)
	}
	roles = append(roles, reader)
	for _, o := range p.Organisations {
		rows := "source_org = '" + o.String() + "'"
		users = append(users, user{reader.user + "_" + strings.ToLower(o.String()), "The organisation " + o.String() + ".", reader, rows})
	}
	return users, roles
}

// filter is which rows of a table a user sees, and whether it has a filter there at all.
func (p *Plan) filter(u user, table string) (string, bool) {
	if table == probe {
		return everything, u.role.name != migrator.name
	}
	if rest, own := strings.CutPrefix(u.rows, "source_org = "); own && p.OwnStaff && table == "records" {
		return u.rows + " OR user_org = " + rest + " AND NOT startsWith(action, 'look-')", true
	}
	return u.rows, true
}

// filtered are the names on which every plan has filters.
func filtered() []string { return append(append([]string{}, divided...), probe) }

// grant gives a right as SQL, but for whom.
func (p *Plan) grant(g grant) string {
	rights, on := g.rights, g.on
	if g.columns != "" {
		rights += "(" + g.columns + ")"
	}
	if strings.HasPrefix(on, ".") {
		on = p.Database + on
	}
	return rights + " ON " + on
}

// ErrPlan says that a plan cannot be written as it is.
var ErrPlan = errors.New("these users of ClickHouse cannot be described")

var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,100}$`)

// complete puts in what a plan left out, and checks the rest: whatever stands in a plan
// is written into SQL and XML as it is.
func (p Plan) complete() (Plan, error) {
	if p.Database == "" {
		p.Database = "mcr"
	}
	if !name.MatchString(p.Database) {
		return p, fmt.Errorf("%w: the database's name holds other than letters, digits and _", ErrPlan)
	}
	if p.Cluster != "" && !regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`).MatchString(p.Cluster) {
		return p, fmt.Errorf("%w: the cluster's name holds other than letters, digits, - and _", ErrPlan)
	}
	if len(p.Networks) == 0 {
		p.Networks = []string{"127.0.0.1"}
	}
	for _, n := range p.Networks {
		if _, err := netip.ParsePrefix(n); err != nil {
			if _, err := netip.ParseAddr(n); err != nil {
				return p, fmt.Errorf("%w: %q is neither an address nor a prefix such as 10.1.0.0/16", ErrPlan, n)
			}
		}
	}
	seen := map[string]bool{}
	for _, o := range p.Organisations {
		if o.IsZero() || seen[o.String()] {
			return p, fmt.Errorf("%w: organisation %q is empty, or named twice", ErrPlan, o)
		}
		seen[o.String()] = true
	}
	return p, nil
}
