package console

import (
	"fmt"
	"net/http"
	"time"
)

// signOut ends the session, here and in every tab.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	id := c.cookies.sessionID(r)
	if s, ok := c.sessions.peek(id); ok {
		if !c.genuine(w, r, s) {
			return
		}
		c.sessions.close(id, endedSignedOut)
	}
	http.SetCookie(w, c.cookies.endSession())
	// Not "cookies": that would end those of every neighbour in the domain.
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, c.cfg.Path+"/signed-out", http.StatusSeeOther)
}

// signedOut tells that nobody is signed in any more, and offers to sign out at the
// issuer too: on a shared computer it may still know who was here. It ends nothing,
// since anybody can lead a browser here, and it never says that a session is over
// which lives.
func (c *Console) signedOut(w http.ResponseWriter, r *http.Request) {
	why := "left"
	if r.URL.Query().Get("why") == "idle" {
		why = "idle"
	}
	id := c.cookies.sessionID(r)
	if s, ok := c.sessions.peek(id); ok {
		c.stillIn(w, r, s)
		return
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		// From another site (the issuer too) the browser keeps the session's Strict cookie
		// back, so there is no telling. From a page of our own it does not.
		c.onward(w, r, c.cfg.Path+"/signed-out?why="+why, "moment")
		return
	}
	if ended := c.sessions.whyEnded(id); ended != "" {
		why = ended
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	c.render(w, r, nil, http.StatusOK, "sign-in", signInPage{Why: why, Issuer: c.provider.leave(c.cfg.PublicURL + c.cfg.Path + "/signed-out")})
}

// stillIn tells somebody who was led to the page for those who are signed out that
// they are not. It is no use of the session, and comes back when that may be over: a
// tab that lies open must not keep it alive.
func (c *Console) stillIn(w http.ResponseWriter, r *http.Request, s *session) {
	left := int((c.sessions.left(s)+time.Second-1)/time.Second) + 1
	w.Header().Set("Refresh", fmt.Sprintf("%d; url=%s/signed-out?why=idle", left, c.cfg.Path))
	c.render(w, r, nil, http.StatusOK, "still", s.csrf)
}
