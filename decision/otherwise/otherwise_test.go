package otherwise_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/otherwise"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// stored are the cases; some of them where everything takes ten times as long.
func stored(t testing.TB) []cases.Case {
	all := policytest.Cases(t)
	if !policytest.Race {
		return all
	}
	var some []cases.Case
	for i := 0; i < len(all); i += 8 {
		some = append(some, all[i])
	}
	return some
}

// find searches with what a case asks.
func find(t testing.TB, c *cases.Case, opt otherwise.Options) otherwise.Found {
	t.Helper()
	d := c.Engine.Decide(t.Context(), c.Question, c.Facts)
	f, err := otherwise.Find(t.Context(), c.Engine.Revision(), d.Input, opt)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	if !decision.Same(f.Was, d) {
		t.Errorf("%s: searched from %s, decided is %s", c.Name, cases.Describe(f.Was), cases.Describe(d))
	}
	return f
}

// Each offer is decided again, by the machine, by the replay of a record, and by OPA's own
// package rego without any of our code, and must come out as was told.
func TestWhatIsOfferedIsDecidedSo(t *testing.T) {
	opa := judges{}
	offers, two, none := 0, 0, 0
	for _, c := range stored(t) {
		f := find(t, &c, otherwise.Options{})
		rev := c.Engine.Revision()
		if got := opa.effect(t, rev, f.Was.Input); got != string(f.Was.Effect) {
			t.Errorf("%s: OPA decides %s, and it was %s", c.Name, got, f.Was.Effect)
		}
		if !f.Whole || !f.Entries || len(f.Offers) > 5 || f.One == 0 {
			t.Errorf("%s: %d offers, %s", c.Name, len(f.Offers), f.Note())
		}
		if len(f.Offers) == 0 {
			none++
			if !strings.HasPrefix(f.Note(), "No change that was tried, of one or two facts or of the question, would have decided otherwise") {
				t.Errorf("%s: %s", c.Name, f.Note())
			}
		}
		size := 1
		for i, o := range f.Offers {
			offers++
			d, err := rev.DecideInput(t.Context(), o.Input)
			d.Input = o.Input
			if err != nil || !decision.Same(d, o.Decision) || d.Effect == f.Was.Effect {
				t.Errorf("%s: %s: %v %s", c.Name, o.Told(), err, cases.Describe(d))
			}
			again, err := c.Engine.Replay(t.Context(), o.Input)
			if err != nil || again.Effect != d.Effect || !slices.Equal(again.Reasons, d.Reasons) {
				t.Errorf("%s: %s: replayed as %s (%v)", c.Name, o.Told(), cases.Describe(again), err)
			}
			if got := opa.effect(t, rev, o.Input); got != string(d.Effect) {
				t.Errorf("%s: %s: OPA decides %s", c.Name, o.Told(), got)
			}
			if len(o.Changes) < size || len(o.Changes) > 2 {
				t.Errorf("%s: offer %d has %d changes after one of %d", c.Name, i, len(o.Changes), size)
			}
			if size = len(o.Changes); size == 2 {
				two++
			}
			if told := o.Told(); !strings.HasPrefix(told, "Had ") || strings.Contains(told, "999000001") || strings.Contains(told, "5550000") {
				t.Errorf("%s: %s", c.Name, told)
			}
		}
	}
	if !policytest.Race && (offers < 300 || two < 10 || none == 0 || none > 5) {
		t.Errorf("%d offers, %d of two changes, %d cases without any: the test looks at too little", offers, two, none)
	}
}

