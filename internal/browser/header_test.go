//go:build servers

package browser_test

import (
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// Who is signed in, for which organisation, and the way out: whole and side by side
// on a telephone, above the menu, and without a stray space on a desk's screen.
func TestServersBrowserTheHeaderSaysWhoIsSignedIn(t *testing.T) {
	w := inTheRegion(t)
	who := w.member(t, "consultant")
	tab := w.signIn(t, "consultant")
	tab.Sees("Dr Helen Marchetti, Consultant, St Aldhelm's")
	for _, width := range []int{320, 1280} {
		tab.Screen(width, 640)
		for _, wrong := range browser.Value[[]string](tab, `((organisation) => {
			const at = (s) => document.querySelector(s).getBoundingClientRect();
			const box = at(".nhsuk-header__account"), out = at(".nhsuk-header__account-button"), menu = at(".nhsuk-header__navigation"), who = at(".mcr-account-who");
			const words = document.querySelector(".mcr-account-who");
			const begins = document.createRange(), text = words.lastChild, from = text.data.indexOf(organisation);
			begins.setStart(text, from); begins.setEnd(text, from + 10);
			const begun = begins.getBoundingClientRect();
			return [
				[menu.top < box.bottom, "the menu lies over the account: " + menu.top + " < " + box.bottom],
				[out.top < box.top - 1 || out.bottom > box.bottom + 1 || out.right > box.right + 1, "the way out hangs over its box"],
				[out.left < who.right || out.top > who.bottom, "the way out does not stand beside the name"],
				[begun.width < 20 || begun.bottom > who.bottom + 1 || who.bottom > box.bottom, "the organisation cannot be seen"],
			].filter(([is]) => is).map(([, words]) => words);
		})("St Aldhelm")`) {
			t.Errorf("at %d px, %s: %s", width, who.Name, wrong)
		}
	}
}
