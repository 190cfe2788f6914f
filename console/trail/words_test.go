package trail_test

import (
	"testing"

	"github.com/mycarerecord/mcr/console/trail"
)

// Whatever the policies can say has words for a patient, and every category has a
// name: a region that adds one is told by this test.
func TestEverythingThatThePoliciesSayHasWords(t *testing.T) {
	b, err := written()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range b.Reasons {
		switch r.Kind {
		case "permit":
			if trail.WhyShown[r.Code] == "" {
				t.Errorf("why it was shown has no words for a patient: %s", r.Code)
			}
		case "refusal":
			if trail.WhyRefused[r.Code] == "" {
				t.Errorf("why it was refused has no words for a patient: %s", r.Code)
			}
		}
	}
	list, ok := b.List("categories/categories")
	if !ok || len(list.Entries) < 10 {
		t.Fatal("the policies have no list of categories")
	}
	for _, e := range list.Entries {
		if trail.PlainCategories[e.Key] == "" {
			t.Errorf("the category %s has no plain name", e.Key)
		}
	}
}
