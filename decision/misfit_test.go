package decision_test

import (
	"bytes"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
)

// misfit says how an input fits the shipped policies.
func misfit(t *testing.T, input []byte) string {
	t.Helper()
	a, err := decision.Ask(input)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Free()
	return a.Misfit(policytest.Engine(t).Revision())
}

func TestWhatABrokerWritesFitsTheSchema(t *testing.T) {
	for _, c := range policytest.Cases(t) {
		if d, _ := c.Run(t.Context()); misfit(t, d.Input) != "" {
			t.Errorf("%s: %s", c.Name, misfit(t, d.Input))
		}
	}
	q, f := allKnown()
	if d := policytest.Engine(t).Decide(t.Context(), q, f); misfit(t, d.Input) != "" {
		t.Error(misfit(t, d.Input))
	}
}

func TestAnInputOfAnotherSchemaIsSaid(t *testing.T) {
	q, f := allKnown()
	input := policytest.Engine(t).Decide(t.Context(), q, f).Input
	for _, c := range []struct{ old, next, want string }{
		{`"assurance":`, `"age_band":1,"assurance":`, "subject.age_band is not in the schema"},
		{`"sensitive":true,"sources":["s"],"until"`, `"sources":["s"],"until"`, "facts.permissions.value.sensitive is missing"},
		{`"known":true`, `"known":"yes"`, "patient.known is of another kind"},
		{`"national_opt_out":{"state":"known","value":true},`, ``, "facts.national_opt_out is missing"},
		{`"superseded":1`, `"superseded":null`, "facts.identity.value.superseded is of another kind"},
	} {
		if !bytes.Contains(input, []byte(c.old)) {
			t.Errorf("%s is not in %s", c.old, input)
		}
		if got := misfit(t, bytes.Replace(input, []byte(c.old), []byte(c.next), 1)); got != c.want {
			t.Errorf("%s → %s: %q, want %q", c.old, c.next, got, c.want)
		}
	}
}
