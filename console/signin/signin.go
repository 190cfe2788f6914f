package signin

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
func (room *Room) begin(w http.ResponseWriter, r *http.Request) {
	at, err := room.provider.discover(r.Context())
	if err != nil {
		room.failed(w, r, "issuer-away", err)
		return
	}
	room.cookies.dropJourneys(w, r)
	j := journey{State: secret(32), Nonce: secret(32), Verifier: oauth2.GenerateVerifier(), To: room.safe(r.URL.Query().Get("to")),
		Old: room.cookies.sessionID(r), Began: room.cfg.Clock()}
	http.SetCookie(w, room.cookies.journey(j))
	// prompt=login: on a shared screen the next person must not come in as the last one,
	// whose session at the issuer may go on after an idle sign-out here.
	http.Redirect(w, r, at.oauth.AuthCodeURL(j.State, oauth2.S256ChallengeOption(j.Verifier), oidc.Nonce(j.Nonce),
		oauth2.SetAuthURLParam("prompt", "login")), http.StatusSeeOther)
}

// callback is where the issuer leads back to. Each thing that it says is checked
// against the journey that this browser began.
func (room *Room) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if len(q["state"]) != 1 || len(q["code"]) > 1 || len(q["iss"]) > 1 || len(q["error"]) > 1 {
		room.failed(w, r, "journey", errors.New("the answer is not of the right form"))
		return
	}
	j, ok := room.cookies.returned(r, q.Get("state"), room.cfg.Clock())
	if !ok {
		room.failed(w, r, "journey", errors.New("no such signing in was begun in this browser, or too long ago"))
		return
	}
	http.SetCookie(w, room.cookies.endJourney(j.State))
	at, err := room.provider.discover(r.Context())
	if err != nil {
		room.failed(w, r, "issuer-away", err)
		return
	}
	if iss := q.Get("iss"); iss != room.cfg.Issuer && (q.Has("iss") || at.namesItself) {
		room.failed(w, r, "journey", errors.New("another issuer answered")) // RFC 9207
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		room.failed(w, r, "denied", errors.New("the issuer gave no code"))
		return
	}
	held, err := room.provider.redeem(r.Context(), q.Get("code"), j)
	switch {
	case errors.Is(err, errIssuerAway):
		room.failed(w, r, "issuer-away", err)
	case err != nil:
		room.failed(w, r, "not-verified", err)
	default:
		room.admit(w, r, held, j)
	}
}

// admit begins a session, when the access token is one that the brokers take. Who
// has several roles and none in use gets a session in which to choose one.
func (room *Room) admit(w http.ResponseWriter, r *http.Request, held grant, j journey) {
	to := j.To
	subject, err := room.cfg.Verifier.Verify(r.Context(), token.Bearer(held.bearer))
	switch {
	case errors.Is(err, access.ErrIncompleteIdentity) && len(held.roles) > 1 && held.refresh != "":
		subject, to = access.Subject{}, room.cfg.Base+"/role"
	case errors.Is(err, access.ErrIncompleteIdentity):
		room.failed(w, r, "no-role", err)
		return
	case errors.Is(err, access.ErrVerifierUnavailable):
		room.failed(w, r, "issuer-away", err)
		return
	case errors.Is(err, token.ErrOnward):
		room.failed(w, r, "bound", err)
		return
	case err != nil:
		room.failed(w, r, "not-verified", err)
		return
	case !slices.Contains(held.persons, subject.UserID):
		room.failed(w, r, "not-verified", errors.New("the two tokens name two people"))
		return
	}
	room.sessions.close(j.Old, endedAgain)
	id := room.sessions.open(held, subject, room.cfg.Keep())
	countSignIn("signed-in")
	http.SetCookie(w, room.cookies.session(id))
	room.leadOn(w, r, to)
}

// failed tells that nobody was signed in, in words for each cause, and logs it.
func (room *Room) failed(w http.ResponseWriter, r *http.Request, why string, err error) {
	room.log(r, "signing in failed: "+why, err)
	countSignIn(why)
	status := http.StatusForbidden
	switch why {
	case "journey":
		status = http.StatusBadRequest
	case "issuer-away":
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "10")
	}
	room.render(w, r, nil, status, "sign-in", signInPage{Why: why})
}
