//go:build servers

package browser_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/browser"
)

// A change goes from the draft to the brokers that decide by it, and back: proposed, approved by two
// people whose keys stay in their browsers, signed, published, and seen to arrive. The browser's own
// cryptography makes the signatures, which the brokers verify.
func TestServersBrowserAReleaseGoesFromTheDraftToTheBrokersAndBack(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "ig-officer")
	other := w.signIn(t, "privacy-officer")
	began := time.Now()
	look := func(tab *browser.Tab) {
		tab.Axe()
		tab.Fits()
	}
	by := func(tab *browser.Tab, key, button, done string) {
		t.Helper()
		tab.Open("/rules/proposal")
		tab.File("key", filepath.Join(w.shop.Keys, key))
		tab.Follow(button)
		tab.Sees(done)
	}
	through := func() {
		t.Helper()
		by(tab, "ann.key", "Approve it with my key", "The approval is in the release.")
		by(other, "ben.key", "Approve it with my key", "The approval is in the release.")
		by(tab, "publisher.key", "Sign it with my key", "The release is signed.")
		tab.Follow("Publish it to all brokers")
		tab.Sees("The release is published.")
	}
	arrives := func(serial string) {
		t.Helper()
		err := until(time.Minute, func() error {
			tab.Open("/rules/history")
			if at := tab.Text(); !strings.Contains(at, ", serial "+serial+" ") || // in the table of brokers
				!strings.Contains(at, "The newest") {
				return errNotYet
			}
			return nil
		})
		if err != nil {
			t.Fatalf("serial %s has not arrived: %s", serial, tab.Text())
		}
	}

	tab.Open("/rules/history")
	tab.Sees("demo-region", "shipped-1, serial 1", "The newest")
	look(tab)
	tab.Open("/rules/draft")
	tab.Follow("Begin a draft")
	tab.Open("/rules/draft/settings/permission.default_hours")
	tab.Fill("Hours that a permission runs when nothing is said", "12")
	tab.Follow("Change it in the draft")
	tab.Open("/rules/draft/propose")
	if err := until(time.Minute, func() error {
		if strings.Contains(tab.Text(), "No fault was found") {
			return nil
		}
		tab.Reload()
		return errNotYet
	}); err != nil {
		t.Fatal(err, tab.Text())
	}
	tab.Fill("Why it is changed", "Twelve hours are enough")
	tab.Follow("Propose it")
	tab.Sees("The release is proposed.", "Nobody yet.", "2 more people must approve it", "Twelve hours are enough", "Hours that a permission runs when nothing is said")
	look(tab)
	tab.Click("Approve it with my key")
	tab.Sees("Choose the file with your key.")
	look(tab)
	tab.File("key", w.shop.Trust)
	tab.Click("Approve it with my key")
	tab.Sees("This file holds no private key")
	by(tab, "publisher.key", "Approve it with my key", "has no key here that may")
	look(tab)
	through()
	look(tab)
	arrives("2")
	t.Logf("from a draft that was begun to the brokers: %s", time.Since(began).Round(100*time.Millisecond))
	tab.Sees("Ian Petrie approved a release of the policies, with the key of Dr Ann Caldicott", "Ruth Calder approved a release of the policies, with the key of Ben Officer", "The broker demo-region took a release of the policies into force")
	look(tab)
	tab.Open("/rules/changes")
	tab.Sees("24", "12")

	tab.Open("/rules/draft")
	tab.Click("Throw the draft away")
	tab.Choose("I mean it")
	tab.Follow("Throw it away")
	tab.Open("/rules/proposal")
	tab.Click("Bring these rules back : serial 1")
	tab.Fill("Why the rules of serial 1 are brought back", "It locked the ward out")
	look(tab)
	tab.Follow("Propose it : serial 1 again")
	tab.Sees("which brings back the rules of serial 1", "It locked the ward out")
	through()
	arrives("3")
	tab.Round(t)
}

var errNotYet = errors.New("it has not arrived yet")
