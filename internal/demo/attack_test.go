package demo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/attack"
	"github.com/mycarerecord/mcr/internal/demo"
)

// Against the region's brokers nothing gets through.
func TestNothingGetsThroughTheRegionsBrokers(t *testing.T) {
	region, err := demo.Start(t.Context(), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer region.Close()
	results := attacked(t, bringUp(t, region, t.TempDir()), false)
	for _, r := range results {
		if r.Verdict == attack.GotThrough {
			t.Errorf("%s", r.Row())
		}
	}
	// What cannot be judged here is what needs something that the region does not have.
	for _, r := range results {
		if r.Verdict == attack.NotApplicable && !slices.Contains([]string{"016", "159"}, r.Case.Number()) {
			t.Errorf("not applicable: %s", r.Row())
		}
	}
	t.Log(attack.Summary(results))
}

// The same cases against one of the sources without a broker: the suite bites.
func TestTheSuiteBitesWhereNothingIsProtected(t *testing.T) {
	region, err := demo.Start(t.Context(), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer region.Close()
	d := region.Describe("http://127.0.0.1:1")
	for i, s := range region.Sources() {
		d.Sources[i].FHIR = s.Base
	}
	results := attacked(t, d, true)
	n := attack.Count(results)
	if n[attack.GotThrough] < 330 {
		t.Errorf("only %d of %d attacks get through to a server that protects nothing", n[attack.GotThrough], len(results))
	}
	// These must be seen for what they are: records, not only odd statuses.
	for _, id := range []string{"203-other-patient-search", "034-no-patient-type", "097-there-or-not", "002-no-signature-lower", "013-own-context-user"} {
		i := slices.IndexFunc(results, func(r attack.Result) bool { return r.Case.ID == id })
		if i < 0 || results[i].Verdict == attack.Held {
			t.Errorf("%s is said to have held", id)
		}
	}
	leaks := 0
	for _, r := range results {
		if r.Verdict == attack.GotThrough && strings.Contains(r.Why, "came out") {
			leaks++
		}
	}
	if leaks < 170 {
		t.Errorf("only %d attacks brought out what must not come out", leaks)
	}
	t.Log(attack.Summary(results), "-", leaks, "by what came out")
}

// attacked runs the whole suite against a region.
func attacked(t *testing.T, d demo.Description, unprotected bool) []attack.Result {
	t.Helper()
	p, err := d.AttackProfile()
	if err != nil {
		t.Fatal(err)
	}
	p.Limits.PerSecond, p.Limits.Wait = 1000, 50*time.Millisecond
	if unprotected {
		p.Setup, p.Teardown = nil, nil // nobody there records a permission
		// A source says its own name in every answer: what counts here is what else comes.
		p.Markers["internal"] = attack.Markers{Texts: []string{"nothing-is-internal-here"}}
	}
	cases, err := attack.Cases()
	if err != nil {
		t.Fatal(err)
	}
	results, err := attack.Run(t.Context(), p, attack.Options{Cases: cases, Anyway: unprotected})
	if err != nil {
		t.Fatal(err)
	}
	return results
}
