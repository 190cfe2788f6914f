package signin

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// mostForm bounds a posted form; the largest is a case file of the rules.
const mostForm = 256 << 10

// Guard lets to the pages only what is for this host, and comes from this site's own
// pages. The pages' safety headers are page.Guard's.
func (room *Room) Guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		room.render(w, r, nil, http.StatusForbidden, "fault", "forged")
	}))
	return room.hostOnly(origin.Handler(next))
}

// hostOnly serves the console's own host alone: a name that somebody else lets
// point here (DNS rebinding) gets no page, and no address is ever made from Host.
func (room *Room) hostOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Host, room.host) {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			http.Redirect(w, r, room.cfg.PublicURL+room.cfg.Base+"/", http.StatusTemporaryRedirect)
			return
		}
		http.Error(w, "This is not the console's address.", http.StatusMisdirectedRequest)
	})
}

// hostOf is the host as browsers name it in a request: without the scheme's own port.
func hostOf(u *url.URL) string {
	if u.Port() == "443" && u.Scheme == "https" || u.Port() == "80" && u.Scheme == "http" {
		return strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.Host
}

// Once serves addresses whose parameters can be read, and stand once each. The
// trail has its own, which records what it refuses.
func (room *Room) Once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q, err := url.ParseQuery(r.URL.RawQuery); err != nil || !single(q) {
			room.render(w, r, nil, http.StatusBadRequest, "fault", "address")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// genuine judges a POST: the session's own token, whatever the browser says of
// where it came from (that is judged before, by http.CrossOriginProtection).
func (room *Room) genuine(w http.ResponseWriter, r *http.Request, s *session) bool {
	if !form(w, r) {
		room.render(w, r, nil, http.StatusBadRequest, "fault", "form")
		return false
	}
	given := r.PostForm["csrf"]
	if len(given) != 1 || !same(given[0], s.csrf) {
		room.render(w, r, nil, http.StatusForbidden, "fault", "forged")
		return false
	}
	return true
}

// form reads a posted form, and refuses any other body, and a form that gives a field
// twice: an answer that is yes and no is neither, and what reads the last of two must
// not record another than what reads the first.
func form(w http.ResponseWriter, r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" {
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	return r.ParseForm() == nil && single(r.Form)
}

// single says that nothing is given twice.
func single(fields url.Values) bool {
	for _, values := range fields {
		if len(values) != 1 {
			return false
		}
	}
	return true
}
