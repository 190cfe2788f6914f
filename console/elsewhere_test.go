package console_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/internal/surfer"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// dire declares an emergency.
var dire = url.Values{"reason": {"life-threatening"}, "text": {"Unconscious after a fall"}, "understood": {"yes"}}

// offered is the way to declaring an emergency.
const offered = "The patient cannot be asked, and it is an emergency"

// An emergency that runs is told in every session of the professional's: in one that
// looked before it was declared, in a new one, and by a console that was started since. It is
// not offered to declare it again, and nobody else is told of it.
func TestAnEmergencyRunsInEverySession(t *testing.T) {
	g := newRegion(t, `"enabled": false`, `"enabled": true`)
	brian := g.patient("permission")
	before, s := g.signIn("consultant"), g.signIn("consultant")
	g.find(before, brian)
	then := here(before)
	before.Submit(then, right).Shows(200, "The patient has not been asked", offered)
	g.find(s, brian)
	at := here(s)
	s.Submit(at, right)
	s.Open(g.address+at+"/emergency").Submit(at+"/emergency", dire)

	runs := func(s *surfer.Surfer, at string) {
		t.Helper()
		for _, page := range []string{"", "/ask", "/record", "/record?whole=1", "/record/print", "/emergency"} {
			s.Open(g.address+at+page).Shows(200, "Emergency access until 09:59").Hides(offered, "Declare the emergency")
		}
		// What it opened is told: who it is, and what others hold.
		s.Open(g.address+at).Shows(200, brian.Name, "Riverside Surgery").Hides("as far as it may be shown now")
	}
	runs(s, at)
	runs(before, then)
	// Whoever sends the form again, from a page that lay open, declares nothing.
	csrf := surfer.Hidden.FindStringSubmatch(before.Body)[2]
	again := url.Values{"csrf": {csrf}}
	for name, values := range dire {
		again[name] = values
	}
	before.Navigate("POST", then+"/emergency", again).Shows(200, "Emergency access until 09:59")
	if n := len(g.records(access.DeclareEmergency)); n != 1 {
		t.Errorf("%d emergencies were declared", n)
	}

	g.startAgain()
	later := g.signIn("consultant")
	g.find(later, brian)
	now := here(later)
	later.Shows(200, "Emergency access until 09:59").Submit(now, right)
	if later.At.Path != now+"/record" {
		t.Errorf("confirming leads to %s", later.At)
	}
	runs(later, now)

	stranger := g.signIn("paramedic")
	g.find(stranger, brian)
	there := here(stranger)
	stranger.Submit(there, right)
	for _, page := range []string{"", "/record", "/record?whole=1"} {
		stranger.Open(g.address + there + page).Hides("Emergency access until")
	}

	t.Run("until it was recorded in error", func(t *testing.T) {
		g.void(t, brian.NHSNumber, registry.KindEmergency)
		for _, page := range []string{"", "/ask", "/record", "/record/print"} {
			later.Open(g.address + now + page).Hides("Emergency access until")
		}
		later.Open(g.address+now).Shows(200, offered).Hides("Riverside Surgery")
		later.Click(now+"/emergency").Submit(now+"/emergency", dire).Shows(200, "Emergency access until 09:59")
	})
	t.Run("until its time is over", func(t *testing.T) {
		g.clock.Pass(time.Hour)
		t.Cleanup(func() { g.clock.Pass(-time.Hour) })
		g.signInWith(later, "consultant")
		g.find(later, brian)
		later.Hides("Emergency access until").Submit(here(later), right).Shows(200, offered)
	})
}

// void says of the newest entry of a kind that it was made in error.
func (g *region) void(t *testing.T, number string, kind registry.Kind) {
	t.Helper()
	n, err := nhs.ParseNumber(number)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := g.Registry.Entries(t.Context(), n, kind)
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	tx, err := g.Registry.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	e := entries[len(entries)-1]
	e.Version, e.Status = e.Version+1, registry.Void
	if err := tx.Add(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// What a patient answered in one session counts in the others: what they found before is
// asked again.
func TestAnAnswerCountsInEverySession(t *testing.T) {
	g := newRegion(t)
	p := g.patient("every-source")
	other, s := g.signIn("consultant"), g.signIn("consultant")
	g.find(other, p)
	there := here(other)
	other.Submit(there, right).Shows(200, "The patient has not been asked")
	g.find(s, p)
	at := here(s)
	s.Submit(at, right).Submit(at+"/ask", yes())
	other.Open(g.address+there).Shows(200, p.Name, "Riverside Surgery", "Withdraw a permission").Hides("as far as it may be shown now")
	looks := len(g.records(access.View))
	other.Open(g.address+there).Click(there+"/ask").Shows(200, "You have the patient's permission")
	if n := len(g.records(access.View)) - looks; n != 0 {
		t.Errorf("the sources were asked again, %d times, though nothing changed", n)
	}
	// Somebody who looks the patient up now is led to the record.
	g.startAgain()
	later := g.signIn("consultant")
	g.find(later, p)
	now := here(later)
	if later.Submit(now, right); later.At.Path != now+"/record" {
		t.Errorf("confirming leads to %s", later.At)
	}
	later.Open(g.address+now+"/withdraw").Submit(now+"/withdraw", nil).Shows(200, "The permission is withdrawn")
	later.Open(g.address+now).Shows(200, "as far as it may be shown now", "Ask the patient for permission to view").Hides("Riverside Surgery")
}
