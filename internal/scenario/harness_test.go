package scenario_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/scenario"
)

// right is a story that goes as written.
const right = `
A consultant of St Mary's sees what St Mary's holds, and not what somebody else's patient is.
-- source/Observation?_count=50&patient=ann.entries --
{"resourceType":"Observation","id":"o1",{{category laboratory}},{{of ann}},"valueString":"CANARY-lab"}
{"resourceType":"Observation","id":"o2",{{category laboratory}},{{of bob}},"valueString":"CANARY-bob"}
-- 1.who --
consultant
-- 1.request --
GET /st-marys/fhir/Observation?patient=ann
-- 1.response --
200
entries: Observation/o1 OperationOutcome
shows: CANARY-lab
Cache-Control: no-store
-- 1.record --
{"outcome": "released", "withheld": {"other-patient": 1}}
-- 1.asked --
Patient/ann
Observation?_count=50&patient=ann
`

// listener hears what a story reports. What it does not override is the test's.
type listener struct {
	testing.TB
	said   strings.Builder
	failed bool
}

func (l *listener) Helper()      {}
func (l *listener) Failed() bool { return l.failed }
func (l *listener) Errorf(format string, args ...any) {
	l.failed = true
	fmt.Fprintf(&l.said, format+"\n", args...)
}
func (l *listener) Fatalf(format string, args ...any) {
	l.Errorf(format, args...)
	runtime.Goexit()
}
func (l *listener) Fatal(args ...any) { l.Fatalf("%s", fmt.Sprint(args...)) }

func tell(t *testing.T, text string) *listener {
	t.Helper()
	story, err := scenario.Parse("harness", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	heard := &listener{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		scenario.Run(heard, story, engineFor(t, story))
	}()
	<-done
	return heard
}

// A story that cannot fail proves nothing: each thing that a story says is made
// wrong once, and must be noticed.
func TestAStoryThatGoesOtherwiseFails(t *testing.T) {
	if heard := tell(t, right); heard.failed {
		t.Fatalf("the story that is right fails:\n%s", &heard.said)
	}
	for name, c := range map[string]struct{ old, new, says string }{
		"another status":       {"200\n", "403\n", "status 200, want 403"},
		"a reason":             {"200\n", "200\nreason: opted-out\n", "not an OperationOutcome"},
		"other entries":        {"entries: Observation/o1 ", "entries: ", "entries (-story +broker)"},
		"another order":        {"entries: Observation/o1 OperationOutcome", "entries: OperationOutcome Observation/o1", "entries (-story +broker)"},
		"a canary more":        {"shows: CANARY-lab\n", "", "what is released of the source's content"},
		"a canary less":        {"shows: CANARY-lab", "shows: CANARY-lab CANARY-bob", "what is released of the source's content"},
		"a text":               {"shows:", "says: nothing of the kind\nshows:", `does not say "nothing of the kind"`},
		"a text that is there": {"shows:", "never: laboratory\nshows:", `holds "laboratory"`},
		"a header":             {"Cache-Control: no-store", "Cache-Control: public", "header Cache-Control"},
		"a header too many":    {"Cache-Control: no-store", "X-Request-Id: -", "there is a header X-Request-Id"},
		"a member of a record": {`"released"`, `"refused"`, `"outcome"`},
		"a member that is not": {`{"outcome"`, `{"permission_id": "*", "outcome"`, `"permission_id"`},
		"a member too many":    {`{"outcome"`, `{"released_resources": null, "outcome"`, `"released_resources"`},
		"another target":       {"Patient/ann\nObs", "Obs", "what the source was asked for"},
	} {
		t.Run(name, func(t *testing.T) {
			heard := tell(t, strings.Replace(right, c.old, c.new, 1))
			if !heard.failed || !strings.Contains(heard.said.String(), c.says) {
				t.Errorf("failed: %v; it should say %q and says:\n%s", heard.failed, c.says, &heard.said)
			}
			if !strings.Contains(heard.said.String(), "A consultant of St Mary's sees") {
				t.Error("a failing story does not tell what it is about")
			}
		})
	}
}

// A story with a slip of the pen in it would assert less than it seems to.
func TestAStoryThatIsNotUnderstoodIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ old, new string }{
		"a file that there is none of": {"-- 1.asked --", "-- 1.askd --"},
		"a request out of order":       {"-- 1.asked --", "-- 3.asked --"},
		"a request without a record":   {"-- 1.record --", "-- 1.later --"},
		"no English":                   {"\nA consultant of St Mary's sees what St Mary's holds, and not what somebody else's patient is.\n", ""},
		"no request":                   {"-- 1.request --", "-- 1.each --\n-- 1.registry --"},
	} {
		if _, err := scenario.Parse("harness", []byte(strings.Replace(right, c.old, c.new, 1))); err == nil {
			t.Errorf("%s: the story is taken", name)
		}
	}
}
