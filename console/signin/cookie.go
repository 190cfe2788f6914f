package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// cookies makes the console's two kinds of cookie.
//
// The session's is SameSite=Strict: a browser does not send it when another site
// leads here, so that no other site can make a signed-in request, not even a read.
// It is not sent either when the issuer leads back; what was asked for there lies
// in a cookie of its own, SameSite=Lax, for that one journey.
type cookies struct {
	path   string // of the console, without a slash at the end
	secure bool
	seal   cipher.AEAD
}

func newCookies(path string, secure bool) cookies {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails since Go 1.24
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("a key of 32 bytes: " + err.Error()) // cannot happen
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("AES-GCM: " + err.Error()) // cannot happen
	}
	return cookies{path, secure, seal}
}

// name gives a cookie's name. Over HTTPS the prefix keeps a page that was reached
// over plain HTTP, and every neighbour in the domain, from planting one: without it
// they could sign somebody in as somebody else (RFC 6265bis §4.1.3.2). It needs the
// path "/": brokers on the same host get the cookie too, and never look at it.
func (c cookies) name(of string) string {
	if c.secure {
		return "__Host-mcr-" + of
	}
	return "mcr-" + of
}

func (c cookies) made(name, value, path string, age int, site http.SameSite) *http.Cookie {
	if c.secure {
		path = "/"
	}
	return &http.Cookie{Name: name, Value: value, Path: path, MaxAge: age, HttpOnly: true, Secure: c.secure, SameSite: site}
}

func (c cookies) session(id string) *http.Cookie {
	return c.made(c.name("session"), id, c.path, 0, http.SameSiteStrictMode)
}

// sessionID gives the id that a request carries, "" when it carries none or two:
// two are a sign that somebody planted one.
func (c cookies) sessionID(r *http.Request) string {
	found := r.CookiesNamed(c.name("session"))
	if len(found) != 1 || len(found[0].Value) > 100 {
		return ""
	}
	return found[0].Value
}

func (c cookies) endSession() *http.Cookie {
	gone := c.session("")
	gone.MaxAge = -1
	return gone
}

// journey is a signing in under way: what must come back, and where it leads.
type journey struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	To       string    `json:"t,omitempty"`
	Old      string    `json:"o,omitempty"` // the session that the browser had, which the new one replaces
	Began    time.Time `json:"b"`
}

// journeyFor is how long somebody may take at the issuer.
const journeyFor = 10 * time.Minute

// journeyName: each journey has a cookie of its own, so that two tabs can sign in
// side by side.
func (c cookies) journeyName(state string) string {
	d := digestOf(state)
	return c.name("sign-in-" + hex.EncodeToString(d[:6]))
}

// journey seals a journey into its cookie: the server keeps nothing for somebody
// who has not signed in, so nobody can fill its memory.
func (c cookies) journey(j journey) *http.Cookie {
	text, err := json.Marshal(j)
	if err != nil {
		panic("encoding strings: " + err.Error()) // cannot happen
	}
	name := c.journeyName(j.State)
	sealed := c.seal.Seal(nil, nil, text, []byte(name))
	return c.made(name, base64.RawURLEncoding.EncodeToString(sealed), c.path+"/callback", int(journeyFor/time.Second), http.SameSiteLaxMode)
}

// returned opens the journey that a callback with a state belongs to.
func (c cookies) returned(r *http.Request, state string, now time.Time) (journey, bool) {
	name := c.journeyName(state)
	found := r.CookiesNamed(name)
	if state == "" || len(found) != 1 {
		return journey{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(found[0].Value)
	if err != nil {
		return journey{}, false
	}
	text, err := c.seal.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return journey{}, false
	}
	var j journey
	if json.Unmarshal(text, &j) != nil || !same(j.State, state) || now.Sub(j.Began) >= journeyFor {
		return journey{}, false
	}
	return j, true
}

// mostJourneys that one browser may have under way.
const mostJourneys = 5

// dropJourneys ends those that a browser began first, when it has many: whoever
// leads it to the sign-in again and again must not make its requests too long to be
// served. Browsers send the oldest cookie first (RFC 6265 §5.4).
func (c cookies) dropJourneys(w http.ResponseWriter, r *http.Request) {
	var names []string
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, c.name("sign-in-")) {
			names = append(names, cookie.Name)
		}
	}
	for i := 0; i <= len(names)-mostJourneys; i++ {
		http.SetCookie(w, c.made(names[i], "", c.path+"/callback", -1, http.SameSiteLaxMode))
	}
}

func (c cookies) endJourney(state string) *http.Cookie {
	return c.made(c.journeyName(state), "", c.path+"/callback", -1, http.SameSiteLaxMode)
}
