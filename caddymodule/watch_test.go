package caddymodule

import (
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// withRule is the shipped policies with more in one rule.
func withRule(t testing.TB, more string) fs.FS {
	t.Helper()
	return policytest.Changed(t, "rules/opt_out/opt_out.rego", policytest.With(more))
}

func loaded(t testing.TB, fsys fs.FS) *decision.Revision {
	t.Helper()
	rev, err := decision.Load(t.Context(), fsys, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func inForceBy(rev *decision.Revision) *ruling {
	r := &ruling{engine: decision.NewEngine(rev), now: time.Now}
	r.set.Store(&gate.Set{FS: policies.FS, Revision: rev})
	return r
}

// Attack 154: when the policies in force give no clear answer to anything, health is red,
// whatever the requests are that come; and green again when they do.
func TestAttack154HealthIsRedWhenNothingCanBeDecided(t *testing.T) {
	good := loaded(t, policies.FS)
	r := inForceBy(good)
	look, log := r.looking(), slog.New(slog.DiscardHandler)
	well := func() error {
		r.note(t.Context(), look, log)
		_, wrong := r.state()
		return wrong
	}
	// Requests to which nothing but "unclear" can be said turn nothing: health asks cases.
	for range 1000 {
		r.engine.Decide(t.Context(), access.Question{}, access.Facts{})
	}
	if wrong := well(); wrong != nil {
		t.Fatalf("red in good health: %v", wrong)
	}
	for name, more := range map[string]string{
		"two values of one rule":                   "\ntwice := true\n\ntwice := false if input.request\n\ndeny contains \"opted-out\" if twice == false\n",
		"a default that is no set of the contract": "\ndefault permit := true\n",
		"a conversion that fails":                  "\ndeny contains \"opted-out\" if to_number(input.request.action) == 7\n",
		"a denial of everything":                   "\ndeny contains \"opted-out\" if input.request\n",
	} {
		bad, err := decision.Load(t.Context(), withRule(t, more), decision.Options{})
		if err != nil {
			t.Logf("%s: does not load: %v", name, strings.Split(err.Error(), "\n")[0])
			continue
		}
		r.engine.Swap(bad)
		if well() == nil {
			t.Errorf("%s: health is green", name)
		}
		r.engine.Swap(good)
		if wrong := well(); wrong != nil {
			t.Errorf("after %s: still red: %v", name, wrong)
		}
	}
	r.engine.Withdraw()
	if well() == nil {
		t.Error("nothing is in force, and health is green")
	}
}

// A region may give every file of cases settings of its own. Then there is none to ask the set
// in force by: that is said, and takes no broker out that decides well.
func TestWithoutACaseToAskByHealthIsRedAndServes(t *testing.T) {
	fsys := policytest.Copied(t)
	policytest.OnlyCases(fsys, "emergency_on")
	r := inForceBy(loaded(t, fsys))
	r.note(t.Context(), r.looking(), slog.New(slog.DiscardHandler))
	if red, wrong := r.state(); wrong != nil || red["policies-unprobed"] == nil {
		t.Errorf("%v, red %v", wrong, red)
	}
	r.engine.Withdraw()
	r.note(t.Context(), r.looking(), slog.New(slog.DiscardHandler))
	if _, wrong := r.state(); wrong == nil {
		t.Error("nothing is in force, and health is green")
	}
}

// A set that is in force by override decides its cases otherwise than they say; health is red
// with 503 only when it decides nothing.
func TestAnOverriddenSetIsAskedForClearAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		more  string
		wrong bool
	}{
		"all is denied":      {"\ndeny contains \"opted-out\" if input.request\n", false},
		"nothing is decided": {"\ndefault permit := true\n", true},
	} {
		r := inForceBy(loaded(t, withRule(t, c.more)))
		r.override, r.refused = &Override{By: "Dr A Name", Until: time.Now().Add(time.Hour)}, new(gate.Refused)
		r.note(t.Context(), r.looking(), slog.New(slog.DiscardHandler))
		red, wrong := r.state()
		if (wrong != nil) != c.wrong || red["policies-overridden"] == nil {
			t.Errorf("%s: %v, red %v", name, wrong, red)
		}
	}
}

// Each cause of an unclear decision is counted as what it is.
func TestUnclearDecisionsAreCountedByCause(t *testing.T) {
	for name, c := range map[string]struct {
		more  string
		limit time.Duration
		want  decision.Cause
	}{
		"a conflict":          {"\ntwice := true\n\ntwice := false if input.request\n\ndeny contains \"opted-out\" if twice == false\n", 0, decision.RulesFailed},
		"a rule that is slow": {"\ndeny contains \"opted-out\" if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti * j == -1\n}\n", time.Millisecond, decision.TooLong},
	} {
		rev, err := decision.Load(t.Context(), withRule(t, c.more), decision.Options{Limit: c.limit})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e := decision.NewEngine(rev)
		if d := e.Decide(t.Context(), access.Question{}, access.Facts{}); d.Effect != access.Indeterminate {
			t.Errorf("%s: %s", name, d.Effect)
		}
		if got := e.Unclear(); got[c.want] != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
	e := decision.NewEngine(nil)
	e.Decide(t.Context(), access.Question{}, access.Facts{})
	if e.Unclear()[decision.NoneInForce] != 1 {
		t.Errorf("nothing in force: %v", e.Unclear())
	}
}

// What a look costs.
func BenchmarkLook(b *testing.B) {
	r := inForceBy(loaded(b, policies.FS))
	look := r.looking()
	look(b.Context())
	for b.Loop() {
		if !look(b.Context()).right {
			b.Fatal("not well")
		}
	}
}
