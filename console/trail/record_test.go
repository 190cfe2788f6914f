package trail_test

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

var markup = regexp.MustCompile(`(?s)<[^>]*>`)

// text gives what a page says, a line for each block, without its markup.
func text(body string) string {
	body = between(body, "<main", "</main>")
	_, body, _ = strings.Cut(body, ">")
	body = regexp.MustCompile(`</(p|h1|h2|h3|li|dd|dt|th|td|tr|pre|div|button|label|summary)>`).ReplaceAllString(body, "\n")
	body = html.UnescapeString(markup.ReplaceAllString(body, " "))
	var lines []string
	for line := range strings.Lines(body) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// recorded are records of the demo's region as its broker wrote them, in
// testdata/<name>.json.
func recorded(t *testing.T, name string) *audit.Record {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	r := &audit.Record{}
	if err := json.Unmarshal(document, r); err != nil {
		t.Fatal(err)
	}
	r.Broker, r.Sequence = "region-1", 0
	if rev, err := revision(); err != nil {
		t.Fatal(err)
	} else if r.Digest != "" && !strings.HasPrefix(r.Digest, "0000") {
		r.Digest = rev.Digest()
	}
	return r
}

// withoutPolicies puts marks for what is written in the policies: whoever edits a
// description must not break this package's tests.
func withoutPolicies(t *testing.T, text string) string {
	t.Helper()
	b, err := written()
	if err != nil {
		t.Fatal(err)
	}
	put := func(words, mark string) {
		if words != "" {
			text = strings.ReplaceAll(text, words, "‹"+mark+"›")
		}
	}
	for _, rule := range b.Rules {
		put(rule.Description, rule.Name+": description")
		put(rule.Promise, rule.Name+": promise")
		for _, part := range rule.Parts {
			if part.Title != "" {
				put(strings.TrimSuffix(part.Title, ".")+". "+part.Description, rule.Name+": part "+part.Name)
			}
		}
	}
	for _, reason := range b.Reasons {
		put(reason.Text+" "+reason.Code, "reason "+reason.Code)
	}
	return strings.ReplaceAll(text, b.Revision, "‹revision›")
}

// What each page says of a record, as a golden file: a privacy officer should be
// able to read it aloud. MCR_UPDATE=1 writes the files anew.
func TestWhatARecordsPageSays(t *testing.T) { stores(t, pageSays) }

func pageSays(t *testing.T, s kept) {
	names := []string{"own-record", "permission-needed", "recorded-permission", "permission-to-view", "withdrawn", "opted-out", "test-order", "read-only", "facts-unavailable", "emergency"}
	var all []*audit.Record
	for _, name := range names {
		all = append(all, recorded(t, name))
	}
	r := open(t, s)
	deliver(t, s, all...)
	for i, name := range names {
		status, body := r.get(t, "/console/trail/records/"+all[i].ID)
		if status != http.StatusOK {
			t.Fatalf("%s: %d\n%s", name, status, body)
		}
		got, _, _ := strings.Cut(text(body), "The record as it was written")
		got = regexp.MustCompile(`The hash of this record: [0-9a-f]{64}`).ReplaceAllString(got, "The hash of this record: …")
		got = withoutPolicies(t, got)
		golden := filepath.Join("testdata", name+".txt")
		if os.Getenv("MCR_UPDATE") != "" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What clients sent is data on the page, and nothing of it is hidden (attack 132).
func TestAttack132HostileRecordsAreData(t *testing.T) { stores(t, hostileIsData) }

func hostileIsData(t *testing.T, s kept) {
	const evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202eevil\u2066\x00\r\n=cmd|' /C calc'!A0"
	r := open(t, s)
	hostile := &audit.Record{
		Schema: 1, ID: "01a20784-f1c7-7e2a-9324-000000000001", Broker: "region-1", TimeIn: begin, TimeOut: begin, Outcome: audit.Outcome(evil), Effect: evil,
		Reasons: []string{evil}, Rules: []string{evil}, Revision: evil, Digest: evil, UserID: evil, UserName: evil, RoleCode: evil, RoleName: evil,
		UserOrg: evil, UserOrgName: evil, Client: evil, Issuer: evil, Purpose: evil, ClientIP: evil, UserAgent: evil, PatientShown: evil,
		PatientHMAC: r.protector.HMAC(number(t, patients[0])), Source: evil, SourceOrg: evil, Action: evil, Interaction: evil, ResourceType: evil, Query: evil,
		Categories: map[string]int{evil: 1}, Types: map[string]int{evil: 1}, Resources: []string{evil}, Withheld: map[string]int{evil: 1},
		Permission: evil, Relationship: evil, Emergency: evil, EmergencyReason: evil, TraceID: evil, Correlation: []string{evil}, DocumentType: evil, DocumentDigest: evil, DocumentBytes: 4711, Input: json.RawMessage(`{"time":"x"}`),
	}
	deliver(t, s, hostile)
	patient := []string{"patient", patients[0]}
	for _, a := range []struct {
		target string
		form   []string
	}{{"/console/trail?from=2026-03-01", nil}, {"/console/trail/records?measure=", nil}, {"/console/trail/records/" + hostile.ID, nil},
		{"/console/trail/records", patient}, {"/console/trail/patient", patient}} {
		status, body := 0, ""
		if a.form == nil {
			status, body = r.get(t, a.target)
		} else {
			status, body = r.post(t, a.target, a.form...)
		}
		for _, no := range []string{"<script>alert", "<img", "onerror=alert(1)>", "\u202e", "\u2066", "\x00"} {
			if strings.Contains(body, no) {
				t.Errorf("%s holds %q\n%s", a.target, no, body)
			}
		}
		if status != http.StatusOK || !strings.Contains(body, "&lt;script&gt;") && !strings.Contains(body, "%3cscript%3e") && !strings.Contains(body, "%3Cscript%3E") {
			t.Errorf("%s: %d\n%s", a.target, status, body)
		}
	}
	for _, target := range []string{"/console/trail/records?format=csv", "/console/trail/patient"} {
		_, _, body := r.ask(t, map[bool]string{true: "POST", false: "GET"}[strings.HasSuffix(target, "patient")], target, map[string][]string{"patient": {patients[0]}, "format": {"csv"}})
		if strings.Contains(body, "\u202e") || regexp.MustCompile(`(^|["\n,;])[=+@]`).MatchString(body) {
			t.Errorf("%s\n%s", target, body)
		}
	}
	for _, target := range []string{"/console/trail/records?format=json&measure=", "/console/trail/patient"} {
		method, form := http.MethodGet, url.Values(nil)
		if strings.HasSuffix(target, "patient") {
			method, form = http.MethodPost, url.Values{"patient": {patients[0]}, "format": {"json"}}
		}
		status, _, body := r.ask(t, method, target, form)
		if status != http.StatusOK || strings.Contains(body, "\u202e") || !strings.Contains(body, `\u202e`) || !json.Valid([]byte(body)) {
			t.Errorf("%s: %d\n%s", target, status, body)
		}
	}
}

// forged gives a trail's entries otherwise than they were written.
type forged struct {
	audit.Trail
	forge func([]spool.Entry) []spool.Entry
}

func (f forged) Entries(ctx context.Context, broker string, after uint64, most int) ([]spool.Entry, error) {
	all, err := f.Trail.Entries(ctx, broker, after, most)
	if err != nil {
		return nil, err
	}
	return f.forge(all), nil
}

// Attack 136: a record's page says when its place in the chain is not in order,
// and tells nothing of its neighbours, which may be another organisation's.
func TestAttack136ThePlaceInTheChain(t *testing.T) {
	store := new(trailtest.Memory)
	first := open(t, store)
	all := region(t, first.protector)
	deliver(t, store, all...)
	drop := func(seq uint64) func([]spool.Entry) []spool.Entry {
		return func(in []spool.Entry) []spool.Entry {
			var out []spool.Entry
			for _, e := range in {
				if e.Seq != seq {
					out = append(out, e)
				}
			}
			return out
		}
	}
	alter := func(seq uint64, from, to string) func([]spool.Entry) []spool.Entry {
		return func(in []spool.Entry) []spool.Entry {
			for i := range in {
				if in[i].Seq == seq {
					in[i].Payload = []byte(strings.Replace(string(in[i].Payload), from, to, 1))
				}
			}
			return in
		}
	}
	whole := func(in []spool.Entry) []spool.Entry { return in }
	for name, c := range map[string]struct {
		record int // number
		forge  func([]spool.Entry) []spool.Entry
		says   string
	}{
		"whole":                     {61, whole, "those of the 50 records before it and of the 50 after it"},
		"the first":                 {1, whole, "those of the 0 records before it and of the 50 after it"},
		"the last":                  {120, whole, "those of the 50 records before it and of the 0 after it"},
		"the second":                {2, whole, "those of the 1 records before it"},
		"one before is gone":        {61, drop(59), "Records are missing before number 60."},
		"one after is gone":         {61, drop(63), "Records are missing before number 64."},
		"the first is gone":         {2, drop(1), "Records are missing before number 2."},
		"itself is gone":            {61, drop(61), "The chain has no record of this number."},
		"itself was altered":        {61, alter(61, "Dr Number", "Dr Numbre"), "The record shown here is not the one that stands at its place in the chain."},
		"its neighbour was altered": {61, alter(60, "Dr Number", "Dr Numbre"), "Record 60 does not fit the one before it"},
		"far away is not looked at": {120, alter(20, "Dr Number", "Dr Numbre"), "those of the 50 records before it"},
		"no entries":                {61, func([]spool.Entry) []spool.Entry { return nil }, "The chain has no record of this number."},
	} {
		r := open(t, forged{store, c.forge})
		r.protector = first.protector
		rec := all[c.record-1]
		r.who = person(rec.SourceOrg)
		status, body := r.get(t, "/console/trail/records/"+rec.ID)
		if got := text(body); status != http.StatusOK || !strings.Contains(got, c.says) || strings.Contains(got, "Whole") != strings.HasPrefix(c.says, "those") {
			t.Errorf("%s: %d, wants %q\n%s", name, status, c.says, got)
		}
		for _, id := range anyRecord.FindAllString(body, -1) {
			if id != rec.ID && id != rec.TraceID {
				t.Errorf("%s: the page tells of %s", name, id)
			}
		}
	}
}

func TestTimesAreLondons(t *testing.T) {
	store := new(trailtest.Memory)
	r := open(t, store)
	summer := recorded(t, "own-record")
	summer.TimeIn = time.Date(2025, 7, 1, 23, 30, 0, 0, time.UTC)
	deliver(t, store, summer)
	_, body := r.get(t, "/console/trail/records/"+summer.ID)
	if !strings.Contains(body, "2 July 2025, 00:30 BST") {
		t.Error(text(body))
	}
	// The day is the one in London.
	for address, n := range map[string]int{"from=2025-07-02&to=2025-07-02": 1, "from=2025-07-01&to=2025-07-01": 0, "day=2025-07-01": 0, "day=2025-07-02": 1} {
		_, body := r.get(t, "/console/trail/records?"+address)
		if strings.Contains(body, summer.ID) != (n == 1) {
			t.Errorf("%s: %s", address, between(body, `id="found">`, "<"))
		}
	}
}

// A decision that comes out otherwise than it was recorded is said out loud.
func TestADecisionThatComesOutOtherwise(t *testing.T) {
	for name, c := range map[string]struct {
		alter func(*audit.Record)
		says  string
	}{
		"as it was": {func(*audit.Record) {}, "It came out the same."},
		"effect":    {func(r *audit.Record) { r.Effect = "permit" }, "It came out otherwise (deny, permission-needed)"},
		"rules":     {func(r *audit.Record) { r.Rules = []string{"own_record"} }, "It came out otherwise (deny, permission-needed)"},
		"reasons":   {func(r *audit.Record) { r.Reasons = []string{"opted-out"} }, "It came out otherwise (deny, permission-needed)"},
		"facts": {func(r *audit.Record) {
			r.Input = []byte(strings.Replace(string(r.Input), `"absent"`, `"unavailable"`, 4))
		}, "It came out otherwise (indeterminate"},
		"other policies": {func(r *audit.Record) { r.Digest = "0" }, ""},
		"no input":       {func(r *audit.Record) { r.Input = nil }, ""},
		"no JSON":        {func(r *audit.Record) { r.Input = []byte(`{"cut":300000}`) }, ""},
	} {
		rec := recorded(t, "permission-needed")
		c.alter(rec)
		store := new(trailtest.Memory)
		r := open(t, store)
		deliver(t, store, rec)
		status, body := r.get(t, "/console/trail/records/"+rec.ID)
		if got := text(body); status != http.StatusOK || !strings.Contains(got, c.says) || c.says == "" && strings.Contains(got, "It came out") {
			t.Errorf("%s: %d\n%s", name, status, got)
		}
	}
}
