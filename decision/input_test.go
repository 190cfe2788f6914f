package decision_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/nhs"
)

func TestInputIsCanonicalAndHoldsNoNumber(t *testing.T) {
	f := policytest.Permitted()
	f.Identity = access.KnownFact(access.Identity{Current: policytest.Number("9990000018"), Others: []nhs.Number{policytest.Number("9990000026")}})
	q := policytest.Consultant()
	q.Subject.Name = "Dr Canary"
	d := policytest.Engine(t).Decide(t.Context(), q, f)
	for _, secret := range []string{"9990000018", "9990000026", "Canary"} {
		if bytes.Contains(d.Input, []byte(secret)) {
			t.Errorf("the input holds %s", secret)
		}
	}
	var doc any
	decoder := json.NewDecoder(bytes.NewReader(d.Input))
	decoder.UseNumber()
	if err := decoder.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	canonical, err := json.Marshal(doc) // sorts keys
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(canonical, d.Input) {
		t.Errorf("the input is not canonical:\n%s\n%s", d.Input, canonical)
	}
}

func TestFreeTextStaysOutOfTheInput(t *testing.T) {
	q := policytest.Consultant()
	q.Action = access.DeclareEmergency
	q.Statement = &access.Statement{
		UserID: q.Subject.UserID, Organisation: q.Subject.Organisation, ReasonCode: "life-threatening",
		Reason: "Canary at the roadside", Purpose: "Canary treatment", Validity: access.Validity{Until: policytest.Now.Add(time.Minute)},
	}
	d := policytest.Engine(t).Decide(t.Context(), q, policytest.Nothing())
	if bytes.Contains(d.Input, []byte("Canary")) {
		t.Errorf("%s", d.Input)
	}
	for _, want := range []string{`"reason_given":true`, `"purpose_given":true`} {
		if !bytes.Contains(d.Input, []byte(want)) {
			t.Errorf("%s is not in %s", want, d.Input)
		}
	}
}

// What a client managed to put into an identifier reaches the rules and the
// record as one and the same text (attack 132).
func TestStrangeTextIsTheSameForRulesAndRecord(t *testing.T) {
	e := policytest.Engine(t)
	for _, strange := range []string{"\x00\n\r\t\"\\", "\xff\xfe", "\u202e", "555000000001\n", strings.Repeat("x", 100_000)} {
		q := policytest.Consultant()
		q.Subject.UserID = strange
		d := e.Decide(t.Context(), q, policytest.Permitted())
		again, err := e.Replay(t.Context(), d.Input)
		if err != nil || !decision.Same(d, again) || d.Effect != access.Deny {
			t.Errorf("%.20q: %s, then %s, %v", strange, d.Effect, again.Effect, err)
		}
	}
}

func TestReplayRefusesWhatIsNoInput(t *testing.T) {
	e := policytest.Engine(t)
	for _, input := range []string{"", "null", "[]", "7", "{", `{"a":1} {"b":2}x`} {
		if d, err := e.Replay(t.Context(), []byte(input)); err == nil && d.Effect == access.Permit {
			t.Errorf("%q: %s", input, d.Effect)
		}
	}
	if _, err := decision.NewEngine(nil).Replay(t.Context(), []byte("{}")); err == nil {
		t.Error("replayed without policies")
	}
	if d, err := e.Replay(t.Context(), []byte("{}")); err != nil || d.Effect == access.Permit {
		t.Errorf("nothing known: %s, %v", d.Effect, err)
	}
}

// A record that was tampered with may hold numbers that no clock gives.
func TestReplayOfAbsurdNumbersIsQuickAndTheSameBothWays(t *testing.T) {
	e := policytest.Engine(t)
	d := e.Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	was := []byte(`"until":1772449200`)
	if !bytes.Contains(d.Input, was) {
		t.Fatalf("the permission's end is not in %s", d.Input)
	}
	for _, n := range []string{"1e999999999", "-1e999999999", "1e-999999999", "0.0000001", "-0", "9223372036854775808", strings.Repeat("9", 5000)} {
		input := bytes.Replace(d.Input, was, []byte(`"until":`+n), 1)
		began := time.Now()
		slow, err := e.Replay(t.Context(), input)
		if err != nil {
			continue
		}
		fast, err := e.Revision().DecideInput(t.Context(), input)
		if err != nil {
			t.Fatal(err)
		}
		if spent := time.Since(began); spent > 30*time.Second {
			t.Errorf("%.20s took %v", n, spent)
		}
		fast.Input, slow.Input = nil, nil
		if !decision.Same(fast, slow) {
			t.Errorf("%.20s: the machine says %s %v, OPA says %s %v", n, fast.Effect, fast.Reasons, slow.Effect, slow.Reasons)
		}
	}
}

func FuzzReplay(f *testing.F) {
	e := policytest.Engine(f)
	f.Add([]byte("{}"))
	f.Add(e.Decide(f.Context(), policytest.Consultant(), policytest.Permitted()).Input)
	f.Add(e.Decide(f.Context(), policytest.Consultant(), policytest.Nothing()).Input)
	f.Fuzz(func(t *testing.T, input []byte) {
		slow, err := e.Replay(t.Context(), input)
		if err != nil {
			return
		}
		fast, err := e.Revision().DecideInput(t.Context(), input)
		if err != nil {
			return
		}
		fast.Input, slow.Input = nil, nil
		if !decision.Same(fast, slow) {
			t.Errorf("the machine says %s %v, OPA says %s %v", fast.Effect, fast.Reasons, slow.Effect, slow.Reasons)
		}
	})
}
