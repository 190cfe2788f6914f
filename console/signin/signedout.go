package signin

import (
	"fmt"
	"net/http"
	"time"
)

// signOut ends the session, here and in every tab.
func (room *Room) signOut(w http.ResponseWriter, r *http.Request) {
	id := room.cookies.sessionID(r)
	if s, ok := room.sessions.peek(id); ok {
		if !room.genuine(w, r, s) {
			return
		}
		room.sessions.close(id, endedSignedOut)
	}
	http.SetCookie(w, room.cookies.endSession())
	// Not "cookies": that would end those of every neighbour in the domain.
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, room.cfg.Base+"/signed-out", http.StatusSeeOther)
}

// signedOut tells that nobody is signed in any more, and offers to sign out at the
// issuer too: on a shared computer it may still know who was here. It ends nothing,
// since anybody can lead a browser here, and it never says that a session is over
// which lives.
func (room *Room) signedOut(w http.ResponseWriter, r *http.Request) {
	why := "left"
	if r.URL.Query().Get("why") == "idle" {
		why = "idle"
	}
	id := room.cookies.sessionID(r)
	if s, ok := room.sessions.peek(id); ok {
		room.stillIn(w, r, s)
		return
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		// From another site (the issuer too) the browser keeps the session's Strict cookie
		// back, so there is no telling. From a page of our own it does not.
		room.onward(w, r, room.cfg.Base+"/signed-out?why="+why, "moment")
		return
	}
	if ended := room.sessions.whyEnded(id); ended != "" {
		why = ended
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	room.render(w, r, nil, http.StatusOK, "sign-in", signInPage{Why: why, Issuer: room.provider.leave(room.cfg.PublicURL + room.cfg.Base + "/signed-out")})
}

// stillIn tells somebody who was led to the page for those who are signed out that
// they are not. It is no use of the session, and comes back when that may be over: a
// tab that lies open must not keep it alive.
func (room *Room) stillIn(w http.ResponseWriter, r *http.Request, s *session) {
	left := int((room.sessions.left(s)+time.Second-1)/time.Second) + 1
	w.Header().Set("Refresh", fmt.Sprintf("%d; url=%s/signed-out?why=idle", left, room.cfg.Base))
	room.render(w, r, nil, http.StatusOK, "still", s.csrf)
}
