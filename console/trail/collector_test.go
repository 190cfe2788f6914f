package trail_test

import (
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/trail"
)

// The collector leaves records of what it refused. It holds nothing, and no page
// says that it does.
func TestACollectionThatWasRefusedIsToldAsOne(t *testing.T) {
	refused := &audit.Record{Source: collect.SourceInTrail, Action: "view", ResourceType: "", Query: "Patient/$collect", Outcome: audit.Refused, UserName: "SHAH Meera"}
	if got := trail.Headline(refused); got != "asked for a patient’s record from every source, and was shown nothing" {
		t.Error(got)
	}
	malformed := &audit.Record{Source: collect.SourceInTrail, Outcome: audit.Refused}
	if got := trail.Headline(malformed); got != "sent a request to the collector that was not understood" {
		t.Error(got)
	}
	if held := trail.Held(audit.Visit{Records: []*audit.Record{refused}}); len(held) > 0 {
		t.Errorf("held by %q", held)
	}
}
