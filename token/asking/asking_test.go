package asking_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mycarerecord/mcr/token/asking"
)

const secretToken = "the-token-that-nobody-may-see"

// get asks by GET, with the token as bearer.
func get(ctx context.Context, to, token string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err == nil {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, err
}

func anything(asking.Answer) error { return nil }

// transport is an issuer without a network, so that a test can wait for what is under way.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/JSON; charset=utf-8"}}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestOneTokenIsAskedAboutOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		release := make(chan struct{})
		e := asking.New(asking.Config{URL: "https://issuer.example", Request: get, Accept: anything, Transport: transport(func(*http.Request) (*http.Response, error) {
			asked.Add(1)
			<-release
			return answer(200, "yes"), nil
		})})
		defer e.Close()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				a, err := e.Ask(t.Context(), secretToken, false)
				if err != nil || string(a.Body) != "yes" || a.Type != "application/json" || a.Status != 200 {
					t.Errorf("%+v, %v", a, err)
				}
			})
		}
		// One who does not wait to the end takes nobody else's answer away.
		gone, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if _, err := e.Ask(gone, secretToken, false); !errors.Is(err, context.Canceled) {
				t.Errorf("who has gone was told %v", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		all.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestWhatIsUnderWayIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		e := asking.New(asking.Config{URL: "https://issuer.example", Request: get, Accept: anything, Transport: transport(func(*http.Request) (*http.Response, error) {
			<-release
			return answer(200, ""), nil
		})})
		defer e.Close()
		var all sync.WaitGroup
		for n := range asking.MostAtOnce {
			all.Go(func() {
				if _, err := e.Ask(t.Context(), fmt.Sprint(n), true); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if _, err := e.Ask(t.Context(), "one more", true); !errors.Is(err, asking.ErrBusy) {
			t.Errorf("one more: %v", err)
		}
		close(release)
		all.Wait()
	})
}

func TestStrangersWithInventedTokensKeepNobodyOut(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	counted := map[string]int{}
	e := asking.New(asking.Config{
		URL: "https://issuer.example", Request: get, Accept: anything, PerSecond: 2, Clock: func() time.Time { return now },
		Count:     func(result string) { counted[result]++ },
		Transport: transport(func(*http.Request) (*http.Response, error) { return answer(200, ""), nil }),
	})
	defer e.Close()
	var refused int
	for n := range 20 {
		if _, err := e.Ask(t.Context(), fmt.Sprint("invented ", n), false); errors.Is(err, asking.ErrBusy) {
			refused++
		}
	}
	if refused != 12 {
		t.Errorf("%d of 20 were refused; the burst is four times 2", refused)
	}
	if _, err := e.Ask(t.Context(), "of somebody at work", true); err != nil {
		t.Errorf("somebody at work: %v", err)
	}
	now = now.Add(time.Second)
	if _, err := e.Ask(t.Context(), "a second later", false); err != nil {
		t.Error(err)
	}
	if counted[asking.Busy] != 12 || counted[asking.Answered] != 10 || counted[asking.Away] != 0 {
		t.Errorf("counted %v", counted)
	}
}

func TestARefusedTokenIsNotAskedAboutAgainForAMoment(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	e := asking.New(asking.Config{
		URL: "https://issuer.example", Request: get, Accept: anything, Clock: func() time.Time { return now },
		Transport: transport(func(*http.Request) (*http.Response, error) { return answer(200, ""), nil }),
	})
	defer e.Close()
	e.Refuse(secretToken)
	if _, err := e.Ask(t.Context(), secretToken, true); !errors.Is(err, asking.ErrRefused) {
		t.Errorf("at once: %v", err)
	}
	now = now.Add(asking.RefusedFor)
	if _, err := e.Ask(t.Context(), secretToken, true); err != nil {
		t.Errorf("later: %v", err)
	}
	e.Refuse(secretToken)
	for n := range asking.MostRefused { // no more are remembered than that
		e.Refuse(fmt.Sprint("invented ", n))
	}
	if _, err := e.Ask(t.Context(), secretToken, true); err != nil {
		t.Errorf("with too many refused since: %v", err)
	}
}

func TestAnEndpointThatDoesNotAnswerIsLeftAloneForAMoment(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var asked int
	var told []error
	fails := true
	e := asking.New(asking.Config{
		URL: "https://issuer.example/ask", Request: get, Accept: anything, Clock: func() time.Time { return now },
		Log: func(down error) {
			for range 100 {
				runtime.Gosched() // whoever has the answer by now goes on
			}
			told = append(told, down)
		},
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			if asked++; fails {
				return nil, errors.New("connection refused")
			}
			return answer(200, ""), nil
		}),
	})
	for n := range 5 {
		_, err := e.Ask(t.Context(), fmt.Sprint(secretToken, n), false)
		if !errors.Is(err, asking.ErrAway) || strings.Contains(err.Error(), secretToken) || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("%d: %v", n, err)
		}
	}
	if asked != 1 || e.Down() == nil || len(told) != 1 {
		t.Errorf("asked %d times; down: %v; told %v", asked, e.Down(), told)
	}
	now, fails = now.Add(asking.LeftAlone), false
	if _, err := e.Ask(t.Context(), secretToken, false); err != nil || e.Down() != nil {
		t.Errorf("when it is back: %v, down: %v", err, e.Down())
	}
	e.Close()
	if len(told) != 2 || told[0] == nil || told[1] != nil {
		t.Errorf("told %v", told)
	}
	if _, err := e.Ask(t.Context(), secretToken, false); !errors.Is(err, asking.ErrAway) {
		t.Errorf("after Close: %v", err)
	}
}

