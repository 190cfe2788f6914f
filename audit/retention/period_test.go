package retention_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
)

func TestClassesOfRecords(t *testing.T) {
	for want, all := range map[retention.Class][]audit.Record{
		retention.AccessClass:    {{Action: "view", Outcome: audit.Released}},
		retention.ConsentClass:   {{Action: "record-permission", Outcome: audit.Released}, {Action: "record-refusal", Outcome: audit.Released}, {Action: "withdraw", Outcome: audit.Released}},
		retention.EmergencyClass: {{Action: "declare-emergency", Outcome: audit.Refused}, {Action: "view", Outcome: audit.Released, Emergency: "e1"}},
		retention.RefusalClass:   {{Action: "view", Outcome: audit.Refused}, {Outcome: audit.Failed}, {Action: "record-permission", Outcome: audit.Refused}},
		retention.LookClass:      {{Action: audit.LookAtPatient, Outcome: audit.Released}, {Action: audit.LookAtTrail, Outcome: audit.Refused}},
		retention.OperationClass: {{Outcome: audit.Released, Interaction: "capabilities"}},
		retention.ReceiptClass:   {{Action: audit.EraseAction}, {Action: audit.RetireAction}, {Action: audit.HoldAction}, {Action: audit.LiftAction}, {Action: audit.AcceptGapAction}, {Action: audit.RotateKeysAction}},
	} {
		for _, r := range all {
			if got := retention.ClassOf(&r); got != want {
				t.Errorf("%+v is of class %s, want %s", r, got, want)
			}
		}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	old := &audit.Record{Action: "view", Outcome: audit.Released, TimeIn: now.AddDate(-9, 0, 0)}
	receipt := &audit.Record{Action: audit.EraseAction, Outcome: audit.Released, TimeIn: now.AddDate(-90, 0, 0)}
	if p := retention.DefaultPeriods(); !p.Over(old, now) || p.Over(receipt, now) || p.Over(&audit.Record{}, now) || (retention.Periods{retention.LookClass: 1}).Over(old, now) {
		t.Error("what is over its period is told wrongly")
	}
}

func TestPeriodsAreRead(t *testing.T) {
	got, err := retention.ParsePeriods([]byte(`{"access":2928,"look":366,"consent":"forever"}`))
	if diff := cmp.Diff(retention.Periods{retention.AccessClass: 2928, retention.LookClass: 366}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, wrong := range []string{``, `[]`, `{"views":3}`, `{"access":0}`, `{"access":-3}`, `{"access":1.5}`, `{"access":"8 years"}`, `{"receipt":3}`, `{"access":1e9}`} {
		if p, err := retention.ParsePeriods([]byte(wrong)); err == nil {
			t.Errorf("%s was read as %v", wrong, p)
		}
	}
}

// What is read is what is written down again, of known classes, and never less than a day.
func FuzzParsePeriods(f *testing.F) {
	for _, text := range []string{`{"access":2928,"look":"forever"}`, `{}`, `null`, `{"access":0.5}`, `{"access":1e99}`, `{"viewing":1}`, `{"look":-1}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := retention.ParsePeriods(text)
		if err != nil {
			return
		}
		for class, days := range p {
			if !slices.Contains(retention.Classes, class) || days < 1 {
				t.Errorf("%q gives %s: %d", text, class, days)
			}
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := retention.ParsePeriods(again); err != nil || !maps.Equal(p, q) {
			t.Errorf("%q gives %v, and written down again %v, %v", text, p, q, err)
		}
	})
}
