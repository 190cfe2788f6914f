package record_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mycarerecord/mcr/collect"
)

const (
	emergencyWay = `<a href="/console/patients/r1/emergency">The patient cannot be asked, and it is an emergency</a>`
	emergencyNow = "Emergency access until 23:15"
)

// The end of a declared emergency stands on every page of the record, and where
// something is closed and an emergency may be declared the way there does.
func TestAnEmergencyStandsOnTheRecord(t *testing.T) {
	optedOut := from("hill", collect.Refused)
	optedOut.Reason.Code = "opted-out"
	for name, c := range map[string]struct {
		part             collect.Part
		may              bool
		ends             time.Time
		wantWay, wantNow bool
	}{
		"may be declared":                      {part: from("hill", collect.Refused), may: true, wantWay: true},
		"may be declared, some is withheld":    {part: from("hill", collect.Withheld), may: true, wantWay: true},
		"nothing is closed":                    {part: from("hill", collect.Complete), may: true},
		"only did not answer":                  {part: from("hill", collect.TimedOut), may: true},
		"the patient has opted out":            {part: optedOut, may: true},
		"the region does not have emergencies": {part: from("hill", collect.Refused)},
		"is declared":                          {part: from("hill", collect.Refused), ends: clock().Add(45 * time.Minute), wantNow: true},
	} {
		t.Run(name, func(t *testing.T) {
			who := alice
			who.MayDeclare, who.EmergencyEnds = c.may, c.ends
			b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, penicillin), c.part}}
			s := console(t, b, anna(who))
			_, shell := get(t, "GET", s.URL+"/console/patients/r1/record")
			_, whole := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
			_, printed := get(t, "GET", s.URL+"/console/patients/r1/record/print")
			state := filled(events(t, t.Context(), b, who, nil))["state"]
			for page, text := range map[string]string{"whole": whole, "piece": state} {
				if got := strings.Contains(text, emergencyWay); got != c.wantWay {
					t.Errorf("%s: the way to the emergency: %v", page, got)
				}
			}
			for page, text := range map[string]string{"shell": shell, "whole": whole, "print": printed} {
				if got := strings.Contains(text, emergencyNow); got != c.wantNow {
					t.Errorf("%s: the end of the emergency: %v", page, got)
				}
				// Nobody is told there and then: it is for the privacy officer to look.
				if strings.Contains(text, "told") || c.wantNow && !strings.Contains(text, "What you see through it is marked in the audit trail for the privacy officer.") {
					t.Errorf("%s: what becomes of it is not said as it is", page)
				}
				if first := strings.Index(text, "Allergy to penicillin"); c.wantNow && first >= 0 && first < strings.Index(text, emergencyNow) {
					t.Errorf("%s: the end of the emergency does not stand at the top", page)
				}
			}
		})
	}
}

// When the script does not come, the shell must not be where it ends.
func TestTheShellHasALinkOnForWhenItsScriptFails(t *testing.T) {
	b := &brokers{parts: []collect.Part{from("riverside", collect.Complete, penicillin)}}
	s := console(t, b, anna(alice))
	_, shell := get(t, "GET", s.URL+"/console/patients/r1/record?category=medications")
	doc, err := html.Parse(strings.NewReader(shell)) // as a browser with scripts: what stands in noscript is text
	if err != nil {
		t.Fatal(err)
	}
	plain := false
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "data-record-plain" {
				plain = true
				link := n.FirstChild.NextSibling
				if link == nil || link.Data != "a" || link.Attr[0].Val != "/console/patients/r1/record?category=medications&whole=1" {
					t.Errorf("it leads to %+v", link)
				}
			}
			if a.Key == "hidden" && plain && n.Data == "p" {
				t.Error("it is hidden before the script has run")
			}
		}
	}
	if !plain {
		t.Errorf("the shell has no link outside noscript:\n%s", shell)
	}
	if _, whole := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1"); strings.Contains(whole, "data-record-plain") {
		t.Error("the whole page leads to itself")
	}
}
