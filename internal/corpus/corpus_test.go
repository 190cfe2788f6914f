package corpus_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/upstreams/check"
)

// bar is how many of 100 entries that count are shown, at least.
const bar = 97

// find looks for a file beside the checkout, or beside the folder of worktrees.
func find(t *testing.T, path string) string {
	t.Helper()
	for _, up := range []string{"../../..", "../../../.."} {
		if file := filepath.Join(up, path); exists(file) {
			return file
		}
	}
	t.Skipf("%s is not there", path)
	return ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// permitted is what a permission for all but sensitive items opens of the corpus' patient.
func permitted(t *testing.T) (check.Against, *decision.Revision) {
	t.Helper()
	rev, err := decision.Load(context.Background(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := decision.NewEngine(rev).PermittedPlan(context.Background(), access.Source{ID: "corpus", Kind: "acute"}, time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	number, err := nhs.ParseNumber("9000000009")
	if err != nil {
		t.Fatal(err)
	}
	return check.Against{Owner: fhir.Owner{Numbers: []nhs.Number{number}, LocalIDs: []string{"p1"}}, Plan: plan}, rev
}

func judge(t *testing.T, file string) (check.Report, map[string]string) {
	t.Helper()
	against, rev := permitted(t)
	report, err := check.Judge(check.Lines(func() (io.ReadCloser, error) { return os.Open(file) }), against)
	if err != nil {
		t.Fatal(err)
	}
	return report, rev.CodeSystems()
}

// Whatever changes these counts changes what professionals see: look at the table,
// and write the new counts down where the change is for the better.
func TestThePublishedNHSExamplesAreShown(t *testing.T) {
	report, known := judge(t, find(t, "shared/corpus/nhs.ndjson"))
	var table strings.Builder
	if err := report.Print(&table, known); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &table)
	got := map[string]check.Counts{}
	for typ, c := range report.Types {
		got[typ] = *c
	}
	if diff := cmp.Diff(nhsCounts, got); diff != "" {
		t.Errorf("what is shown of the corpus has changed (-held +now):\n%s", diff)
	}
	if share := report.Total.Share(); share < bar {
		t.Errorf("%.1f %% are shown, and the bar is %d %%", share, bar)
	}
	if diff := cmp.Diff(withheld, rest(t, report)); diff != "" {
		t.Errorf("the list of what is not shown, with reasons, has changed (-held +now):\n%s", diff)
	}
}

// rest names all that counts and is not shown, with the element and the reason.
func rest(t *testing.T, report check.Report) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, c := range report.Causes {
		switch c.Reason {
		case fhir.InPart, "no-patient", "other-patient", "type-not-allowed":
			continue
		}
		if c.Count > len(c.IDs) {
			t.Errorf("%s: %d entries for one cause, of which the report names %d", c.Element, c.Count, len(c.IDs))
		}
		for _, id := range c.IDs {
			all[c.Type+" "+id] = c.Element + ": " + c.Reason
		}
	}
	return all
}
