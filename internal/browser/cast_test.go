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
	{"own-gp", "own-record", false,
		[]string{"Riverside Surgery All shown", "St Aldhelm's Hospitals NHS Trust Some not shown", "Haemoglobin estimation", "Metformin",
			"The patient has not been asked for permission to view", "Ask the patient, or record their answer", "Source: St Aldhelm's Hospitals NHS Trust"}, nil},
	{"practice-nurse", "own-record", false, []string{"Riverside Surgery All shown", "Metformin", "Next appointments"}, nil},
	{"other-gp", "moved-practice", false, []string{"Hill View Medical Centre All shown", "Allergy to peanut", "The patient has not been asked", "Sources: Marlshire County Council with Marl Care, Riverside Surgery"}, nil},
	{"consultant", "permission", true,
		[]string{"Riverside Surgery All shown", "St Aldhelm's Hospitals NHS Trust All shown", "Aspirin"}, nil},
	{"laboratory-specialist", "test-order", false, []string{"Amlodipine", "Hypertensive disorder", "Riverside Surgery Some not shown"}, []string{"Social care ("}},
	{"paramedic", "every-source", true, []string{"Allergy to penicillin", "Three Counties Ambulance Service NHS Trust All shown"}, nil},
	{"nhs-111-clinician", "every-source", true, []string{"Allergy to penicillin", "Wend 111 All shown"}, nil},
	{"community-nurse", "superseded-number", true, []string{"Levothyroxine"}, nil},
	{"social-worker", "restricted", true, []string{"Atorvastatin", "Protected"}, []string{"ZZ99"}},
	{"council-administrator", "moved-practice", false,
		[]string{"The role that you are working in does not see records of other organisations", "Marlshire County Council with Marl Care All shown"},
		[]string{"Allergy to peanut"}},
}

// Each member of the cast who treats patients, from signing in to printing.
func TestServersBrowserTheCastFromSigningInToPrinting(t *testing.T) {
	w := inTheRegion(t)
	for _, s := range stories {
		t.Run(s.member, func(t *testing.T) {
			p, who := w.flagged(t, s.patient), w.member(t, s.member)
			tab := w.signIn(t, s.member)
			find(tab, p)
			confirm(tab)
			if s.asks {
				yes(tab, "Treatment today")
			} else if tab.Path() != "/patients/"+refOf(t, tab)+"/record" {
				tab.Follow("Do not ask: see only what may be shown now")
			}
			arrived(t, tab)
			missing(tab)
			tab.Sees(s.sees...)
			tab.Lacks(s.lacks...)
			tab.Axe()
			tab.Fits()
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
