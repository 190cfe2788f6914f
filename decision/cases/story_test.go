package cases_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

// Most cases fit into a form, and a form that holds a case is decided like it.
func TestACaseThatFitsIntoAFormIsDecidedTheSame(t *testing.T) {
	b := policytest.Book(t)
	whole := 0
	for i, c := range b.Cases {
		text, err := cases.Text(policies.FS, c.File, c.Name)
		if err != nil {
			t.Fatal(err)
		}
		story, ok, err := cases.ReadStory(text)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		whole++
		if again, ok, err := cases.ReadStory(story.YAML()); err != nil || !ok {
			t.Errorf("%s: %v %v\n%s", c.Name, ok, err, story.YAML())
		} else if diff := cmp.Diff(story, again); diff != "" {
			t.Errorf("%s: %s", c.Name, diff)
		}
		if i%9 != 0 {
			continue // each takes its time, and they are alike
		}
		got, err := b.Try(t.Context(), story.YAML())
		if err != nil {
			t.Fatalf("%v\n%s", err, story.YAML())
		}
		if !bytes.Equal(got.Decision.Input, c.Decision.Input) {
			t.Errorf("%s: another input:\n%s\n%s", c.Name, c.Decision.Input, got.Decision.Input)
		}
	}
	if whole < 115 {
		t.Errorf("%d of %d cases fit into a form", whole, len(b.Cases))
	}
}
