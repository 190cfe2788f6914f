package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// run is one story being told.
type run struct {
	t      testing.TB
	story  *Story
	whole  *whole
	who    string // the last who
	token  string
	tokens []string
	sent   int    // requests so far
	seen   uint64 // the last record that was looked at
	bodies []any  // the answer to each step, decoded
	record []byte // the last one
}

// Run tells a story to a whole broker that decides with engine, and reports
// wherever it does not go as written.
func Run(t testing.TB, s *Story, engine *decision.Engine) {
	t.Helper()
	r := &run{t: t, story: s, whole: build(t, s, engine), who: "nobody"}
	r.whole.learn(t, r.fill(s.Registry))
	r.whole.source.script(r, s)
	for i := range s.Steps {
		r.step(&s.Steps[i])
	}
}

func (r *run) step(step *Step) {
	r.t.Helper()
	r.whole.clock.Pass(step.Later)
	r.whole.learn(r.t, r.fill(step.Registry))
	if step.Who != "" {
		r.who = step.Who
	}
	for _, request := range step.Requests {
		r.signIn()
		where := fmt.Sprintf("request %d, %s", step.N, firstLine(request))
		got := r.send(r.fill(strings.TrimLeft(request, "\n")))
		within := []any{}
		if step.Within != "" {
			within, _ = r.decoded(where+".within", r.fill(step.Within)).([]any)
		}
		inner, record := r.recorded(where, len(within))
		for i, want := range within {
			r.kept(where, inner[i])
			r.matches(fmt.Sprintf("%s: record %d within", where, i+1), want, r.decoded(where, string(inner[i])))
		}
		asked, odd := r.whole.source.since()
		r.promised(where, got, record, odd)
		r.answered(where, got, r.fill(step.Response))
		r.matches(where+": record", r.decoded(where+".record", r.fill(step.Record)), r.decoded(where, string(record)))
		if step.Asked != nil {
			want := strings.Fields(r.fill(*step.Asked))
			for i := range want {
				want[i] = readable(want[i])
			}
			if diff := cmp.Diff(want, asked, equateEmpty); diff != "" {
				r.t.Errorf("%s: what the source was asked for (-story +broker):\n%s", where, diff)
			}
		}
		if r.t.Failed() {
			r.t.Fatalf("%s\n\nanswer %d: %s\n\nrecord: %s", r.story.Says, got.StatusCode, got.body, record)
		}
		if step.N > len(r.bodies) {
			r.bodies = append(r.bodies, decode(got.body))
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// signIn gives a new token to who asks.
func (r *run) signIn() {
	r.t.Helper()
	name, over, _ := strings.Cut(r.who, " ")
	if name == "nobody" {
		r.token = ""
		return
	}
	p, err := known(cast, name)
	if err != nil {
		r.t.Fatal(err)
	}
	o := organisations[p.organisation]
	r.sent++
	claims := issuer().Claims(r.whole.clock.Now(), map[string]any{
		"uid": p.user, "sub": p.user, "name": p.name, "jti": fmt.Sprintf("%s-%d", r.story.Name, r.sent), "selected_roleid": "role-1",
		"nhsid_nrbac_roles": []any{map[string]any{"person_orgid": "org-1", "person_roleid": "role-1", "org_code": o.ods, "role_name": p.title, "role_code": p.role}},
		"nhsid_user_orgs":   []any{map[string]any{"org_name": o.name, "org_code": o.ods}},
	})
	if over = strings.TrimSpace(over); over != "" {
		var changes map[string]any
		if err := json.Unmarshal([]byte(r.fill(over)), &changes); err != nil {
			r.t.Fatalf("claims to lay over those of %s: %v", name, err)
		}
		claims = tokentest.Changed(claims, changes)
	}
	r.token = issuer().Sign(claims)
	r.tokens = append(r.tokens, r.token)
}

// recorded reads the one record that a request must have left, and before it those of
// the requests that it stands for, all of one trace.
func (r *run) recorded(where string, within int) (inner [][]byte, record []byte) {
	r.t.Helper()
	entries, err := r.whole.Spool.Read(r.seen, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(entries) != 1+within {
		r.t.Fatalf("%s: %d records, want exactly one for one request\n%s", where, len(entries), r.story.Says)
	}
	for _, e := range entries[:within] {
		inner = append(inner, e.Payload)
	}
	last := entries[within]
	r.seen = last.Seq
	r.record = last.Payload
	for _, one := range inner {
		if trace := textMember(string(one), "trace_id"); trace == "" || trace != textMember(string(r.record), "trace_id") {
			r.t.Errorf("%s: the records are not of one trace: %s", where, one)
		}
	}
	return inner, r.record
}

// kept is what a record says of itself and of the decision.
type kept struct {
	ID      string
	Status  int
	Effect  string
	Reasons []string
	Rules   []string
	Digest  string `json:"policy_digest"`
	Input   json.RawMessage
}

// promised holds what every request is held to, whatever the story says.
func (r *run) promised(where string, got answer, record []byte, odd []string) {
	r.t.Helper()
	var kept kept
	if err := json.Unmarshal(record, &kept); err != nil {
		r.t.Fatalf("%s: the record cannot be read: %v", where, err)
	}
	if id := got.Header.Get("X-Record-Id"); id != kept.ID || id == "" {
		r.t.Errorf("%s: the answer is about record %q, the record is %q", where, id, kept.ID)
	}
	if kept.Status != got.StatusCode {
		r.t.Errorf("%s: the record says %d, the answer was %d", where, kept.Status, got.StatusCode)
	}
	if got.Header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("%s: the answer may be stored by a cache", where)
	}
	if len(odd) > 0 {
		r.t.Errorf("%s: the source was sent what no broker sends: %s", where, strings.Join(odd, ", "))
	}
	if got.StatusCode >= 400 && nhsNumber.MatchString(got.all) {
		r.t.Errorf("%s: the refusal holds an NHS number", where)
	}
	r.kept(where, record)
	if r.whole.engine.taken() != nil {
		r.t.Errorf("%s: a decision was made that no record tells", where)
	}
}

// kept holds what every record is held to.
func (r *run) kept(where string, record []byte) {
	r.t.Helper()
	var kept kept
	if err := json.Unmarshal(record, &kept); err != nil {
		r.t.Fatalf("%s: the record cannot be read: %v", where, err)
	}
	if found := canaries(string(record)); len(found) > 0 {
		r.t.Errorf("%s: the record holds content of the source: %s", where, found)
	}
	if number := nhsNumber.Find(record); number != nil {
		r.t.Errorf("%s: the record holds an NHS number", where)
	}
	for _, token := range r.tokens {
		if strings.Contains(string(record), token) {
			r.t.Errorf("%s: the record holds a token", where)
		}
	}
	r.decidedAgain(where, kept)
}
