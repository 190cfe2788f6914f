//go:build servers

package browser_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// arrived waits until every source has answered, or has been given up.
func arrived(t *testing.T, tab *browser.Tab) {
	t.Helper()
	tab.Until("the whole record", `document.readyState === "complete" && !!document.querySelector(".mcr-record") &&
		(!document.querySelector("[data-record]") || document.querySelector("[data-record]").dataset.recordDone !== undefined)`)
}

// stories are what becomes of each member of the cast with a patient of theirs.
var stories = []struct {
	member, patient string
	asks            bool     // has to ask, and does
	sees, lacks     []string // on the record
}{
	{"own-gp", "own-record", false, nil, nil},
	{"practice-nurse", "own-record", false, nil, nil},
	{"other-gp", "moved-practice", false, nil, nil},
	{"consultant", "permission", true, nil, nil},
	{"laboratory-specialist", "test-order", false, nil, nil},
	{"paramedic", "every-source", true, nil, nil},
	{"nhs-111-clinician", "every-source", true, nil, nil},
	{"community-nurse", "superseded-number", true, nil, nil},
	{"social-worker", "restricted", true, nil, nil},
	{"council-administrator", "moved-practice", false, nil, nil},
}

// Each member of the cast who treats patients, from signing in to printing.
func TestServersBrowserTheCastFromSigningInToPrinting(t *testing.T) {
	w := inTheRegion(t)
	for _, s := range stories {
		t.Run(s.member, func(t *testing.T) {
			p, who := w.flagged(t, s.patient), w.member(t, s.member)
			tab := w.signIn(t, s.member)
			find(tab, p)
			t.Log(tab.Text())
			confirm(tab)
			if s.asks {
				yes(tab, "Treatment today")
			} else if tab.Path() != "/patients/"+refOf(t, tab)+"/record" {
				t.Log(tab.Text())
				tab.Follow("Do not ask: see only what may be shown now")
			}
			arrived(t, tab)
			t.Log(tab.Text())
			tab.Sees(s.sees...)
			tab.Lacks(s.lacks...)
			tab.Axe()
			tab.Fits(320)
			tab.Follow("Print")
			tab.Sees("Not to be filed", "Printed by "+who.Name, who.Role, p.Name)
			tab.Axe()
			if pdf := tab.PDF(); !bytes.HasPrefix(pdf, []byte("%PDF")) || len(pdf) < 5000 {
				t.Errorf("printing gives %d bytes", len(pdf))
			}
			tab.Follow("Sign out")
			tab.Sees("You are signed out")
		})
	}
}

// Nobody of the cast is without a story.
func TestServersBrowserEveryMemberHasAStory(t *testing.T) {
	w := inTheRegion(t)
	for _, m := range w.Cast {
		told := slices.Contains([]string{"two-roles", "privacy-officer", "regional-auditor", "ig-officer"}, m.ID) // in stories of their own
		for _, s := range stories {
			told = told || s.member == m.ID
		}
		if !told {
			t.Errorf("%s has no story", m.ID)
		}
	}
}