// The plainest comes first, in the words of people.
func TestTheSmallestAndPlainestIsToldFirst(t *testing.T) {
	want := map[string][]string{
		"nobody has asked the patient": {
			"Had the patient given permission to this professional at RXA01, it would have been permitted.",
		},
		"a permission without a care relationship opens nothing": {
			"Had RXA01 had an active care relationship with the patient on record, it would have been permitted.",
		},
		"the permission came to its end an hour ago": {
			"Had permission perm-1 not run out at 09:00 on 2 March 2026, it would have been permitted.",
		},
		"the patient took the permission back": {
			"Had the patient not taken permission perm-1 back, it would have been permitted.",
		},
		"a later no overrides an earlier yes": {
			"Had the patient since given permission to this professional at RXA01, it would have been permitted.",
		},
		"an opt-out wins over a recorded permission": {
			"Had the patient not opted out of sharing, it would have been permitted.",
		},
		"nobody can say whether the patient opted out, so nobody is let in": {
			"Had it been known that the patient had not opted out of sharing, it would have been permitted.",
			"Had it been known that the patient had opted out of sharing, it would have been refused.",
		},
		"all observations at once are more than routine": {
			"Had the patient given permission to this professional at A81001, it would have been permitted.",
			"Had a search for Observation of the category “laboratory” been made, which could bring laboratory only, it would have been permitted.",
		},
		"the patient said yes and the hospital is treating them": {
			"Had the patient not given this professional permission to view (perm-1), it would have been refused.",
			"Had there not been the care relationship rel-1 (referral) of RXA01, it would have been refused.",
			"Had the patient opted out of sharing, it would have been refused.",
		},
		"a permission claimed without saying how the patient was asked is not recorded": {
			"Had the statement said how the patient was asked, such as “in person”, it would have been permitted.",
		},
		"an emergency declared when it was on opens nothing now that it is off": {
			"Had the patient given permission to this professional at RXM06, and had RXM06 had an active care relationship with the patient on record, it would have been permitted.",
		},
		"an emergency cannot be declared": {},
	}
	for _, c := range policytest.Cases(t) {
		sentences, ok := want[c.Name]
		if !ok {
			continue
		}
		delete(want, c.Name)
		f := find(t, &c, otherwise.Options{})
		var got []string
		for _, o := range f.Offers {
			got = append(got, o.Told())
		}
		if len(got) < len(sentences) || len(sentences) == 0 && len(got) > 0 || !slices.Equal(got[:len(sentences)], sentences) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.Name, got, sentences)
		}
	}
	for name := range want {
		t.Errorf("there is no case %q", name)
	}
}

// A permit that rests on two grounds is told what would have ended both, though there is so much
// that would have ended any permit.
func TestWhatEndsTwoGroundsIsTold(t *testing.T) {
	facts := policytest.Permitted()
	facts.TestOrders = access.KnownFact([]access.TestOrder{{
		ID: "ord-1", Organisation: policytest.ODS("RXA01"), Category: "laboratory", Status: "active", Validity: access.Validity{From: policytest.Now.AddDate(0, 0, -1)},
	}})
	e := policytest.Engine(t)
	f, err := otherwise.Find(t.Context(), e.Revision(), e.Decide(t.Context(), policytest.Consultant(), facts).Input, otherwise.Options{})
	if err != nil || len(f.Offers) != 5 {
		t.Fatal(err, len(f.Offers))
	}
	want := "Had the patient not given this professional permission to view (perm-1), and had there not been the test order ord-1 (laboratory), it would have been refused."
	if got := f.Offers[4].Told(); got != want || f.Offers[0].Told() != "Had the patient opted out of sharing, it would have been refused." {
		t.Errorf("%s", got)
	}
}

// What a permit rests on is told: whichever fact, dropped by somebody else's list of what can be
// dropped, turns it into a refusal is among what is offered.
func TestAPermitIsToldEachFactWithoutWhichItWouldHaveBeenRefused(t *testing.T) {
	n := 0
	for _, c := range stored(t) {
		f := find(t, &c, otherwise.Options{Most: 1000, Decisions: 300}) // one thing changed, and little more
		if f.Was.Effect != access.Permit {
			continue
		}
		if !slices.ContainsFunc(f.Offers, func(o otherwise.Offer) bool { return o.Decision.Effect == access.Deny }) {
			t.Errorf("%s: nothing would have refused it", c.Name)
		}
		drops, err := cases.Drops(f.Was.Input)
		if err != nil {
			t.Fatal(err)
		}
		for _, drop := range drops {
			fact, absent := strings.CutSuffix(drop.What, " absent")
			d, err := c.Engine.Revision().DecideInput(t.Context(), drop.Input)
			if err != nil || !absent || d.Effect != access.Deny {
				continue
			}
			n++
			if !slices.ContainsFunc(f.Offers, func(o otherwise.Offer) bool { return len(o.Changes) == 1 && o.Changes[0].About == fact }) {
				t.Errorf("%s: without %s it would have been refused, and that is not told", c.Name, fact)
			}
		}
	}
	if n < 50 && !policytest.Race {
		t.Errorf("only %d facts were dropped", n)
	}
}

// An opt-out in force is put into each case. Whatever then would have permitted from elsewhere,
// it is not in force any more in what is offered.
func TestNothingButItsAbsenceOpensWhatAnOptOutCloses(t *testing.T) {
	lifted := 0
	for _, c := range stored(t) {
		c.Facts.OptOut = access.KnownFact(access.OptOut{ID: "oo-9", Validity: access.Validity{From: c.Question.Time.AddDate(0, 0, -3)}})
		f := find(t, &c, otherwise.Options{Most: 1000})
		for _, o := range f.Offers {
			var in struct {
				Time    int64
				Request struct{ Action string }
				Facts   struct {
					OptOut struct {
						State string
						Value struct{ From, Until int64 }
					} `json:"opt_out"`
				}
			}
			if err := json.Unmarshal(o.Input, &in); err != nil {
				t.Fatal(err)
			}
			own := c.Question.Subject.Organisation == c.Question.Source.Organisation && c.Question.Action == access.View
			harmless := in.Request.Action == string(access.RecordRefusal) || in.Request.Action == string(access.Withdraw)
			if o.Decision.Effect != access.Permit || own || harmless {
				continue
			}
			if v := in.Facts.OptOut.Value; in.Facts.OptOut.State == "known" && v.From <= in.Time && in.Time < v.Until || in.Facts.OptOut.State == "unavailable" {
				t.Errorf("%s: %s, though the patient opted out", c.Name, o.Told())
			}
			lifted++
		}
	}
	if lifted < 60 && !policytest.Race {
		t.Errorf("only %d offers permit: the test looks at too little", lifted)
	}
}

