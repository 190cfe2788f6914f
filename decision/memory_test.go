package decision_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// atEach asks one question at each of some times, in their order, of an engine that remembers, and of
// the rules. It gives how many answers were remembered.
func atEach(t *testing.T, e *decision.Engine, q access.Question, f access.Facts, times []int64) uint64 {
	t.Helper()
	before := e.Remembering().Recalled
	for _, at := range times {
		q.Time = time.Unix(at, 0)
		d := e.Decide(t.Context(), q, f)
		fresh, err := e.Revision().DecideInput(t.Context(), d.Input)
		if err != nil {
			t.Fatal(err)
		}
		d.Input, fresh.Input = nil, nil
		if !reflect.DeepEqual(d, fresh) {
			t.Errorf("at %d: remembered %s %v, the rules say %s %v", at, d.Effect, d.Reasons, fresh.Effect, fresh.Reasons)
		}
	}
	return e.Remembering().Recalled - before
}

// What is remembered is what the rules would say: for every case, at every time that stands in its
// input, at those that the settings make of them, and the seconds before and after.
func TestARememberedDecisionIsWhatTheRulesSay(t *testing.T) {
	number := regexp.MustCompile(`\b\d{10,13}\b`)
	all := policytest.Cases(t)
	for _, c := range all {
		s := c.Engine.Revision().Settings()
		now := c.Question.Time.Unix()
		times := []int64{now, now, now + 1}
		for _, text := range number.FindAllString(string(c.Engine.Decide(t.Context(), c.Question, c.Facts).Input), -1) {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			for _, after := range []int64{0, int64(s.Permission.LongestHours) * 3600, int64(s.TestOrder.GraceDays) * 86400, int64(s.Emergency.Minutes) * 60} {
				for _, at := range []int64{n - 1, n, n + 1} {
					for _, at := range []int64{at + after, at - after} {
						if at >= now && at < 1<<33 {
							times = append(times, at, at)
						}
					}
				}
			}
		}
		slices.Sort(times)
		if got := atEach(t, c.Engine, c.Question, c.Facts, times); got == 0 {
			t.Errorf("%s: nothing was remembered in %d questions", c.Name, len(times))
		}
		if t.Failed() {
			t.Fatalf("%s", c.Name)
		}
	}
}

// Rules may calculate with the time as they like. What cannot be foreseen is not remembered.
func TestWhatRulesMakeOfTheTime(t *testing.T) {
	const now = 1_800_000_000
	for expression, foreseen := range map[string]bool{
		"input.time < 1800000007":                                          true,
		"input.time <= 1800000007":                                         true,
		"input.time > 1800000007":                                          true,
		"1800000007 >= input.time":                                         true,
		"input.time == 1800000007":                                         true,
		"input.time != 1800000007":                                         true,
		"input.time in {1800000003, 1800000007}":                           true,
		"input.time - 1800000000 < 7":                                      true,
		"1800000014 - input.time > 7":                                      true,
		"input.time * 2 - 3600000000 < 15":                                 true,
		"input.time + input.time < 3600000013":                             true,
		"3 * (input.time - 1800000000) >= 20":                              true,
		"input.time - input.time == 0":                                     true,
		"-1 * input.time < -1800000007":                                    true,
		"[input.time] == [1800000007]":                                     true,
		`{"at": input.time} == {"at": 1800000007}`:                         true,
		"input.time < 1800000007.5":                                        false,
		"input.time % 7 == 3":                                              false,
		"input.time / 7 > 257142857":                                       false,
		"floor(input.time / 10) == 180000000":                              false,
		`sprintf("%d", [input.time]) == "1800000007"`:                      false,
		"time.weekday(input.time * 1000000000) == \"Friday\"":              false,
		"input.time * input.time > 3240000025200000048":                    false,
		"max({input.time, 1800000007}) == 1800000007":                      false,
		"{1800000007: true}[input.time]":                                   true,
		"input.time * 1000 < 1800000007000":                                false, // too quick to be told
		"some x in numbers.range(1800000003, 1800000007); x == input.time": true,
		`input.time == to_number("1800000007")`:                            true,
		"json.marshal(input.time) == \"1800000007\"":                       false,
		"count({input.time, 1800000007}) == 1":                             true,
		"sort([input.time, 1800000007])[0] == 1800000007":                  false,
		"sum([input.time, 1]) == 1800000008":                               false,
		"input.time < 9007199254740993":                                    true,
		"input.time - 9223372036854775807 < 0":                             true,
	} {
		t.Run(expression, func(t *testing.T) {
			e := outcome(t, fmt.Sprintf("outcome := {\"effect\": \"deny\", \"because\": {\"a\": {word}}}\n\ndefault word := \"no\"\n\nword := \"yes\" if { %s }", expression), decision.Options{})
			var times []int64
			for at := int64(now); at < now+20; at++ {
				times = append(times, at, at)
			}
			got := atEach(t, e, policytest.Consultant(), policytest.Permitted(), times)
			if !e.Revision().Planned() {
				foreseen = false
			}
			if (got > 1) != foreseen { // at the very second at which it turns, one may be
				t.Errorf("%d of %d were remembered", got, len(times))
			}
			// And the clock may be set back.
			slices.Reverse(times)
			atEach(t, e, policytest.Consultant(), policytest.Permitted(), times)
		})
	}
}

