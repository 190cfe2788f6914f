package trail_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/nhs"
)

// attempt is one request by which an officer tries to see what is not theirs.
type attempt struct {
	method, target string
	form           url.Values
}

// attempts are ways round the scope in every route of the room: another
// organisation's ids, filters, cursors, patients and traces, made-up parameters,
// as a page, as CSV and as JSON, in the address and in the body.
func attempts(all []*audit.Record, cursors []string) []attempt {
	const records, patient = "/console/trail/records", "/console/trail/patient"
	var out []attempt
	get := func(target string, v url.Values) {
		if len(v) > 0 {
			target += "?" + v.Encode()
		}
		out = append(out, attempt{http.MethodGet, target, nil})
	}
	// each tries one way with every route that takes a form or an address, in turn as
	// a page, as CSV and as JSON.
	formats, turn := []string{"", "csv", "json"}, 0
	each := func(v url.Values) {
		with := func(more ...string) url.Values {
			turn++
			w := url.Values{"format": {formats[turn%3]}}
			for i := 0; i < len(more); i += 2 {
				w.Set(more[i], more[i+1])
			}
			for name, value := range v {
				w[name] = value
			}
			return w
		}
		get(records, with())
		out = append(out, attempt{http.MethodPost, records, with()}, attempt{http.MethodPost, patient, with()},
			attempt{http.MethodPost, records, with("patient", patients[0])}, attempt{http.MethodPost, patient, with("patient", patients[0])})
	}
	get("/console/trail", nil)
	get("/console/trail", url.Values{"from": {"2026-03-01"}, "to": {"2026-03-05"}})
	for range formats {
		each(nil)
	}
	for _, r := range all[:9] {
		get(records+"/"+r.ID, nil)
		get(records+"/"+r.ID, url.Values{"format": {"json"}})
		each(url.Values{"id": {r.ID}})
		each(url.Values{"of": {r.ID}})
		each(url.Values{"trace": {r.TraceID}})
	}
	for _, org := range []string{"Z91001", "RZ1", "RZ2", "X26", "", "*", "%", "' OR '1'='1", "RZ1' OR '1'='1", "RZ1\x00", "rz1", "RZ1,RZ2"} {
		for _, name := range []string{"source-org", "user-org"} {
			each(url.Values{name: {org}})
		}
	}
	// Fields of the scope itself, and names that somebody may think it has.
	for _, name := range []string{"org", "scope", "SourceOrg", "source_org", "OwnStaff", "own-staff", "region", "limit", "Scope.SourceOrg"} {
		get("/console/trail", url.Values{name: {"RZ2"}})
		each(url.Values{name: {"RZ2"}})
	}
	for _, source := range sources {
		each(url.Values{"source": {source.ID}})
	}
	for _, user := range []string{"555001000100", "555001000101", "555001000102", "555001000103", "555001000104"} {
		each(url.Values{"user": {user}})
	}
	for _, m := range append(audit.Measures(), "everything") {
		each(url.Values{"measure": {string(m)}})
	}
	for _, d := range audit.Dimensions() {
		each(url.Values{"without": {string(d)}})
	}
	for _, cursor := range cursors {
		each(url.Values{"older": {cursor}})
		each(url.Values{"older": {cursor}, "source-org": {"RZ2"}})
	}
	each(url.Values{"day": {"2026-03-02"}})
	get("/console/trail/month", nil)
	get("/console/trail/month", url.Values{"month": {"2026-03"}})
	get("/console/trail/month", url.Values{"month": {"2026-03"}, "source-org": {"RZ2"}})
	each(url.Values{"hours": {"out-of-hours"}})
	each(url.Values{"hours": {"7-09,7-10"}})
	each(url.Values{"person": {"Number"}})
	each(url.Values{"person": {"555001000102"}})
	for _, number := range patients {
		each(url.Values{"patient": {number}})
	}
	return out
}

// Attack 135: an organisation's officer tries every route to a record of another
// organisation. Nothing of one is ever shown, and each attempt is recorded.
func TestAttack135NothingWidensTheScope(t *testing.T) { nothingWidens(t, openSQLite(t)) }

