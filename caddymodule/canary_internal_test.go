package caddymodule

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/intake"
	"github.com/mycarerecord/mcr/policies"
)

// trial has a release on trial that refuses everybody, beside the shipped policies.
func trial(t *testing.T, c release.Canary, expires time.Time) (*ruling, *canary) {
	t.Helper()
	shut := policytest.Copied(t)
	shut["rules/shut/shut.rego"] = &fstest.MapFile{Data: []byte("package mcr.rules.shut\n\nimport rego.v2\n\ndeny contains {\"reason\": \"opted-out\"} if input.request.action == \"view\"\n")}
	set := &gate.Set{Revision: policytest.Revision(t, shut)}
	one := &canary{
		Arrived: &intake.Arrived{Release: &release.Release{Statement: release.Statement{Serial: 2, Canary: &c, Expires: expires}}},
		set:     set, engine: decision.NewEngine(set.Revision),
	}
	f := &fetching{of: new(Releases), in: intake.New(intake.Config{}), none: decision.NewEngine(nil)}
	r := &ruling{releases: f, engine: decision.NewEngine(policytest.Revision(t, policies.FS)), now: time.Now}
	f.app = &App{ruling: r} // not in force: nothing is recorded
	f.canary.Store(one)
	return r, one
}

// However many are decided at once, it is taken back once, and decides nothing that begins afterwards.
func TestATrialIsTakenBackWhileManyDecide(t *testing.T) {
	q, f := policytest.Consultant(), policytest.Permitted()
	r, one := trial(t, release.Canary{Percent: 100, MostWorse: 50}, q.Time.Add(time.Hour))
	var refused, permitted atomic.Uint64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 50 {
				before := one.back.Load() != nil
				rules, _ := r.Now()
				d := rules.Decide(t.Context(), q, f)
				again := rules.Reason(d.Reasons[0].Code) // of the same rules
				switch {
				case again.Text != d.Reasons[0].Text:
					t.Errorf("%s: %q and %q", d.Reasons[0].Code, again.Text, d.Reasons[0].Text)
				case d.Effect == access.Permit:
					permitted.Add(1)
				case before:
					t.Error("it decides after it was taken back")
				default:
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if why := one.back.Load(); why == nil || one.worse.Load() != refused.Load() || one.asked.Load() != refused.Load() || refused.Load() < 26 || permitted.Load() == 0 {
		t.Errorf("back: %v, %d of %d worse, %d refused, %d permitted", why != nil, one.worse.Load(), one.asked.Load(), refused.Load(), permitted.Load())
	}
}

// What a trial does not take is decided by the rules in force alone, and it ends to the second.
func TestWhatATrialDoesNotTake(t *testing.T) {
	q, f := policytest.Consultant(), policytest.Permitted()
	for name, c := range map[string]struct {
		release.Canary
		ends    time.Duration
		refuses bool
	}{
		"it takes it":        {release.Canary{Percent: 100, MostWorse: 100}, time.Second, true},
		"it has ended":       {release.Canary{Percent: 100, MostWorse: 100}, 0, false},
		"at another source":  {release.Canary{Percent: 100, Sources: []string{"elsewhere"}, MostWorse: 100}, time.Second, false},
		"at this source too": {release.Canary{Percent: 100, Sources: []string{"elsewhere", q.Source.ID}, MostWorse: 100}, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, one := trial(t, c.Canary, q.Time.Add(c.ends))
			rules, hours := r.Now()
			if d := rules.Decide(t.Context(), q, f); (d.Effect != access.Permit) != c.refuses {
				t.Errorf("%s %v", d.Effect, d.Reasons)
			}
			if hours != 24*time.Hour {
				t.Errorf("a permission that does not say runs for %s", hours)
			}
			if asked := one.asked.Load(); (asked == 1) != c.refuses {
				t.Errorf("%d were counted", asked)
			}
			// What is no view is decided by it, and says nothing of what comes out worse.
			q := q
			q.Action = access.Withdraw
			q.Statement = &access.Statement{UserID: q.Subject.UserID, Organisation: q.Subject.Organisation, Permission: "none"}
			before := one.asked.Load()
			rules.Decide(t.Context(), q, f)
			if one.asked.Load() != before {
				t.Error("a withdrawal is counted as a view")
			}
		})
	}
}