// How often a person asked changes with every question: it is part of what is remembered where rules read it alone.
func TestHowOftenAPersonAskedIsHeeded(t *testing.T) {
	for rule, heeded := range map[string]bool{
		"input.subject.asked_last_hour > 3": true, "input.subject[_] == 3": true, "count(input.subject) > 99": true,
		"input.subject.role == \"x\"": false,
	} {
		e := outcome(t, "outcome := {\"effect\": \"deny\", \"because\": {\"a\": {word}}}\n\ndefault word := \"no\"\n\nword := \"yes\" if "+rule, decision.Options{})
		q := policytest.Consultant()
		for n := range 8 {
			q.AskedLastHour = n
			atEach(t, e, q, policytest.Permitted(), []int64{q.Time.Unix()})
		}
		if got := e.Remembering().Recalled; (got == 0) != heeded {
			t.Errorf("%s: %d remembered", rule, got)
		}
	}
}

// A sample is decided anew; nobody changes what is remembered, however many ask at once.
func TestRememberedAtOnce(t *testing.T) {
	c := caseNamed(t, measured[1])
	c.Engine = decision.NewEngine(c.Engine.Revision().Under(decision.Options{}))
	want := c.Engine.Decide(t.Context(), c.Question, c.Facts)
	want.Input = nil
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1500 {
				d := c.Engine.Decide(t.Context(), c.Question, c.Facts)
				d.Input = nil
				if !reflect.DeepEqual(d, want) {
					t.Errorf("%+v, and before %+v", d, want)
					return
				}
			}
		})
	}
	all.Wait()
	if r := c.Engine.Remembering(); r.Differed != 0 || r.Recalled < 5000 {
		t.Errorf("%+v", r)
	}
}

// What the rules say counts where it is not what was remembered, and from then on nothing is remembered. A
// machine that is too busy to ask them says nothing.
func TestASampleIsDecidedAnew(t *testing.T) {
	c := caseNamed(t, measured[1])
	c.Engine = decision.NewEngine(c.Engine.Revision().Under(decision.Options{}))
	right := c.Engine.Decide(t.Context(), c.Question, c.Facts).Effect
	c.Engine.Revision().Misremember(access.Indeterminate)
	for n := 1; ; n++ {
		got := c.Engine.Decide(t.Context(), c.Question, c.Facts).Effect
		if got == right {
			if n != decision.SampleOf {
				t.Errorf("found at the question %d", n)
			}
			break
		}
		if n > decision.SampleOf {
			t.Fatal("it is not found")
		}
	}
	for range 2 * decision.SampleOf {
		if got := c.Engine.Decide(t.Context(), c.Question, c.Facts).Effect; got != right {
			t.Fatal("it is remembered all the same")
		}
	}
	if r := c.Engine.Remembering(); r.Differed != 1 || r.Recalled != decision.SampleOf {
		t.Errorf("%+v", r)
	}

	c.Engine = decision.NewEngine(c.Engine.Revision().Under(decision.Options{}))
	c.Engine.Decide(t.Context(), c.Question, c.Facts)
	c.Engine.Revision().Hurry(time.Nanosecond)
	for range 2 * decision.SampleOf {
		if got := c.Engine.Decide(t.Context(), c.Question, c.Facts).Effect; got != right {
			t.Fatal("a busy machine makes it unclear")
		}
	}
	if r := c.Engine.Remembering(); r.Differed != 0 {
		t.Errorf("%+v", r)
	}
}