func nothingWidens(t *testing.T, s kept) {
	r := open(t, s)
	all := region(t, r.protector)
	deliver(t, s, all...)
	cursors := older(t, r)
	for _, staff := range []bool{false, true} {
		var options []option
		if staff {
			options = append(options, ownStaff)
		}
		officer := open(t, s, options...)
		officer.who, officer.protector = person("RZ1"), r.protector
		inside := func(rec *audit.Record) bool {
			return rec.SourceOrg == "RZ1" || staff && rec.UserOrg == "RZ1"
		}
		byText := map[string]*audit.Record{}
		for _, rec := range all {
			byText[rec.ID], byText[rec.TraceID] = rec, rec
		}
		tried, seen := 0, map[string]bool{}
		for _, a := range attempts(all, cursors) {
			before := officer.looks.count()
			status, header, body := officer.ask(t, a.method, a.target, a.form)
			tried++
			recorded := officer.looks.count() - before
			if !oneLook(officer.looks.all[before:]) && status != http.StatusSeeOther {
				t.Fatalf("%+v: %d, and %d looks were recorded", a, status, recorded)
			}
			if status == http.StatusSeeOther && (body != "" && strings.Contains(body, "01a20784") || recorded != 0) {
				t.Errorf("%+v: sent on with %s", a, body)
			}
			if to := header.Get("Location"); to != "" && !strings.HasPrefix(to, "/console/trail/") {
				t.Errorf("%+v: sent on to %s", a, to)
			}
			for _, text := range named(body) {
				rec := byText[text]
				if rec == nil {
					continue
				}
				if !inside(rec) && shows(a, body, text) {
					t.Fatalf("%+v: shows record %s of %s to an officer of RZ1\n%s", a, rec.ID, rec.SourceOrg, body)
				}
				if inside(rec) {
					seen[rec.ID] = true
				}
			}
		}
		for _, rec := range all {
			if inside(rec) && !seen[rec.ID] {
				t.Errorf("the officer's own record %s was never shown", rec.ID)
			}
		}
		t.Logf("%d attempts, own staff %v", tried, staff)
	}
}

// anyRecord finds the ids and traces of the records of region.
var anyRecord = regexp.MustCompile(`01a20784-f1c7-7e2a-9324-\d{12}|4bf92f3577b34da6a3ce92[0-9a-f]{10}`)

// named gives what anyRecord finds in a page, faster.
func named(body string) (out []string) {
	for _, like := range []string{"01a20784-f1c7-7e2a-9324-000000000000", "4bf92f3577b34da6a3ce920000000000"} {
		for rest := body; ; {
			at := strings.Index(rest, like[:22])
			if at < 0 || at+len(like) > len(rest) {
				break
			}
			out, rest = append(out, rest[at:at+len(like)]), rest[at+22:]
		}
	}
	return out
}

// shows says whether a text stands in an answer otherwise than as what was asked
// for, shown back in its own field or filter.
func shows(a attempt, body, text string) bool {
	if asked := a.target + a.form.Encode(); !strings.Contains(asked, text) {
		return strings.Contains(body, text)
	}
	return strings.Contains(body, "/console/trail/records/"+text) || strings.Contains(body, `"record": "`+text)
}

// older gives a cursor of the region's auditor, one that was made up, and what is none.
func older(t *testing.T, r *room) []string {
	t.Helper()
	_, body := r.get(t, "/console/trail/records?measure=")
	next := regexp.MustCompile(`href="([^"]*older=[^"]*)"`).FindStringSubmatch(body)
	if next == nil {
		t.Fatalf("no older records\n%s", body)
	}
	at, err := url.Parse(html.UnescapeString(next[1]))
	if err != nil {
		t.Fatal(err)
	}
	out := []string{at.Query().Get("older"), audit.Place{TimeIn: now, Broker: "region-1", Seq: 1 << 40}.Cursor()}
	return append(out, "x", strings.Repeat("A", 2000), out[0]+"A", out[0][:8])
}

// Another organisation's record and one that there is not: the same answer.
func TestAttack135AnotherOrganisationsRecordIsOneThatThereIsNot(t *testing.T) { stores(t, notTheirs) }

func notTheirs(t *testing.T, s kept) {
	r := open(t, s)
	all := region(t, r.protector)
	deliver(t, s, all...)
	r.who = person("RZ1")
	for _, suffix := range []string{"", "?format=json"} {
		wanted, unknown := r.get(t, "/console/trail/records/01a20784-0000-7e2a-9324-000000000000"+suffix)
		first := r.looks.last(t)
		got, other := r.get(t, "/console/trail/records/"+all[0].ID+suffix) // of Z91001
		second := r.looks.last(t)
		if wanted != http.StatusNotFound || got != wanted || other != unknown {
			t.Errorf("%d and %d\n%s\n%s", wanted, got, unknown, other)
		}
		for _, look := range []*audit.Record{first, second} {
			if look.Outcome != audit.Refused || look.Action != audit.LookAtRecord || look.PatientHMAC != "" || look.SourceOrg != "RZ1" || !slices.Equal(look.Reasons, []string{"not-found"}) {
				t.Errorf("recorded as %+v", look)
			}
		}
	}
	// The patient of another organisation's record is nobody, too.
	for _, target := range []string{"/console/trail/patient", "/console/trail/records"} {
		status, body := r.post(t, target, "of", all[0].ID)
		if status != http.StatusNotFound || strings.Contains(body, "999") {
			t.Errorf("%s: %d\n%s", target, status, body)
		}
	}
}

