package users

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/nhs"
)

func organisation(t *testing.T, code string) nhs.ODSCode {
	t.Helper()
	c, err := nhs.ParseODSCode(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What stands in a plan is written into SQL and XML as it is: nothing else may stand there.
func TestAPlanThatCannotBeWrittenIsRefused(t *testing.T) {
	twice := organisation(t, "RZ1")
	for what, p := range map[string]Plan{
		"a database":     {Database: "mcr; DROP"},
		"an XML element": {Database: "1mcr"},
		"a cluster":      {Cluster: "it's"},
		"a network":      {Networks: []string{"10.0.0.1", "::/0' OR"}},
		"nobody":         {Organisations: []nhs.ODSCode{{}}},
		"one twice":      {Organisations: []nhs.ODSCode{twice, twice}},
	} {
		for form, write := range map[string]func() (string, error){"SQL": p.SQL, "XML": p.XML} {
			if text, err := write(); !errors.Is(err, ErrPlan) || text != "" {
				t.Errorf("%s, %s: %v, %.40q", what, form, err, text)
			}
		}
	}
}

// Whoever has rights to a divided table has a filter on it, in both forms; nobody has a
// password that stands there; nothing is granted that is not listed for a role.
func TestEveryUserHasAFilterOnEveryDividedTable(t *testing.T) {
	p := Plan{Organisations: []nhs.ODSCode{organisation(t, "Z91001"), organisation(t, "RZ1")}, OwnStaff: true, Database: "trail", Networks: []string{"10.1.0.0/16", "::1"}}
	asXML, err := p.XML()
	if err != nil {
		t.Fatal(err)
	}
	asSQL, err := p.SQL()
	if err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(strings.NewReader(asXML))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	users, roles := p.all()
	if len(users) != 7 || len(roles) != 6 {
		t.Fatalf("%d users, %d roles", len(users), len(roles))
	}
	names := map[string]bool{}
	for _, r := range roles {
		names[r.name] = true
	}
	for _, u := range users {
		_, part, found := strings.Cut(asXML, "<"+u.name+">")
		part, _, _ = strings.Cut(part, "</"+u.name+">")
		if !found || names[u.name] {
			t.Errorf("%s is not in the XML, or is a role's name too", u.name)
		}
		if !strings.Contains(part, `<password_sha256_hex from_env="`+Variable(u.name)+`"/>`) || !strings.Contains(asSQL, "ALTER USER "+u.name+" IDENTIFIED WITH sha256_hash BY {"+u.name+":String} HOST IP '10.1.0.0/16', IP '::1'") {
			t.Errorf("%s has a password of another kind", u.name)
		}
		for _, table := range divided {
			filter, _ := p.filter(u, table)
			if !regexp.MustCompile(`<`+table+`>\s*<filter>`+regexp.QuoteMeta(filter)+`</filter>`).MatchString(part) ||
				!regexp.MustCompile(` ON trail\.`+table+` FOR SELECT USING `+regexp.QuoteMeta(filter)+` TO ([a-z0-9_]+, )*`+u.name+`\b`).MatchString(asSQL) {
				t.Errorf("%s has no filter %q on %s in both forms", u.name, filter, table)
			}
			if !regexp.MustCompile(`mcr_nobody_else ON trail\.` + table + ` FOR SELECT USING 0 AS RESTRICTIVE TO ALL EXCEPT .*\b` + u.name + `\b`).MatchString(asSQL) {
				t.Errorf("%s is nobody else on %s", u.name, table)
			}
		}
		for _, g := range u.role.grants {
			if !strings.Contains(part, "<query>GRANT "+p.grant(g)+"</query>") || !strings.Contains(asSQL, "\nGRANT "+p.grant(g)+" TO "+u.role.name+";\n") {
				t.Errorf("%s is not granted %s in both forms", u.name, p.grant(g))
			}
		}
		if got := strings.Count(part, "<query>"); got != len(u.role.grants) {
			t.Errorf("%s has %d grants in XML, want %d", u.name, got, len(u.role.grants))
		}
		if reads := strings.Contains(part, "<profile>mcr_reader</profile>") && strings.Contains(asSQL, u.name+":String} HOST IP '10.1.0.0/16', IP '::1' SETTINGS PROFILE 'mcr_reader'"); reads != u.role.asks {
			t.Errorf("%s is kept to reading: %t", u.name, reads)
		}
	}
	if regexp.MustCompile(`[0-9a-f]{64}`).MatchString(asXML + asSQL) {
		t.Error("a digest stands there")
	}
	if strings.Contains(asXML, "<records_everywhere>") || strings.Contains(asSQL, "ON trail.records_everywhere FOR") {
		t.Error("a filter on a Distributed table refuses every question")
	}
}

// The analyst's columns are the dashboards', less those by which a person is known.
func TestTheAnalystsColumnsNameNobody(t *testing.T) {
	all := strings.Split(known, ", ")
	var left []string
	for _, c := range all {
		if !strings.Contains(", "+coarse+",", ", "+c+",") {
			left = append(left, c)
		}
	}
	if got, want := strings.Join(left, " "), "seq id user_id user_name patient_hmac trace_id permission_id emergency_id emergency_reason visitor_no patient_no"; got != want {
		t.Errorf("left out: %s", got)
	}
	if len(all)-len(left) != len(strings.Split(coarse, ", ")) {
		t.Error("the analyst has a column that dashboards have not")
	}
}
