//go:build servers

package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// widths are those of a telephone, of a tablet, and of a desk's screen.
var widths = []int{320, 768, 1280}

// camera takes a picture of each page, at each width, into a folder.
type camera struct {
	dir string
	n   int
}

func (c *camera) shoot(tab *browser.Tab, name string) {
	c.n++
	for _, width := range widths {
		tab.Screen(width, 800)
		tab.Shoot(filepath.Join(c.dir, fmt.Sprintf("%02d-%s-%d.png", c.n, name, width)))
	}
	tab.Screen(1280, 900)
}

// MCR_SCREENSHOTS=folder makes a picture of every page.
func TestServersBrowserScreenshots(t *testing.T) {
	dir := os.Getenv("MCR_SCREENSHOTS")
	if dir == "" {
		t.Skip("make screenshots takes them: MCR_SCREENSHOTS names no folder")
	}
	w := inTheRegion(t)
	c := &camera{dir: dir}
	professional(t, w, c)
	auditor(t, w, c)
}

// professional takes the pages of somebody who treats patients.
func professional(t *testing.T, w *world, c *camera) {
	tab := w.person(t)
	tab.Open("/")
	c.shoot(tab, "sign-in")
	tab.Follow("Sign in")
	tab.Sees("Who are you?")
	c.shoot(tab, "issuer")
	tab.Follow(w.member(t, "two-roles").Name)
	tab.Sees("In which role are you working now?")
	c.shoot(tab, "role")
	tab.Choose("Consultant")
	tab.Follow("Continue")
	tab.Sees("You are signed in as")
	c.shoot(tab, "start")
	tab.Open("/patients")
	c.shoot(tab, "find")
	tab.Fill("NHS number", "999 413 4575")
	tab.Follow("Find")
	c.shoot(tab, "find-wrong")
	find(tab, w.flagged(t, "opted-out"))
	c.shoot(tab, "patient-opted-out")
	find(tab, w.flagged(t, "every-source"))
	c.shoot(tab, "patient")
	tab.Follow("Continue")
	c.shoot(tab, "patient-not-confirmed")
	confirm(tab)
	c.shoot(tab, "ask")
	tab.Follow("Record the answer")
	c.shoot(tab, "ask-wrong")
	yes(tab, "Medicines before an operation")
	c.shoot(tab, "record")
}

// auditor takes the pages of the trail.
func auditor(t *testing.T, w *world, c *camera) {
	theirs, elsewhere := w.aVisit(t)
	tab := w.signIn(t, "privacy-officer")
	c.shoot(tab, "start-officer")
	tab.Open("/trail")
	c.shoot(tab, "trail")
	tab.Follow("Search")
	c.shoot(tab, "trail-search")
	tab.Open("/trail/records?source=acute-st-aldhelm")
	c.shoot(tab, "trail-found")
	tab.Open("/trail/records/" + theirs.ID)
	c.shoot(tab, "trail-record")
	tab.Open("/trail/records/" + elsewhere.ID)
	c.shoot(tab, "trail-not-theirs")
	tab.Open("/trail/patient")
	c.shoot(tab, "trail-patient")
	tab.Fill("The patient’s NHS number", spaced(w.flagged(t, "own-record").NHSNumber))
	tab.Follow("Show who has accessed it")
	c.shoot(tab, "trail-report")
}
