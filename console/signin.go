package console

import (
	"errors"
	"net/http"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token"
)

// signInPage is the page of somebody who is not signed in.
type signInPage struct {
	Why string // "", "signed-out", "not-recorded", "idle", "left", why a session was ended, or why signing in failed
	// Ended is why the session was ended, when Why is what the request was answered
	// for; "" when that is not known.
	Ended string
	To    string // where to go on to; "" is the start page
	// Issuer is where to sign out at the issuer too; "" when it offers nothing.
	Issuer string
}

// begin leads to the issuer (OpenID Connect Core §3.1.2.1, RFC 7636).
func (c *Console) begin(w http.ResponseWriter, r *http.Request) {
	at, err := c.provider.discover(r.Context())
	if err != nil {
		c.failed(w, r, "issuer-away", err)
		return
	}
	c.cookies.dropJourneys(w, r)
	j := journey{State: secret(32), Nonce: secret(32), Verifier: oauth2.GenerateVerifier(), To: c.safe(r.URL.Query().Get("to")),
		Old: c.cookies.sessionID(r), Began: c.cfg.Clock()}
	http.SetCookie(w, c.cookies.journey(j))
	// prompt=login: on a shared screen the next person must not come in as the last one,
	// whose session at the issuer may go on after an idle sign-out here.
	http.Redirect(w, r, at.oauth.AuthCodeURL(j.State, oauth2.S256ChallengeOption(j.Verifier), oidc.Nonce(j.Nonce),
		oauth2.SetAuthURLParam("prompt", "login")), http.StatusSeeOther)
}

// callback is where the issuer leads back to. Each thing that it says is checked
// against the journey that this browser began.
func (c *Console) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if len(q["state"]) != 1 || len(q["code"]) > 1 || len(q["iss"]) > 1 || len(q["error"]) > 1 {
		c.failed(w, r, "journey", errors.New("the answer is not of the right form"))
		return
	}
	j, ok := c.cookies.returned(r, q.Get("state"), c.cfg.Clock())
	if !ok {
		c.failed(w, r, "journey", errors.New("no such signing in was begun in this browser, or too long ago"))
		return
	}
	http.SetCookie(w, c.cookies.endJourney(j.State))
	at, err := c.provider.discover(r.Context())
	if err != nil {
		c.failed(w, r, "issuer-away", err)
		return
	}
	if iss := q.Get("iss"); iss != c.cfg.Issuer && (q.Has("iss") || at.namesItself) {
		c.failed(w, r, "journey", errors.New("another issuer answered")) // RFC 9207
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		c.failed(w, r, "denied", errors.New("the issuer gave no code"))
		return
	}
	held, err := c.provider.redeem(r.Context(), q.Get("code"), j)
	switch {
	case errors.Is(err, errIssuerAway):
		c.failed(w, r, "issuer-away", err)
	case err != nil:
		c.failed(w, r, "not-verified", err)
	default:
		c.admit(w, r, held, j)
	}
}

// admit begins a session, when the access token is one that the brokers take. Who
// has several roles and none in use gets a session in which to choose one.
func (c *Console) admit(w http.ResponseWriter, r *http.Request, held grant, j journey) {
	to := j.To
	subject, err := c.cfg.Verifier.Verify(r.Context(), token.Bearer(held.bearer))
	switch {
	case errors.Is(err, access.ErrIncompleteIdentity) && len(held.roles) > 1 && held.refresh != "":
		subject, to = access.Subject{}, c.cfg.Path+"/role"
	case errors.Is(err, access.ErrIncompleteIdentity):
		c.failed(w, r, "no-role", err)
		return
	case errors.Is(err, access.ErrVerifierUnavailable):
		c.failed(w, r, "issuer-away", err)
		return
	case errors.Is(err, token.ErrOnward):
		c.failed(w, r, "bound", err)
		return
	case err != nil:
		c.failed(w, r, "not-verified", err)
		return
	case !slices.Contains(held.persons, subject.UserID):
		c.failed(w, r, "not-verified", errors.New("the two tokens name two people"))
		return
	}
	c.sessions.close(j.Old, endedAgain)
	id, _ := c.sessions.open(held, subject)
	countSignIn("signed-in")
	http.SetCookie(w, c.cookies.session(id))
	c.leadOn(w, r, to)
}

// leadOn leads somebody who has signed in to where they were going.
func (c *Console) leadOn(w http.ResponseWriter, r *http.Request, to string) {
	if to = c.safe(to); to == "" {
		to = c.cfg.Path + "/"
	}
	c.onward(w, r, to, "welcome")
}

// onward answers with a page that leads on by itself. A redirect would still be
// part of the journey that began elsewhere, such as at the issuer, and the browser
// would not send the Strict cookie along; from a page of our own it does.
func (c *Console) onward(w http.ResponseWriter, r *http.Request, to, name string) {
	w.Header().Set("Refresh", "0; url="+to)
	c.render(w, r, nil, http.StatusOK, name, to)
}

// failed tells that nobody was signed in, in words for each cause, and logs it.
func (c *Console) failed(w http.ResponseWriter, r *http.Request, why string, err error) {
	c.log(r, "signing in failed: "+why, err)
	countSignIn(why)
	status := http.StatusForbidden
	switch why {
	case "journey":
		status = http.StatusBadRequest
	case "issuer-away":
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "10")
	}
	c.render(w, r, nil, status, "sign-in", signInPage{Why: why})
}
