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
		{`"subject_is_patient":{"state":"known","value":true},`, ``, "facts.subject_is_patient is missing"},
		{`"national_opt_out":{"state":"known","value":true},`, ``, ""}, // no rule reads it
		{`"national_opt_out":{"state":"known","value":true},`, `"national_opt_out":1,`, "facts.national_opt_out is of another kind"},
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

// read has a rule of the relationship module read a part of the input.
func read(what string) func(string) string {
	return policytest.With("\n# METADATA\n# title: For the test\n# description: It reads something.\nfor_the_test if " + what + "\n")
}

func TestAFieldMayBeMissingOnlyWhenNoRuleCanReadIt(t *testing.T) {
	q, f := allKnown()
	whole := policytest.Engine(t).Decide(t.Context(), q, f).Input
	old := bytes.Replace(whole, []byte(`"national_opt_out":{"state":"known","value":true},`), nil, 1)
	if bytes.Equal(old, whole) {
		t.Fatalf("the fact is not in %s", whole)
	}
	const says = "facts.national_opt_out is missing"
	for what, want := range map[string]string{
		`input.facts.opt_out.state == "known"`:                                        "",
		`input.facts.national_opt_out.state == "known"`:                               says,
		`count(input.facts.national_opt_out) == 1`:                                    says,
		`not input.facts.national_opt_out.value`:                                      says,
		`input.facts[input.request.type].state == "known"`:                            says,
		"{\n\tsome f in input.facts\n\tf.state == \"unavailable\"\n}":                 says,
		"{\n\tf := input.facts\n\tf.national_opt_out.state == \"known\"\n}":           says,
		`object.get(input, ["facts", "national_opt_out"], 1) == 1`:                    says,
		"{\n\tsome path, x\n\twalk(input, [path, x])\n\tx == 1\n\tcount(path) > 3\n}": says,
	} {
		fsys := policytest.Changed(t, "rules/relationship/relationship.rego", read(what))
		rev, err := decision.Load(t.Context(), fsys, decision.Options{})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		a, err := decision.Ask(old)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Misfit(rev); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
		a.Free()
	}
}
