package release_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/releasetest"
)

func TestACanaryTakesAShareOfPersons(t *testing.T) {
	for _, percent := range []int{1, 5, 50, 99, 100} {
		c := release.Canary{Sources: []string{"acute", "gp"}, Percent: percent}
		n, moved := 0, 0
		for i := range 20000 {
			user := fmt.Sprintf("55500%07d", i)
			takes := c.Takes(7, "acute", user)
			if takes {
				n++
			}
			if takes != c.Takes(7, "gp", user) {
				t.Fatal("a person is decided for otherwise at another source")
			}
			if takes != c.Takes(8, "acute", user) {
				moved++
			}
			if c.Takes(7, "community", user) {
				t.Fatal("it takes requests at a source that is not named")
			}
		}
		if got := float64(n) / 200; got < float64(percent)*0.8-0.3 || got > float64(percent)*1.2+0.3 {
			t.Errorf("%d %%: took %.1f %%", percent, got)
		}
		if percent == 50 && moved < 5000 {
			t.Errorf("the next canary takes nearly the same persons: %d of 20000 others", moved)
		}
	}
}

func TestACanaryIsPublishedBesideWhatIsForAll(t *testing.T) {
	people, now := releasetest.NewPeople(t), time.Now()
	p := release.Place(t.TempDir())
	fine := func(context.Context, fs.FS) error { return nil }
	publish := func(s release.Statement) error {
		s.Revision = "r"
		packed := releasetest.Made(t, policytest.Copied(t), s, now, []release.Key{people.Ann, people.Ben}, people.Publisher)
		_, err := p.Publish(t.Context(), packed, people.Trust, now, fine)
		return err
	}
	canary := release.Statement{Serial: 2, Canary: &release.Canary{Sources: []string{"acute"}, Percent: 10, MostWorse: 2}, Expires: now.Add(time.Hour)}
	for _, s := range []release.Statement{{Serial: 1}, canary, {Serial: 3}} {
		if err := publish(s); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]uint64{release.Current: 3, release.CanaryFile: 2} {
		packed, err := os.ReadFile(filepath.Join(string(p), name))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := release.Peek(packed); err != nil || r.Statement.Serial != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if last, err := p.Last(); err != nil || last != 3 {
		t.Error(last, err)
	}
	if err := publish(canary); err == nil {
		t.Error("a serial that was given is given again")
	}
	for told, c := range map[string]release.Canary{
		"percent must be 1 to 100":         {},
		"percent must be 1 to 100: of":     {Percent: 101},
		"most_worse_percent must be 0":     {Percent: 1, MostWorse: -1},
		`"Acute ward" is no source's id`:   {Percent: 1, Sources: []string{"Acute ward"}},
		"the source acute stands there tw": {Percent: 1, Sources: []string{"acute", "acute"}},
	} {
		_, err := release.Build(t.Context(), policytest.Copied(t), release.Statement{Serial: 9, Revision: "r", Author: "a", Reason: "r", Canary: &c, Expires: now.Add(time.Hour)}, now)
		if err == nil || !strings.Contains(err.Error(), told) {
			t.Errorf("%s: %v", told, err)
		}
	}
	if _, err := release.Build(t.Context(), policytest.Copied(t), release.Statement{Serial: 9, Revision: "r", Author: "a", Reason: "r", Canary: &release.Canary{Percent: 1}}, now); err == nil || !strings.Contains(err.Error(), "say when it ends") {
		t.Errorf("without an end: %v", err)
	}
}