// A real server: the token goes nowhere else, and what it answers is bounded.
func TestTheTokenGoesToTheConfiguredAddressAlone(t *testing.T) {
	// Somebody else's test may still ask for what was at this port before.
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.IsAbs() || r.Method == http.MethodConnect || r.URL.Path == "/elsewhere" {
			t.Error("asked elsewhere")
		}
	}))
	defer elsewhere.Close()
	t.Setenv("HTTP_PROXY", elsewhere.URL)
	t.Setenv("HTTPS_PROXY", elsewhere.URL)
	for name, serve := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/elsewhere", http.StatusFound)
		},
		"one that keeps POST": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/elsewhere", http.StatusTemporaryRedirect)
		},
		"too large": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, asking.MostBytes+1)) },
		"too slow":  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"broken off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		},
		"packed": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "" {
				t.Error("a packed answer was asked for")
			}
			w.WriteHeader(500)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(serve)
			defer server.Close()
			within := 100 * time.Millisecond // only the one that is too slow takes as long
			if name != "too slow" {
				within = time.Minute
			}
			e := asking.New(asking.Config{URL: server.URL, Request: get, Within: within, Accept: func(a asking.Answer) error {
				if a.Status != 200 {
					return fmt.Errorf("status %d", a.Status)
				}
				return nil
			}})
			defer e.Close()
			_, err := e.Ask(t.Context(), secretToken, false)
			if !errors.Is(err, asking.ErrAway) || strings.Contains(err.Error(), secretToken) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAddressesThatTokensMayGoTo(t *testing.T) {
	for address, good := range map[string]bool{
		"https://issuer.example/ask": true, "http://localhost:3000/ask": true, "http://127.0.0.1/ask": true, "http://[::1]/ask": true,
		"http://issuer.example/ask": false, "http://localhost.example/ask": false, "https://a:b@issuer.example/": false, "issuer.example/ask": false,
		"https:///ask": false, "": false, "ftp://issuer.example": false, "https://issuer.example/#x": false, "http://127.0.0.1.example/": false,
	} {
		if err := asking.CheckURL(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestAClientProvesItselfBySecretOrKey(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	send := func(c asking.Client) *http.Request {
		t.Helper()
		if faults := c.Check(); len(faults) > 0 {
			t.Fatal(faults)
		}
		post, err := c.Post("https://issuer.example", clock)
		if err != nil {
			t.Fatal(err)
		}
		r, err := post(t.Context(), "https://issuer.example/ask", url.Values{"token": {"x&y"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.ParseForm(); err != nil || r.PostForm.Get("token") != "x&y" {
			t.Fatalf("%v, %v", r.PostForm, err)
		}
		return r
	}
	r := send(asking.Client{ID: "mcr: 1", Secret: "a b%"})
	if id, secret, ok := r.BasicAuth(); !ok || id != "mcr%3A+1" || secret != "a+b%25" { // RFC 6749 §2.3.1
		t.Errorf("basic: %q %q", id, secret)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r = send(asking.Client{ID: "mcr", Key: pemOf(t, ec), KeyID: "k1", Audience: "https://issuer.example/token"})
	header, claims, text, signature := taken(t, r.PostForm.Get("client_assertion"))
	sum := sha512.Sum384(text)
	good := ecdsa.Verify(&ec.PublicKey, sum[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:]))
	if !good || header["alg"] != "ES384" || header["kid"] != "k1" || claims["iss"] != "mcr" || claims["sub"] != "mcr" ||
		claims["aud"] != "https://issuer.example/token" || claims["exp"] != float64(now.Unix()+60) || claims["jti"] == "" {
		t.Errorf("%v %v, signature %v", header, claims, good)
	}
	if r.PostForm.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || r.PostForm.Get("client_id") != "mcr" || r.Header.Get("Authorization") != "" {
		t.Errorf("%v", r.PostForm)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	r = send(asking.Client{ID: "mcr", Key: pemOf(t, rs), Algorithm: "PS256"})
	header, claims, text, signature = taken(t, r.PostForm.Get("client_assertion"))
	sum256 := sha256.Sum256(text)
	if err := rsa.VerifyPSS(&rs.PublicKey, crypto.SHA256, sum256[:], signature, nil); err != nil || header["alg"] != "PS256" || claims["aud"] != "https://issuer.example" {
		t.Errorf("%v %v, signature %v", header, claims, err)
	}
	if header, _, _, _ := taken(t, send(asking.Client{ID: "mcr", Key: pemOf(t, rs)}).PostForm.Get("client_assertion")); header["alg"] != "RS512" || header["kid"] != nil {
		t.Errorf("without an algorithm: %v", header)
	}
	for name, c := range map[string]asking.Client{
		"no id": {Secret: "s3cret"}, "nothing to prove it": {ID: "mcr"}, "both": {ID: "mcr", Secret: "s3cret", Key: pemOf(t, ec)},
		"no key": {ID: "mcr", Key: "s3cret"}, "two keys": {ID: "mcr", Key: pemOf(t, ec) + pemOf(t, rs)}, "another algorithm": {ID: "mcr", Key: pemOf(t, ec), Algorithm: "ES256"},
		"none": {ID: "mcr", Key: pemOf(t, rs), Algorithm: "none"}, "a public one": {ID: "mcr", Key: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"},
	} {
		faults := c.Check()
		if len(faults) == 0 {
			t.Errorf("%s: no fault", name)
		}
		if text := errors.Join(faults...).Error(); strings.Contains(text, "s3cret") || strings.Contains(text, "BEGIN") {
			t.Errorf("%s: tells the secret: %s", name, text)
		}
	}
}

// taken takes a JWT apart.
func taken(t *testing.T, jwt string) (header, claims map[string]any, text, signature []byte) {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", jwt)
	}
	for n, into := range []*map[string]any{&header, &claims} {
		part, err := base64.RawURLEncoding.DecodeString(parts[n])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(part, into); err != nil {
			t.Fatal(err)
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	return header, claims, []byte(parts[0] + "." + parts[1]), signature
}
