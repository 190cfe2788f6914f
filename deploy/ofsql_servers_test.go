//go:build servers

package deploy_test

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// ofSQL begins the names of the users whom the SQL makes.
const ofSQL = "sql_"

// usersOfSQL says as users XML what the statements of access.sql say. The servers that
// tests can have keep no users in SQL, so nobody could log in as those: this reads the
// statements, and nothing else of ours, and whatever it does not know is an error. What
// is lost is that others are closed out ("AS RESTRICTIVE"), which XML cannot say.
func usersOfSQL(text string) (string, error) {
	type user struct{ role, settings, filters string }
	users, grants, settings := map[string]*user{}, map[string]string{}, map[string]string{}
	escape := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
		return b.String()
	}
	element := func(name, value string) string { return "<" + name + ">" + value + "</" + name + ">" }
	for _, s := range statementsOf(text) {
		match := func(pattern string) []string { return regexp.MustCompile(`^` + pattern + `$`).FindStringSubmatch(s) }
		if m := match(`ALTER SETTINGS PROFILE (\w+) SETTINGS (.*)`); m != nil {
			values, constraints := "", ""
			for one := range strings.SplitSeq(m[2], ", ") {
				set := regexp.MustCompile(`^(\w+) = (\d+)(?: MIN 1 MAX (\d+) CHANGEABLE_IN_READONLY)?$`).FindStringSubmatch(one)
				if set == nil {
					return "", fmt.Errorf("setting %q", one)
				}
				values += element(set[1], set[2])
				if set[3] != "" {
					constraints += element(set[1], element("min", "1")+element("max", set[3])+"<changeable_in_readonly/>")
				}
			}
			settings[m[1]] = values + element("constraints", constraints)
		} else if m := match(`(?:CREATE USER IF NOT EXISTS|ALTER USER) (\w+) IDENTIFIED WITH sha256_hash BY \{(\w+):String\} HOST IP '127.0.0.1'(?: SETTINGS PROFILE '(\w+)')?`); m != nil && m[1] == m[2] {
			users[m[1]] = &user{settings: m[3]}
		} else if m := match(`CREATE ROW POLICY OR REPLACE \w+ ON mcr\.(\w+) FOR SELECT USING (.*) TO ([\w, ]+)`); m != nil && strings.HasSuffix(m[2], "AS RESTRICTIVE") {
			for name := range users {
				if listed := strings.Contains(m[3]+",", " "+name+","); !listed && m[1] != "row_policy_probe" {
					return "", fmt.Errorf("%s is closed out of %s", name, m[1])
				}
			}
		} else if m != nil {
			for name := range strings.SplitSeq(m[3], ", ") {
				users[name].filters += element(m[1], element("filter", escape(m[2])))
			}
		} else if m := match(`GRANT (.* ON .*) TO (\w+)`); m != nil {
			grants[m[2]] += element("query", escape("GRANT "+m[1]))
		} else if m := match(`GRANT (\w+) TO (\w+)`); m != nil {
			users[m[2]].role = m[1]
		} else if match(`CREATE (SETTINGS PROFILE|ROLE|QUOTA) IF NOT EXISTS \w+|REVOKE ALL ON \*\.\* FROM \w+|ALTER USER \w+ DEFAULT ROLE \w+|ALTER QUOTA .*`) == nil {
			return "", fmt.Errorf("statement %q", s)
		}
	}
	var b strings.Builder
	b.WriteString("<clickhouse><profiles>")
	for name, values := range settings {
		b.WriteString(element(ofSQL+name, values))
	}
	b.WriteString("</profiles><roles>")
	for name, queries := range grants {
		b.WriteString(element(name, element("grants", queries)))
	}
	b.WriteString("</roles><users>")
	for name, u := range users {
		profile := "default"
		if u.settings != "" {
			profile = ofSQL + u.settings
		}
		b.WriteString(element(ofSQL+name, `<password_sha256_hex from_env="`+strings.ToUpper(name)+`_PASSWORD_SHA256"/><networks><ip>127.0.0.1</ip></networks>`+
			element("profile", profile)+"<quota>default</quota>"+element("grants", element("query", "GRANT "+u.role))+
			element("databases", element("mcr", u.filters))))
	}
	b.WriteString("</users></clickhouse>")
	return b.String(), nil
}

// statementsOf gives the statements of a file, without comments.
func statementsOf(text string) (all []string) {
	for s := range strings.SplitSeq(regexp.MustCompile(`(?m)^--.*\n`).ReplaceAllString(text, ""), ";\n") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// The server understands every statement, for a cluster too, and the settings and rights
// that they name. It stops where it would keep what they say: it has no place for users
// in SQL. A statement without its user's digest, or with a bad one, does not get so far.
func TestServersTheStatementsOfUsersAreUnderstood(t *testing.T) {
	plan := planned(t)
	plan.OwnStaff, plan.Networks = true, []string{"10.1.0.0/16", "::1"}
	text, err := plan.SQL()
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for _, m := range regexp.MustCompile(`\{(\w+):String\}`).FindAllStringSubmatch(text, -1) {
		digests[m[1]] = strings.Repeat("0a", 32)
	}
	if len(digests) != 7 {
		t.Fatalf("digests of %v", digests)
	}
	stops := regexp.MustCompile(`ACCESS_STORAGE_FOR_INSERTION_NOT_FOUND|UNKNOWN_ROLE|UNKNOWN_USER|THERE_IS_NO_PROFILE|UNKNOWN_QUOTA|ACCESS_STORAGE_READONLY|ACCESS_ENTITY_NOT_FOUND|There is no (role|user|quota|settings profile)`)
	for _, s := range statementsOf(text) {
		// As one whom no other user's name is in the way of.
		_, err := broker.ask(t.Context(), strings.ReplaceAll(s, "mcr_", "other_"), renamed(digests, "mcr_", "other_"))
		if err == nil || !stops.MatchString(err.Error()) {
			t.Errorf("%v\n%s", err, s)
		}
		if !strings.Contains(s, ":String}") {
			continue
		}
		for what, digest := range map[string]string{"none": "", "short": "0a"} {
			bad := map[string]string{}
			if digest != "" {
				for name := range digests {
					bad[name] = digest
				}
			}
			if _, err := broker.ask(t.Context(), s, bad); err == nil || stops.MatchString(err.Error()) {
				t.Errorf("a digest that is %s: %v\n%s", what, err, s)
			}
		}
	}
	plan.Cluster = "region"
	if text, err = plan.SQL(); err != nil {
		t.Fatal(err)
	}
	for _, s := range statementsOf(text) {
		got, err := broker.ask(t.Context(), `SELECT formatQuery({q:String})`, map[string]string{"q": escaped(s)})
		if err != nil || !strings.Contains(got.rows[0][0], "ON CLUSTER region") {
			t.Errorf("%v\n%s", err, s)
		}
	}
}

func renamed(values map[string]string, from, to string) map[string]string {
	all := map[string]string{}
	for name, value := range values {
		all[strings.ReplaceAll(name, from, to)] = value
	}
	return all
}
