package console

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/vouch"
)

// mostForm bounds a posted form; the largest is a case file of the rules.
const mostForm = 256 << 10

// hostOnly serves the console's own host alone: a name that somebody else lets
// point here (DNS rebinding) gets no page, and no address is ever made from Host.
func (c *Console) hostOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Host, c.host) {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			http.Redirect(w, r, c.cfg.PublicURL+c.cfg.Path+"/", http.StatusTemporaryRedirect)
			return
		}
		http.Error(w, "This is not the console's address.", http.StatusMisdirectedRequest)
	})
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

// once serves addresses whose parameters can be read, and stand once each. The
// trail has its own, which records what it refuses.
func (c *Console) once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q, err := url.ParseQuery(r.URL.RawQuery); err != nil || !single(q) {
			c.render(w, r, nil, http.StatusBadRequest, "fault", "address")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// signedIn runs a page for somebody who is signed in, and has a role in use. It is
// the one way to a page.Person.
func (c *Console) signedIn(h page.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := c.cookies.sessionID(r)
		s, ok := c.sessions.find(id)
		if !ok {
			c.away(w, r)
			return
		}
		if r.Method == http.MethodPost && !c.genuine(w, r, s) {
			return
		}
		who, err := c.person(r, s)
		switch {
		case err == nil:
			h(w, r, who)
		case errors.Is(err, access.ErrIncompleteIdentity):
			http.Redirect(w, r, c.cfg.Path+"/role", http.StatusSeeOther)
		case errors.Is(err, access.ErrVerifierUnavailable), errors.Is(err, errIssuerAway):
			c.log(r, "token cannot be verified or renewed now", err)
			w.Header().Set("Retry-After", "10")
			c.render(w, r, nil, http.StatusServiceUnavailable, "fault", "issuer-away")
		default:
			c.sessions.close(id, endedNotAccepted)
			http.SetCookie(w, c.cookies.endSession())
			c.away(w, r)
		}
	})
}

// genuine judges a POST: the session's own token, whatever the browser says of
// where it came from (that is judged before, by http.CrossOriginProtection).
func (c *Console) genuine(w http.ResponseWriter, r *http.Request, s *session) bool {
	if !form(w, r) {
		c.render(w, r, nil, http.StatusBadRequest, "fault", "form")
		return false
	}
	given := r.PostForm["csrf"]
	if len(given) != 1 || !same(given[0], s.csrf) {
		c.render(w, r, nil, http.StatusForbidden, "fault", "forged")
		return false
	}
	return true
}

// person gives who is signed in, by a token that is good at this moment.
func (c *Console) person(r *http.Request, s *session) (*page.Person, error) {
	held, _, ok := s.token()
	if !ok {
		return nil, access.ErrUnauthenticated
	}
	subject, err := c.cfg.Verifier.Verify(r.Context(), token.Bearer(held.bearer))
	ending := err == nil && subject.Expires.Sub(c.cfg.Clock()) < renewBefore || token.Code(err) == "expired" // and not one that was revoked
	if held.refresh != "" && ending {
		renewed, failed := c.renewed(r, s, held)
		switch {
		case failed == nil:
			subject, err = renewed, nil
		case err == nil && errors.Is(failed, errIssuerAway): // the token that there is still holds
		default:
			return nil, failed
		}
	}
	if err != nil {
		return nil, err
	}
	held, _, ok = s.token()
	if !ok {
		return nil, access.ErrUnauthenticated
	}
	return &page.Person{
		Subject: subject, Bearer: held.bearer, From: vouch.PersonOf(r), CSRF: s.csrf,
		Areas: page.Areas{
			Patients: true, // brokers decide; staff of an organisation see its own records
			Trail:    c.cfg.Trail != nil && slices.Contains(c.cfg.TrailRoles, subject.Role),
			Rules:    c.cfg.Policies != nil && slices.Contains(c.cfg.RulesRoles, subject.Role),
		},
		Patient: c.seen(s),
		Warning: c.cfg.Warning(),
		Idle:    c.sessions.left(s),
	}, nil
}

// renewBefore is how long before its end a token is replaced: long enough for the
// slowest collection.
const renewBefore = 90 * time.Second

// renewed replaces the token of a session, once for all requests that wait for it.
func (c *Console) renewed(r *http.Request, s *session, seen grant) (access.Subject, error) {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	held, before, ok := s.token()
	if !ok {
		return access.Subject{}, access.ErrUnauthenticated
	}
	if held.bearer == seen.bearer {
		// Not the request's context: a browser that goes away in the middle must not
		// cost the session its new refresh token, since the old one is spent.
		fresh, err := c.provider.renew(context.WithoutCancel(r.Context()), held, "")
		if err != nil {
			return access.Subject{}, err
		}
		held = fresh
		s.hold(held, before)
	}
	subject, err := c.cfg.Verifier.Verify(r.Context(), token.Bearer(held.bearer))
	if err != nil {
		return access.Subject{}, err
	}
	// A session is one person in one role; anything else is another signing in.
	if before.UserID != "" && (subject.UserID != before.UserID || subject.Role != before.Role || subject.Organisation != before.Organisation) {
		return access.Subject{}, errRefused
	}
	s.hold(held, subject)
	return subject, nil
}

// within runs a page for those who may enter a room.
func (c *Console) within(may func(page.Areas) bool, h page.Handler) http.Handler {
	return c.signedIn(func(w http.ResponseWriter, r *http.Request, who *page.Person) {
		if !may(who.Areas) {
			c.render(w, r, who, http.StatusForbidden, "fault", "area")
			return
		}
		h(w, r, who)
	})
}

// away answers a request of nobody who is signed in.
func (c *Console) away(w http.ResponseWriter, r *http.Request) {
	kind := "signed-out"
	if r.Method == http.MethodPost {
		kind = "not-recorded"
	}
	c.render(w, r, nil, http.StatusForbidden, "sign-in", signInPage{Why: kind, Ended: c.sessions.whyEnded(c.cookies.sessionID(r)), To: c.worthGoing(r)})
}

// worthGoing is the address to go on to after signing in: within the console, and
// nothing of a patient, since a session's references end with it.
func (c *Console) worthGoing(r *http.Request) string {
	if r.Method != http.MethodGet {
		return ""
	}
	to := r.URL.RequestURI()
	if within, ok := strings.CutPrefix(to, c.cfg.Path+"/patients/"); ok && within != "" {
		return c.cfg.Path + "/patients"
	}
	return c.safe(to)
}

// safe gives an address within the console, "" for anything else: it never leads
// to another host.
func (c *Console) safe(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(to) > 1000 || strings.ContainsAny(to, "\\\r\n\t") ||
		!strings.HasPrefix(u.Path, c.cfg.Path+"/") || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "..") {
		return ""
	}
	return to
}

func (c *Console) log(r *http.Request, message string, err error) {
	c.cfg.Log.LogAttrs(r.Context(), slog.LevelWarn, message, slog.Any("error", err))
}
