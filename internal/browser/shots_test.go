//go:build servers

package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// widths are those of a telephone, of a tablet, and of a desk's screen.
var widths = []int{360, 768, 1280}

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
	rules(t, w, c)
	w.turnOnEmergencies(t)
	emergency(t, w, c)
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
	ref := refOf(t, tab)
	tab.Open("/patients/" + ref + "/record")
	arrived(t, tab)
	c.shoot(tab, "record-before-asking")
	tab.Open("/patients/" + ref + "/ask")
	yes(tab, "Medicines before an operation")
	arrived(t, tab)
	c.shoot(tab, "record")
	w.stage.set("gp-riverside", down)
	w.stage.set("acute-northmoor", silent)
	tab.Reload()
	tab.Sees("10 of 12 sources")
	c.shoot(tab, "record-arriving")
	arrived(t, tab)
	c.shoot(tab, "record-sources-missing")
	w.stage.clear()
	tab.Follow("Print")
	c.shoot(tab, "print")
	tab.Open("/patients/" + ref + "/withdraw")
	c.shoot(tab, "withdraw")
	tab.Follow("Given > Withdraw")
	c.shoot(tab, "withdrawn")
	find(tab, w.patient(t, stAldhelms, hillview, false))
	c.shoot(tab, "patient-no-relationship")
	find(tab, w.patient(t, stAldhelms, riverside, true))
	confirm(tab)
	no(tab)
	c.shoot(tab, "patient-said-no")
	tab.Open("/patients/nobody")
	c.shoot(tab, "no-such-patient")
	tab.Open("/trail")
	c.shoot(tab, "not-for-this-role")
	tab.Open("/nothing")
	c.shoot(tab, "not-found")
	tab.Open("/signed-out")
	c.shoot(tab, "still-signed-in")
	tab.Block("*://*:*/console/assets/console.*.js")
	tab.Open("/patients/" + ref + "/record")
	c.shoot(tab, "record-without-its-script")
	tab.Open("/")
	tab.Follow("Sign out")
	c.shoot(tab, "signed-out")
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
	tab.Open("/trail/month")
	c.shoot(tab, "trail-month")
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

// rules takes the pages of the IG team.
func rules(t *testing.T, w *world, c *camera) {
	tab := w.signIn(t, "ig-officer")
	for _, page := range []string{"", "/permission", "/opt_out", "/cases", "/reasons", "/changes", "/try", "/try/text"} {
		tab.Open("/rules" + page)
		c.shoot(tab, "rules"+strings.ReplaceAll(page, "/", "-"))
	}
	tab.Open("/rules/try")
	tab.Follow("Try it")
	c.shoot(tab, "rules-tried")
	tab.Open("/rules/checks")
	worked(t, tab)
	c.shoot(tab, "rules-checks")
	folder := w.governBy(t, nil)
	anotherFolder(t, folder)
	tab = w.signIn(t, "ig-officer")
	tab.Open("/rules/next")
	worked(t, tab)
	c.shoot(tab, "rules-next")
}

// emergency takes the pages of an emergency.
func emergency(t *testing.T, w *world, c *camera) {
	tab := w.signIn(t, "consultant")
	find(tab, w.patient(t, stAldhelms, hillview, false))
	confirm(tab)
	tab.Open("/patients/" + refOf(t, tab) + "/record")
	arrived(t, tab)
	c.shoot(tab, "record-where-an-emergency-may-be-declared")
	tab.Open("/patients/" + refOf(t, tab) + "/emergency")
	c.shoot(tab, "emergency")
	tab.Choose("The patient's life or limb is in danger now")
	tab.Fill("What has happened?", "Found unconscious at home")
	tab.Choose("I understand what happens next")
	tab.Follow("Declare the emergency")
	arrived(t, tab)
	c.shoot(tab, "record-in-an-emergency")
	tab.Open("/patients/" + refOf(t, tab))
	c.shoot(tab, "patient-in-an-emergency")
	tab.Open("/patients/" + refOf(t, tab) + "/emergency")
	c.shoot(tab, "emergency-declared")
}
