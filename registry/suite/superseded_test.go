package suite_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry/intake"
)

func TestAttack115SupersededNumbersAreOnePerson(t *testing.T) {
	oldest, older, current := number(1), number(2), number(3)
	r := fresh(t)
	load(t, r,
		patient("a", oldest, linked("replaced-by", older)),
		patient("b", current, linked("replaces", older)+registeredWith("Z91001", "01632 960001")),
		optOut("o", older, "active"),
		yes("y", oldest, "u1", "RXA01", "active"),
		episode("e", current, "RXA01", "active", `{"start":"2026-11-01"}`))
	record(t, r, states(asks(older), access.RecordRefusal, access.Statement{}), "n1")
	var first access.Facts
	for i, asked := range []nhs.Number{oldest, older, current} {
		got := gather(r, asks(asked))
		if got.Identity.Value.Current != current || len(got.Identity.Value.Others) != 2 ||
			!slices.Contains(got.Identity.Value.Others, oldest) || !slices.Contains(got.Identity.Value.Others, older) {
			t.Errorf("asked by number %d, the identity is %v", i+1, got.Identity)
		}
		if got.OptOut.State != access.Known || got.OptOut.Value.Telephone != "01632 960001" {
			t.Errorf("asked by number %d, the opt-out is %+v", i+1, got.OptOut)
		}
		got.Identity = access.Fact[access.Identity]{}
		if i == 0 {
			first = got
			if len(got.Permissions.Value) != 2 || len(got.Relationships.Value) != 1 {
				t.Errorf("facts are %+v", got)
			}
		} else if diff := cmp.Diff(first, got, compared); diff != "" {
			t.Errorf("asked by number %d (-first +got):\n%s", i+1, diff)
		}
	}
	// What changes under one number holds under all of them, at once.
	load(t, r, optOut("o", older, "inactive"))
	if got := gather(r, asks(current)).OptOut.State; got != access.Absent {
		t.Errorf("opt-out that ended under an older number is %v", got)
	}
	record(t, r, states(asks(current), access.Withdraw, access.Statement{}), "w1")
	if p := gather(r, asks(oldest)).Permissions.Value; !p[0].Withdrawn {
		t.Errorf("permission under the oldest number is not withdrawn: %+v", p)
	}
}

func TestALinkMadeLaterJoinsWhatIsInMemory(t *testing.T) {
	r := fresh(t)
	load(t, r, optOut("o", number(1), "active"))
	if got := gather(r, asks(number(2))).OptOut.State; got != access.Absent {
		t.Fatalf("opt-out is %v", got)
	}
	load(t, r, patient("b", number(2), linked("replaces", number(1))))
	if got := gather(r, asks(number(2))).OptOut.State; got != access.Known {
		t.Errorf("opt-out under the number that was replaced is %v", got)
	}
	load(t, r, patient("b", number(2), "")) // the link was wrong
	if got := gather(r, asks(number(2))).OptOut.State; got != access.Absent {
		t.Errorf("opt-out is %v after the link ended", got)
	}
}

func TestLinksThatLeadNowhereAreNotImported(t *testing.T) {
	long := make([]string, 0, 20)
	for i := 1; i < 20; i++ {
		long = append(long, patient("p"+string(rune('a'+i)), number(i), linked("replaced-by", number(i+1))))
	}
	for name, lines := range map[string][]string{
		"ring": {patient("a", number(1), linked("replaced-by", number(2))), patient("b", number(2), linked("replaced-by", number(1)))},
		"ring of three": {patient("a", number(1), linked("replaced-by", number(2))), patient("b", number(2), linked("replaced-by", number(3))),
			patient("c", number(3), linked("replaced-by", number(1)))},
		"fork":     {patient("a", number(1), linked("replaced-by", number(2))), patient("b", number(3), linked("replaces", number(1)))},
		"itself":   {patient("a", number(1), linked("replaced-by", number(1)))},
		"too long": long,
	} {
		r := fresh(t)
		_, err := intake.Import(context.Background(), r, strings.NewReader(strings.Join(lines, "\n")), as("tester"))
		if fault := new(intake.ImportError); !asFault(err, &fault) {
			t.Errorf("%s: %v", name, err)
		}
		if got := gather(r, asks(number(1))).Identity.Value; len(got.Others) != 0 {
			t.Errorf("%s: identity is %v", name, got)
		}
	}
}
