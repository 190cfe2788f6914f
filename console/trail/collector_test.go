package trail_test

import (
	"slices"
	"strings"
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
	if seen, kept, empty := trail.Holders(audit.Visit{Records: []*audit.Record{refused}}); len(seen)+len(kept)+len(empty) > 0 {
		t.Errorf("held by %q %q %q", seen, kept, empty)
	}
}

// A patient is told whose part of the record was seen, and not that everybody who
// was asked holds one.
func TestOnlyWhoShowedSomethingIsSaidToHoldWhatWasSeen(t *testing.T) {
	view := func(source string, outcome audit.Outcome, released bool, withheld map[string]int) *audit.Record {
		r := &audit.Record{Source: source, Action: "view", Outcome: outcome, Withheld: withheld}
		if released {
			r.Categories = map[string]int{"laboratory": 1}
		}
		return r
	}
	seen, kept, empty := trail.Holders(audit.Visit{Records: []*audit.Record{
		view("hospital", audit.Released, true, nil), view("hospital", audit.Refused, false, nil), view("hospital", audit.Released, false, nil),
		view("trust", audit.Refused, false, nil), view("trust", audit.Released, false, nil),
		view("clinic", audit.Released, false, map[string]int{"sensitive": 1}),
		view("council", audit.Released, false, nil),
		{Source: "practice", Action: "record-permission", Outcome: audit.Released},
	}})
	got := []string{strings.Join(seen, " "), strings.Join(kept, " "), strings.Join(empty, " ")}
	if want := []string{"hospital", "clinic trust", "council"}; !slices.Equal(got, want) {
		t.Errorf("seen, kept and empty: %q, want %q", got, want)
	}
}