func TestASearchThatEndsEarlySaysSo(t *testing.T) {
	for _, c := range policytest.Cases(t) {
		if c.Name != "nobody has asked the patient" {
			continue
		}
		f := find(t, &c, otherwise.Options{Decisions: 3})
		if f.Whole || f.One != 3 || !strings.Contains(f.Note(), "ended early") {
			t.Errorf("%d: %s", f.One, f.Note())
		}
		if f = find(t, &c, otherwise.Options{Within: 1}); f.Whole || f.One != 0 {
			t.Errorf("%d, %v", f.One, f.Whole)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := otherwise.Find(ctx, c.Engine.Revision(), f.Was.Input, otherwise.Options{}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		return
	}
	t.Error("the case is gone")
}

// Of a list longer than anybody reads some entries are changed, and it is said.
func TestLongListsAreCutAndItIsSaid(t *testing.T) {
	q, facts := policytest.Consultant(), policytest.Permitted()
	one := facts.Permissions.Value[0]
	for range 40 {
		facts.Permissions.Value = append(facts.Permissions.Value, one)
	}
	e := policytest.Engine(t)
	f, err := otherwise.Find(t.Context(), e.Revision(), e.Decide(t.Context(), q, facts).Input, otherwise.Options{})
	if err != nil || f.Entries || !strings.Contains(f.Note(), "Of long lists") {
		t.Fatal(err, f.Note())
	}
	if want := "Had the patient given no answer at all, it would have been refused."; f.Offers[1].Told() != want && f.Offers[0].Told() != want {
		t.Errorf("%s", f.Offers[0].Told())
	}
}

func TestOnlyAnInputIsSearched(t *testing.T) {
	rev := policytest.Engine(t).Revision()
	for _, input := range []string{"", "[]", "null", "{", `"x"`, "{} {}"} {
		if _, err := otherwise.Find(t.Context(), rev, []byte(input), otherwise.Options{}); err == nil {
			t.Errorf("%q is searched", input)
		}
	}
}

// Whatever the document is, what is offered is decided otherwise than it was.
func FuzzFind(f *testing.F) {
	e := policytest.Engine(f)
	f.Add(e.Decide(context.Background(), policytest.Consultant(), policytest.Permitted()).Input)
	f.Add(e.Decide(context.Background(), policytest.Consultant(), policytest.Nothing()).Input)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"facts":{"permissions":{"state":"known","value":[7,{"given":"x","until":1e400}]},"opt_out":7},"request":[],"statement":{},"time":"now"}`))
	f.Add([]byte(`{"facts":[],"subject":{"organisation":"RXA01"},"source":{"organisation":"RXA01"},"time":-1}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		found, err := otherwise.Find(t.Context(), e.Revision(), input, otherwise.Options{Decisions: 200})
		if err != nil {
			return
		}
		for _, o := range found.Offers {
			if o.Decision.Effect == found.Was.Effect || len(o.Changes) == 0 || o.Told() == "" {
				t.Errorf("%s It was %s.", o.Told(), found.Was.Effect)
			}
		}
		_ = found.Note()
	})
}

// A registry that is away is one thing: that it had answered is told as one.
func TestARegistryThatIsAwayIsOneChange(t *testing.T) {
	e := policytest.Engine(t)
	f, err := otherwise.Find(t.Context(), e.Revision(), e.Decide(t.Context(), policytest.Consultant(), access.Facts{}).Input, otherwise.Options{})
	if err != nil || f.Was.Effect != access.Indeterminate {
		t.Fatal(err, f.Was.Effect)
	}
	var told []string
	for _, o := range f.Offers {
		told = append(told, o.Told())
	}
	for _, want := range []string{
		"Had the registry answered, and known nothing of what could not be looked up, it would have been refused.",
		"Had the registry answered, and known nothing of what could not be looked up, and had a test been ordered from RXA01 (laboratory), the order still open, it would have been permitted.",
	} {
		if !slices.Contains(told, want) {
			t.Errorf("%q is missing in %q", want, told)
		}
	}
}
