package trail_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/fhir"
)

// A whole showed what its parts did, and no page says that there was nothing to show, or
// that it was not understood; nor of what is the same for everybody.
func TestWhatViewsNothingItselfIsToldForWhatItWas(t *testing.T) {
	for interaction, want := range map[fhir.Interaction]string{
		fhir.Everything:         "asked for all of a patient’s record held by acute at once: each part has a record of its own",
		fhir.Batch:              "asked several things of acute at once: each has a record of its own",
		fhir.Capabilities:       "asked what can be asked of acute",
		fhir.SmartConfiguration: "asked where people sign in to ask acute",
		"preflight":             "asked, as browsers do for a web page, whether the page may ask acute",
	} {
		for _, outcome := range []audit.Outcome{audit.Released, audit.Refused} {
			r := &audit.Record{Source: "acute", Interaction: string(interaction), ResourceType: "Patient", Outcome: outcome}
			if got := trail.Headline(r); got != want {
				t.Errorf("%s: %q", interaction, got)
			}
			if seen, kept, empty := trail.Holders(audit.Visit{Records: []*audit.Record{r}}); len(seen)+len(kept)+len(empty) > 0 {
				t.Errorf("%s: held by %q %q %q", interaction, seen, kept, empty)
			}
		}
	}
	refused := &audit.Record{Source: "acute", Interaction: "batch", Action: "view", Outcome: audit.Refused}
	if got := trail.Headline(refused); !strings.Contains(got, "was shown nothing") {
		t.Error(got)
	}
}
