package sqlite_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// older puts down a file that the program of version 1 (commit 348b10d), 2 (b5c6b1e) or 3
// (fbdc15b) wrote: 120 of trailtest.Mixed of each of two brokers.
func older(t *testing.T, version int) string {
	t.Helper()
	in, err := os.Open(fmt.Sprintf("testdata/trail-version-%d.db.gz", version))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trail.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// whole compares a trail with a model of what the old file holds, asked every way.
func whole(t *testing.T, s *sqlite.Store) {
	t.Helper()
	model := new(trailtest.Memory)
	for _, broker := range []string{"region-1", "region-2x"} {
		entries, err := s.Entries(t.Context(), broker, 0, 1000)
		if err != nil || len(entries) != 120 {
			t.Fatalf("%s: %d records, %v", broker, len(entries), err)
		}
		if err := model.Deliver(t.Context(), trailtest.Batch(t, broker, entries)); err != nil {
			t.Fatal(err)
		}
		if r, err := proof.Verify(t.Context(), s, broker); err != nil || !r.OK() {
			t.Errorf("%v\n%s", err, r)
		}
	}
	for _, by := range audit.Dimensions() {
		want, _ := model.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		got, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, by)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("by %s: %v (-want +got):\n%s", by, err, diff)
		}
	}
	visits, _ := model.Visits(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, "")
	if got, err := s.Visits(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, ""); err != nil || !cmp.Equal(visits, got) {
		t.Errorf("visits: %d, want %d, %v", len(got.Visits), len(visits.Visits), err)
	}
	want, _ := model.Search(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, "")
	got, err := s.Search(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, "")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAnOlderFileIsBroughtUpToDate(t *testing.T) {
	for _, version := range []int{1, 2, 3} {
		path := older(t, version)
		if _, err := sqlite.OpenTrail(t.Context(), path); err == nil || !strings.Contains(err.Error(), "start the broker") {
			t.Errorf("opened for asking only: %v", err)
		}
		for range 2 {
			s, err := sqlite.Open(t.Context(), path)
			must(t, err)
			whole(t, s)
			must(t, s.Close())
		}
		s, err := sqlite.OpenTrail(t.Context(), path)
		must(t, err)
		whole(t, s)
		if left := sqlite.One(t, s, `SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name)`); left !=
			"block,brief,broker,dictionary,kind,record,record_id,record_patient,record_refused,trail" {
			t.Errorf("version %d leaves %s", version, left)
		}
		must(t, s.Close())
	}
}

// An upgrade is killed after each piece that it moves, and every other time in the middle
// of one; each start goes on where the last one was.
func TestAnUpgradeThatIsKilledGoesOn(t *testing.T) {
	for _, version := range []int{1, 2, 3} {
		path := older(t, version)
		kills := 0
		for done := false; !done; kills++ {
			done = killAnUpgrade(t, path, kills%2)
		}
		if kills < 4 {
			t.Errorf("it was done after %d kills", kills)
		}
		s, err := sqlite.Open(t.Context(), path)
		must(t, err)
		whole(t, s)
		if ok := sqlite.One(t, s, `PRAGMA integrity_check`); ok != "ok" {
			t.Error(ok)
		}
		// And it takes records as before.
		must(t, s.Deliver(t.Context(), trailtest.Batch(t, "region-3", trailtest.Chain(trailtest.Mixed("region-3", 50)...))))
		if found, err := s.Search(t.Context(), audit.Scope{Limit: 1000}, audit.Filter{}, ""); err != nil || len(found.Records) != 290 {
			t.Errorf("%d records, %v", len(found.Records), err)
		}
		must(t, s.Close())
	}
}

// killAnUpgrade starts a program that opens a file, and kills it when it has moved some
// pieces and one; done says that it came to the end.
func killAnUpgrade(t *testing.T, path string, some int) (done bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), upgradeEnv+"="+path)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if done = lines.Text() == "done"; !done && n == some {
			must(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); complaint.Len() > 0 {
		t.Fatal(err, complaint.String())
	}
	return done
}

const upgradeEnv = "MCR_TEST_AUDIT_UPGRADE"

// upgradeChild is what killAnUpgrade starts.
func upgradeChild(path string) error {
	sqlite.Upgrading(30, func() { fmt.Println("moved") })
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return err
	}
	fmt.Println("done")
	return s.Close()
}
