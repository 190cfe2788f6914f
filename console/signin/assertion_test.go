package signin_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/token"
)

// With a key the console proves itself by assertions (RFC 7523 §3), a new one each time, for
// codes and for refresh tokens, and sends no secret.
func TestTheConsoleProvesItselfByAKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	k := newKit(t, func(c *signin.Config) {
		c.Client.Key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		c.Client.KeyID, c.Client.Audience = "console-1", "https://issuer.example:443/access_token"
	})
	seen := map[string]string{} // grants by the assertions' jti
	k.stand(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" && r.ParseForm() == nil {
			id, why := asserted(r, &key.PublicKey, k.clock.Now())
			k.mu.Lock()
			if seen[id] != "" {
				why = "an assertion comes twice"
			}
			seen[id] = r.PostForm.Get("grant_type")
			k.mu.Unlock()
			if why != "" {
				t.Error(why)
			}
		}
		next.ServeHTTP(w, r)
	})
	s := k.signIn("consultant")
	s.Shows(200, "Find a patient")
	k.clock.Pass(9 * time.Minute) // a token lives ten
	s.Open(k.url("/patients")).Shows(200)
	grants := map[string]int{}
	k.mu.Lock()
	for _, grant := range seen {
		grants[grant]++
	}
	k.mu.Unlock()
	if len(seen) != 2 || grants["authorization_code"] != 1 || grants["refresh_token"] != 1 {
		t.Errorf("tokens were asked for by %v", grants)
	}
}

// asserted judges the assertion in a request as an issuer does.
func asserted(r *http.Request, key *rsa.PublicKey, now time.Time) (id, why string) {
	form := r.PostForm
	if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Get("client_id") != "mcr-console" ||
		form.Has("client_secret") || r.Header.Get("Authorization") != "" {
		return "", "the client is told otherwise than by an assertion"
	}
	parts := strings.Split(form.Get("client_assertion"), ".")
	if len(parts) != 3 {
		return "", "the assertion is no JWT"
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss, Sub, Aud, Jti string
		Iat, Exp           int64
	}
	for i, into := range []any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			return "", "the assertion cannot be read"
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha512.Sum512([]byte(parts[0] + "." + parts[1]))
	switch {
	case err != nil || header.Alg != "RS512" || rsa.VerifyPKCS1v15(key, crypto.SHA512, sum[:], signature) != nil:
		return "", "the assertion is not signed by the key, with RS512"
	case header.Kid != "console-1" || claims.Iss != "mcr-console" || claims.Sub != "mcr-console" || claims.Jti == "":
		return "", "the assertion is another's"
	case claims.Aud != "https://issuer.example:443/access_token":
		return "", "the assertion is for somebody else"
	case claims.Iat != now.Unix() || claims.Exp <= now.Unix() || claims.Exp > now.Unix()+300:
		return "", "the assertion's times are wrong"
	}
	return claims.Jti, ""
}

func TestAKeyOfTheConsolesThatIsNoneIsRefusedWhole(t *testing.T) {
	for what, change := range map[string]func(*signin.Config){
		"no key":             func(c *signin.Config) { c.Client.Key = "hunter2" },
		"a secret beside it": func(c *signin.Config) { c.Client.Key, c.Client.Secret = "hunter2", "hunter3" },
	} {
		cfg := signin.Config{Client: token.Client{ID: "mcr-console"}}
		change(&cfg)
		_, err := signin.New(cfg)
		if err == nil || !strings.Contains(err.Error(), "private_key") || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
