package signin

import (
	"net/http"
	"net/url"
	"strings"
)

// away answers a request of nobody who is signed in.
func (room *Room) away(w http.ResponseWriter, r *http.Request) {
	kind := "signed-out"
	if r.Method == http.MethodPost {
		kind = "not-recorded"
	}
	room.render(w, r, nil, http.StatusForbidden, "sign-in", signInPage{Why: kind, Ended: room.sessions.whyEnded(room.cookies.sessionID(r)), To: room.worthGoing(r)})
}

// worthGoing is the address to go on to after signing in: within the console, and
// nothing of a patient, since a session's references end with it.
func (room *Room) worthGoing(r *http.Request) string {
	if r.Method != http.MethodGet {
		return ""
	}
	to := r.URL.RequestURI()
	if within, ok := strings.CutPrefix(to, room.cfg.Base+"/patients/"); ok && within != "" {
		return room.cfg.Base + "/patients"
	}
	return room.safe(to)
}

// safe gives an address within the console, "" for anything else: it never leads
// to another host.
func (room *Room) safe(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(to) > 1000 || strings.ContainsAny(to, "\\\r\n\t") ||
		!strings.HasPrefix(u.Path, room.cfg.Base+"/") || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "..") {
		return ""
	}
	return to
}

// leadOn leads somebody who has signed in to where they were going.
func (room *Room) leadOn(w http.ResponseWriter, r *http.Request, to string) {
	if to = room.safe(to); to == "" {
		to = room.cfg.Base + "/"
	}
	room.onward(w, r, to, "welcome")
}

// onward answers with a page that leads on by itself. A redirect would still be
// part of the journey that began elsewhere, such as at the issuer, and the browser
// would not send the Strict cookie along; from a page of our own it does.
func (room *Room) onward(w http.ResponseWriter, r *http.Request, to, name string) {
	w.Header().Set("Refresh", "0; url="+to)
	room.render(w, r, nil, http.StatusOK, name, to)
}
