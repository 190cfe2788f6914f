//go:build servers

package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

func session(t *testing.T, tab *browser.Tab) browser.Cookie {
	t.Helper()
	for _, c := range tab.Cookies() {
		if strings.Contains(c.Name, "session") {
			return c
		}
	}
	t.Fatal("there is no session's cookie")
	return browser.Cookie{}
}

// An attacker plants a cookie in somebody's browser: one that they made up, and
// one of their own session.
func TestServersBrowserAnAttackersCookie(t *testing.T) {
	w := inTheRegion(t)
	attacker := w.signIn(t, "council-administrator")
	theirs := session(t, attacker)
	for name, value := range map[string]string{"made up": "attacker-attacker-attacker-attacker-attacker", "the attacker's own": theirs.Value} {
		t.Run(name, func(t *testing.T) {
			victim := w.person(t)
			victim.Open("/signed-out")
			planted := theirs
			planted.Value = value
			victim.Plant(planted)
			victim.Open("/sign-in")
			victim.Follow(w.member(t, "consultant").Name)
			victim.Sees("You are signed in as Dr Helen Marchetti")
			if got := session(t, victim); got.Value == value {
				t.Error("the planted id became the session's")
			}
			// A sign-in ends the session whose cookie it finds: nobody is in the other's.
			attacker.For(t).Open("/")
			attacker.For(t).Lacks("Helen Marchetti")
			// A second cookie of the same name, for another path, is no way in either.
			planted.Path = "/"
			victim.Plant(planted)
			victim.Open("/patients")
			if strings.Contains(victim.Text(), "Dilip Nair") {
				t.Error("the victim works in the attacker's session")
			}
		})
	}
}

// A page of somebody else sends a form to the console in the professional's name.
func TestServersBrowserAForgedForm(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	var ref string
	form := `<input name="answer" value="yes"><input name="how" value="in-person"><input name="for" value="x"><input name="how-long" value="view"><button>Win a prize</button></form>`
	evil := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(rw, `<!doctype html><title>Prize</title><form method="post" action="%s/patients/%s/ask">%s`, w.base(), ref, form)
	}))
	t.Cleanup(evil.Close)
	elsewhere := strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)
	tab := w.signIn(t, "consultant", evil.URL, elsewhere)
	find(tab, p)
	confirm(tab)
	ref = refOf(t, tab)
	for name, address := range map[string]string{
		"another port of this host": evil.URL,
		"another host":              elsewhere,
	} {
		t.Run(name, func(t *testing.T) {
			other := tab.For(t).Tab()
			other.Open(address)
			other.Follow("Win a prize")
			other.Lacks(p.Name)
			if !strings.Contains(other.Text(), "This was not sent from our page") && !strings.Contains(other.Text(), "Sign in") {
				t.Errorf("answered with: %s", other.Text())
			}
		})
	}
	t.Run("a token that is not this session's", func(t *testing.T) {
		tab := tab.For(t)
		browser.Value[bool](tab, `[...document.querySelectorAll("form[action$='/ask'] input[name=csrf]")].map((e) => { e.value = "0".repeat(e.value.length) }).length === 1`)
		yes(tab, "Nothing")
		tab.Sees("This was not sent from our page", "Nothing was changed")
		tab.Axe()
	})
	tab.Open("/patients/" + ref + "/withdraw")
	tab.Sees("You hold no permission") // none of them was recorded
}

// A reference to a patient is worth nothing in another session, nor made up.
func TestServersBrowserAnotherSessionsPatient(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	ref := refOf(t, tab)
	other := w.signIn(t, "consultant")
	for _, path := range []string{"", "/ask", "/record", "/record/print", "/record/parts", "/withdraw", "/emergency"} {
		if status := other.Open("/patients/" + ref + path); status == http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
		other.Lacks(p.Name, spaced(p.NHSNumber))
	}
	other.Open("/patients/" + ref)
	other.Sees("Look the patient up again")
	other.Axe()
	// Not confirmed: nothing clinical is asked for.
	tab.Open("/patients/" + ref + "/record")
	tab.Sees("Is this the right patient?")
}

// Whoever is not signed in sees nothing anywhere.
func TestServersBrowserNobody(t *testing.T) {
	w := inTheRegion(t)
	tab := w.person(t)
	for _, path := range []string{"/patients", "/patients/x", "/patients/x/record", "/trail", "/trail/records", "/trail/patient", "/rules", "/rules/try", "/role"} {
		if status := tab.Open(path); status == http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
		tab.Sees("Sign in")
	}
	tab.Axe()
	tab.Open("/nothing-here")
	tab.Sees("This page does not exist")
	tab.Axe()
}

// What sources and people write is text, wherever it is shown.
func TestServersBrowserScriptInANameAndInAReason(t *testing.T) {
	w := inTheRegion(t)
	p := w.flagged(t, "every-source")
	bad := `Maple<script>window.pwned=1</script><img src=x onerror=window.pwned=2>`
	w.stage.set("*", saying(`Maple`, strings.ReplaceAll(bad, `"`, `\"`)))
	tab := w.signIn(t, "consultant")
	find(tab, p)
	tab.Sees("<script>window.pwned=1</script>")
	tab.Axe()
	confirm(tab)
	reason := `<script>window.pwned=3</script>"><svg onload=window.pwned=4>`
	yes(tab, reason)
	tab.Sees("Riverside Surgery")
	if v := browser.Value[*int](tab, `window.pwned ?? null`); v != nil {
		t.Errorf("a script ran: %d", *v)
	}
	auditor := w.signIn(t, "regional-auditor")
	rec := w.trail(t, "the permission with a script", permissionOf(w.member(t, "consultant").Name))
	auditor.Open("/trail/records/" + rec.ID)
	if v := browser.Value[*int](auditor, `window.pwned ?? null`); v != nil {
		t.Errorf("a script ran in the trail: %d", *v)
	}
	auditor.Axe()
}
