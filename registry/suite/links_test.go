package suite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// Lines that move a link are far apart in the file. At no moment is there a person of whom nothing
// is known: those of the same people are taken together.
func TestLinksAreNeverAmbiguousWhileAFileIsTaken(t *testing.T) {
	r := fresh(t)
	const people = 40
	old := func(i int) []string { // number 3i was replaced by 3i+1
		return []string{patient(fmt.Sprint("a", i), number(3*i), linked("replaced-by", number(3*i+1))), patient(fmt.Sprint("b", i), number(3*i+1), "")}
	}
	now := func(i int) []string { // by 3i+2, which replaced 3i+1 too
		return []string{patient(fmt.Sprint("a", i), number(3*i), linked("replaced-by", number(3*i+2))), patient(fmt.Sprint("b", i), number(3*i+1), linked("replaced-by", number(3*i+2)))}
	}
	file := func(of func(int) []string) string {
		var first, second []string
		for i := range people {
			lines := of(i)
			first, second = append(first, lines[0]), append(second, lines[1])
		}
		return strings.Join(first, "\n") + "\n" + episodes(600, "active") + strings.Join(second, "\n")
	}
	load(t, r, file(old))
	look := func(when string) (moved int) {
		t.Helper()
		for i := range people {
			f := gather(r, asks(number(3*i)))
			if f.Identity.State != access.Known {
				t.Fatalf("%s: of person %d nothing is known", when, i)
			}
			if f.Identity.Value.Current == number(3*i+2) {
				moved++
			}
		}
		return moved
	}
	if n := look("before"); n != 0 {
		t.Fatalf("%d are moved already", n)
	}
	_, err := importing(r, file(now), func(p intake.Progress) { look(fmt.Sprint(p)) })
	if n := look("after"); err != nil || n != people {
		t.Errorf("%v, %d are moved", err, n)
	}
	// A file that ends the links does so together, too.
	_, err = importing(r, file(func(i int) []string {
		return []string{patient(fmt.Sprint("a", i), number(3*i), ""), patient(fmt.Sprint("b", i), number(3*i+1), "")}
	}), func(p intake.Progress) { look(fmt.Sprint(p)) })
	if n := look("ended"); err != nil || n != 0 {
		t.Errorf("%v, %d are linked still", err, n)
	}
}

// A line that only ends a link belongs to the others about the same people: without it the links
// that the last line still has would fork.
func TestALineThatEndsALinkIsTakenWithTheOthers(t *testing.T) {
	r := fresh(t)
	both := strings.Replace(linked("replaced-by", number(1)), `"link":[`, `"link":[{"other":`+naming(number(2))+`,"type":"replaced-by"},`, 1)
	load(t, r, patient("z", number(0), both), patient("x", number(1), linked("replaced-by", number(2))))
	_, err := importing(r, patient("x", number(1), "")+"\n"+episodes(300, "active")+patient("z", number(0), linked("replaced-by", number(2))), func(p intake.Progress) {
		if got := gather(r, asks(number(0))).Identity; got.State != access.Known || got.Value.Current != number(2) {
			t.Fatalf("at %+v the identity is %+v", p, got)
		}
	})
	if err != nil || len(gather(r, asks(number(2))).Identity.Value.Others) != 1 {
		t.Errorf("%v, %+v", err, gather(r, asks(number(2))).Identity)
	}
}

// A link that somebody else recorded after the check makes others lead to no number: the lines
// about those people are left out, and no others.
func TestLinksThatBecomeAmbiguousAreLeftOutByThemselves(t *testing.T) {
	r := fresh(t)
	var lines []string
	for i := range 5 {
		lines = append(lines, patient(fmt.Sprint("a", i), number(3*i), linked("replaced-by", number(3*i+1))),
			patient(fmt.Sprint("b", i), number(3*i+1), linked("replaces", number(3*i))))
	}
	opt := as("tester")
	begun := false
	opt.Progress = func(p intake.Progress) {
		if p.Writing && !begun { // number 6 was replaced by 20
			begun = true
			for version, e := range []registry.Entry{{Patient: number(6), Detail: registry.Detail{Other: number(20).Digits(), Link: registry.ReplacedBy}},
				{Patient: number(20), Detail: registry.Detail{Other: number(6).Digits(), Link: registry.Replaces}}} {
				e.ID, e.Version, e.Kind, e.Status, e.RecordedBy, e.RecordedAt = fmt.Sprint("x", version), 1, registry.KindNumberLink, registry.Active, "x", noon
				addEntry(t, r, e)
			}
		}
	}
	done, err := intake.Import(context.Background(), r, strings.NewReader(strings.Join(lines, "\n")), opt)
	var fault *intake.ImportError
	if !asFault(err, &fault) || !fault.Rest || fault.Count != 2 || fault.Faults[0].Line != 5 || fault.Faults[1].Line != 6 || done.Resources != 8 {
		t.Fatalf("%v, %v", done, err)
	}
	for i := range 5 {
		want := []string{number(3 * i).Digits()}
		if i == 2 {
			want = nil
		}
		var others []string
		for _, n := range gather(r, asks(number(3*i+1))).Identity.Value.Others {
			others = append(others, n.Digits())
		}
		if diff := cmp.Diff(want, others); diff != "" {
			t.Errorf("person %d (-want +got):\n%s", i, diff)
		}
	}
	if got := gather(r, asks(number(6))).Identity; got.State != access.Known || got.Value.Current != number(20) {
		t.Errorf("what the other recorded is %+v", got)
	}
}

// A check that finds a ring in a long file writes nothing of it.
func TestARingInALongFileIsFoundBeforeAnythingIsWritten(t *testing.T) {
	r := fresh(t)
	_, err := importing(r, patient("a", number(1), linked("replaced-by", number(2)))+"\n"+episodes(800, "active")+patient("b", number(2), linked("replaced-by", number(1))), func(p intake.Progress) {
		if p.Writing {
			t.Error("it writes")
		}
	})
	var fault *intake.ImportError
	if !asFault(err, &fault) || fault.Rest || fault.Count != 2 || fault.Faults[0].Line != 1 || fault.Faults[1].Line != 802 {
		t.Errorf("%v", err)
	}
}
