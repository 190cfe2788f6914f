package intake_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/intake"
)

// trial is a release that is for some requests.
func (p *place) trial(serial uint64) []byte {
	return p.made(release.Statement{Serial: serial, Canary: &release.Canary{Percent: 5}, Expires: now.Add(time.Hour)}, p.Ann, p.Ben)
}

func TestWhatIsToBeTriedStandsBesideWhatIsForAll(t *testing.T) {
	p := newPlace(t)
	web := httptest.NewServer(http.FileServer(http.Dir(p.dir)))
	defer web.Close()
	beside, err := intake.CanaryFromURL(web.URL + "/" + release.Current)
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]intake.Source{"a folder": intake.CanaryFromFolder(p.dir), "a server": beside} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(p.dir, release.CanaryFile)
			put := func(packed []byte) {
				t.Helper()
				if err := os.WriteFile(file, packed, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			data := filepath.Join(t.TempDir(), "canary")
			gone := 0
			open := func() *broker {
				b := p.broker(data, from, at(now))
				b.Intake = intake.New(intake.Config{Source: from, Trust: p.Trust, Data: data, Key: []byte("the deployment's"), Clock: at(now), Canary: true})
				b.takes.Gone = func(context.Context) error { gone++; return nil }
				return b
			}
			b := open()
			b.looks(t)
			if gone != 1 || b.State().Fault != nil {
				t.Errorf("nothing there: told %d times, %v", gone, b.State().Fault)
			}
			if b.End("there is none") == nil {
				t.Error("a trial that never was is ended")
			}
			put(p.trial(3))
			b.looks(t)
			put(p.good(4))
			b.looks(t)
			put(p.trial(2))
			b.looks(t)
			if fmt.Sprint(b.taken, b.refused) != "[3] [misplaced older]" || b.Over() != "" {
				t.Errorf("%v %v %q", b.taken, b.refused, b.Over())
			}
			if err := b.End("it was worse"); err != nil {
				t.Fatal(err)
			}
			again := open()
			if kept, err := again.Kept(); err != nil || kept.Statement.Serial != 3 || again.Over() != "it was worse" {
				t.Errorf("%v %q", err, again.Over())
			}
			put(p.trial(5))
			again.looks(t)
			if fmt.Sprint(again.taken) != "[5]" || again.Over() != "" {
				t.Errorf("the next: %v %q", again.taken, again.Over())
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			again.looks(t)
			if gone != 2 {
				t.Errorf("told %d times that it is gone", gone)
			}
		})
	}
	// And what is for some is not taken for all.
	all := p.broker(filepath.Join(t.TempDir(), "releases"), intake.FromFolder(p.dir), at(now))
	p.put(p.trial(9))
	all.looks(t)
	if fmt.Sprint(all.taken, all.refused) != "[] [misplaced]" {
		t.Errorf("%v %v", all.taken, all.refused)
	}
}