// The scope is made from who is signed in. Whoever cannot have one sees nothing.
func TestWhoSeesWhat(t *testing.T) {
	s := openSQLite(t)
	r := open(t, s)
	all := region(t, r.protector)
	deliver(t, s, all...)
	host := func(cfg *trail.Config) {
		cfg.Reach = trail.Reach{Region: []nhs.ODSCode{code("RZ2")}, RegionRoles: []nhs.RoleCode{role("R8012")}}
	}
	informed := person("RZ2")
	informed.Subject.Role = role("R8012")
	elsewhere, roleless := person("RZ1"), person("RZ2")
	elsewhere.Subject.Role, roleless.Subject.Role = role("R8012"), nhs.RoleCode{}
	for name, c := range map[string]struct {
		who    *page.Person
		option option
		status int
		total  int
	}{
		"the region's auditor":                    {person("X26"), nil, 200, 120},
		"an organisation's officer":               {person("RZ1"), nil, 200, 40},
		"an organisation that holds nothing":      {person("RZ9"), nil, 200, 0},
		"the host's own officer":                  {person("RZ2"), host, 200, 40},
		"the region's auditor at the host":        {informed, host, 200, 120},
		"the region's role at another place":      {elsewhere, host, 200, 40},
		"the region's role, and no role":          {roleless, host, 200, 40},
		"the region's auditor where nobody is":    {person("X26"), func(cfg *trail.Config) { cfg.Reach = trail.Reach{} }, 200, 0},
		"somebody without the area":               {&page.Person{Subject: person("X26").Subject}, nil, 403, 0},
		"somebody without an organisation":        {&page.Person{Areas: page.Areas{Trail: true}, Subject: access.Subject{UserID: "u"}}, nil, 403, 0},
		"somebody without a user number":          {&page.Person{Areas: page.Areas{Trail: true}, Subject: access.Subject{Organisation: code("X26")}}, nil, 403, 0},
		"nobody":                                  {nil, nil, 403, 0},
		"nobody, where the region is nobody":      {nil, func(cfg *trail.Config) { cfg.Reach = trail.Reach{} }, 403, 0},
		"an officer whose organisation is listed": {person("RZ1"), func(cfg *trail.Config) { cfg.Reach.Region = []nhs.ODSCode{code("X26"), code("RZ1")} }, 200, 120},
	} {
		var options []option
		if c.option != nil {
			options = append(options, c.option)
		}
		r := open(t, s, options...)
		r.who = c.who
		status, body := r.get(t, "/console/trail/records?measure=")
		want := fmt.Sprintf(`id="found">%d visits, %d records<`, c.total, c.total)
		if c.total == 0 {
			want = `id="found">No records<`
		}
		if status != c.status || status == 200 && !strings.Contains(body, want) || status != 200 && strings.Contains(body, "01a20784") {
			t.Errorf("%s: %d, %s", name, status, between(body, `id="found">`, "<"))
		}
		if !oneLook(r.looks.all) || (r.looks.last(t).Outcome == audit.Released) != (status == 200) {
			t.Errorf("%s: %d looks, %+v", name, r.looks.count(), r.looks.last(t))
		}
		if c.who == nil {
			continue
		}
		if own := c.who.Subject.Organisation.String(); status == 403 && r.looks.last(t).SourceOrg != own {
			t.Errorf("%s: their own organisation does not see that they tried: %q", name, r.looks.last(t).SourceOrg)
		}
		for _, target := range []string{"/console/trail", "/console/trail/records", "/console/trail/patient", "/console/trail/records/" + all[0].ID} {
			if status, _ := r.get(t, target); (status == 403) != (c.status == 403) {
				t.Errorf("%s: %s gives %d", name, target, status)
			}
		}
	}
}

// Who sees the whole region must be said: an organisation alone opens nothing.
func TestTheRegionNeedsRoles(t *testing.T) {
	for name, reach := range map[string]trail.Reach{
		"no roles":       {Region: []nhs.ODSCode{code("RZ2")}},
		"an empty role":  {Region: []nhs.ODSCode{code("RZ2")}, RegionRoles: []nhs.RoleCode{{}}},
		"an empty place": {Region: []nhs.ODSCode{{}}, RegionRoles: []nhs.RoleCode{role("R8012")}},
	} {
		_, err := trail.New(t.Context(), trail.Config{Reach: reach})
		if err == nil || !strings.Contains(err.Error(), "whole region") && !strings.Contains(err.Error(), "region's organisations") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
