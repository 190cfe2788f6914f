package token_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

func TestKeyRotation(t *testing.T) {
	first, second := tokentest.NewKey("ES256", "key-1"), tokentest.NewKey("ES256", "key-2")
	w := newWorldOf(t, []*tokentest.Key{first})
	old := w.token(nil)
	w.expect(t, "accepted", old)
	w.issuer.Publish(second, first)
	w.expect(t, "accepted", old) // nobody has asked for new keys yet
	w.expect(t, "accepted", w.token(nil))
	w.expect(t, "accepted", old) // published still
	if got := w.issuer.Asked(); got != 2 {
		t.Errorf("keys were fetched %d times, want 2", got)
	}
	w.issuer.Publish(second)
	w.expect(t, "key-not-known", tokentest.NewKey("ES256", "key-3").Token(w.claims(nil)))
	w.expect(t, "key-not-known", old) // withdrawn: the cache must not remember
}

func TestCacheForgetsWhatOtherKeysVerified(t *testing.T) {
	w := newWorld(t)
	bearer := w.token(nil)
	w.expect(t, "accepted", bearer)
	w.issuer.Publish(tokentest.NewKey("ES256", "key-1")) // the same kid, another key
	w.expect(t, "key-not-known", tokentest.NewKey("ES256", "elsewhere").Token(w.claims(nil)))
	w.expect(t, "signature-wrong", bearer)
}

func TestUnknownKeysAreAskedForAtARate(t *testing.T) {
	w := newWorld(t)
	w.expect(t, "accepted", w.token(nil))
	stranger := tokentest.NewKey("ES256", "stranger")
	for range 50 {
		w.expect(t, "key-not-known", stranger.Token(w.claims(nil)))
	}
	if got := w.issuer.Asked(); got > 4 {
		t.Errorf("50 tokens with unknown keys made %d fetches", got)
	}
	w.advance(5 * time.Second)
	w.issuer.Publish(stranger)
	w.expect(t, "accepted", stranger.Token(w.claims(nil)))
}

// A kid that may be new while the issuer is down is not the client's fault.
func TestUnknownKeyWhileTheIssuerIsDownIsUnavailable(t *testing.T) {
	w := newWorld(t)
	w.expect(t, "accepted", w.token(nil))
	w.issuer.Down()
	stranger := tokentest.NewKey("ES256", "stranger")
	for range 10 { // by a failed fetch, and then by the rate
		w.expect(t, "keys-unavailable", stranger.Token(w.claims(nil)))
	}
	w.expect(t, "accepted", w.token(nil))
}

func TestManyRequestsAtOnceMakeOneFetch(t *testing.T) {
	issuer := tokentest.NewIssuer(t, "https://issuer.example/oauth2")
	hold := make(chan struct{})
	issuer.Answer(func(rw http.ResponseWriter, _ *http.Request) {
		<-hold
		issuer.Answer(nil)
		rw.WriteHeader(http.StatusServiceUnavailable)
	})
	w := newWorld(t, func(c *token.Config) { c.Issuers[0].JWKSURL = issuer.URL })
	if w.Ready() == nil {
		t.Error("ready before the first fetch")
	}
	bearer := issuer.Sign(w.claims(nil))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got := w.code(t, bearer); got != "keys-unavailable" && got != "accepted" {
				t.Errorf("got %q", got)
			}
		})
	}
	close(hold)
	wg.Wait()
	if got := issuer.Asked(); got > 4 {
		t.Errorf("20 requests made %d fetches", got)
	}
}

func TestWaitingForKeysEndsWithTheContext(t *testing.T) {
	issuer := tokentest.NewIssuer(t, "https://issuer.example/oauth2")
	hold := make(chan struct{})
	defer close(hold)
	issuer.Answer(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	})
	w := newWorld(t, func(c *token.Config) { c.Issuers[0].JWKSURL = issuer.URL })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.Verify(ctx, w.token(nil)); token.Code(err) != "keys-unavailable" {
		t.Errorf("got %v", err)
	}
}

func TestKeySetsThatAreRefused(t *testing.T) {
	good := tokentest.NewKey("ES256", "key-1")
	whole := string(tokentest.JWKS(good))
	one := whole[len(`{"keys":[`) : len(whole)-len(`]}`)]
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	for name, body := range map[string]string{
		"the same kid twice":       set(one, strings.Replace(one, `"use":"sig"`, `"use":"enc"`, 1)),
		"a private key":            set(strings.Replace(one, `{`, `{"d":"AAAA",`, 1)),
		"a name twice":             set(strings.Replace(one, `{`, `{"kid":"other",`, 1)),
		"a name in the wrong case": set(strings.Replace(one, `"kid"`, `"Kid"`, 1)),
		"keys twice":               `{"keys":[],"keys":[` + one + `]}`,
		"something after":          whole + "x",
		"no keys":                  `{"keys":[]}`,
		"a page":                   "<html>",
		"one key and no set":       one,
		"a list":                   "[" + one + "]",
		"a key that is no object":  set(one, "1"),
		"too many keys":            set(strings.Split(strings.Repeat(`{"kty":"oct"} `, 101), " ")[:101]...),
		"too large":                set(one, `{"kty":"oct","x":"`+strings.Repeat("x", 256<<10)+`"}`),
		"a key to encrypt with":    set(strings.Replace(one, `"use":"sig"`, `"use":"enc"`, 1)),
		"a key that may only sign": set(strings.Replace(one, `{`, `{"key_ops":["sign"],`, 1)),
		"a secret":                 set(`{"kty":"oct","k":"AAAA","kid":"key-1","alg":"HS256"}`),
		"a point off the curve":    set(strings.Replace(one, `"x":"`, `"x":"A`, 1)),
		"an RSA key of 1024 bits":  set(`{"kty":"RSA","kid":"key-1","e":"AQAB","n":"` + tokentest.Part("\xff"+strings.Repeat("\x01", 127)) + `"}`),
		"an RSA key of exponent 1": set(`{"kty":"RSA","kid":"key-1","e":"AQ","n":"` + tokentest.Part("\xff"+strings.Repeat("\x01", 255)) + `"}`),
		"an RSA key without end":   set(`{"kty":"RSA","kid":"key-1","e":"AQAB","n":"` + tokentest.Part("\xff"+strings.Repeat("\x01", 2000)) + `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			issuer := tokentest.NewIssuer(t, "https://issuer.example/oauth2", good)
			issuer.Answer(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, body) })
			w := newWorld(t, func(c *token.Config) { c.Issuers[0].JWKSURL = issuer.URL })
			w.expect(t, "keys-unavailable", good.Token(w.claims(nil)))
			if err := w.Ready(); err == nil || !strings.Contains(err.Error(), issuer.Name) {
				t.Errorf("ready says %v", err)
			}
		})
	}
}

// A set that is refused does not take away the keys that were there.
func TestKeysStayWhenANewSetIsRefused(t *testing.T) {
	w := newWorld(t)
	w.expect(t, "accepted", w.token(nil))
	w.issuer.Answer(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, `{"keys":1}`) })
	w.expect(t, "keys-unavailable", tokentest.NewKey("ES256", "new").Token(w.claims(nil)))
	w.expect(t, "accepted", w.token(nil))
}

// An issuer that publishes no key has withdrawn them all.
func TestEmptyKeySetWithdrawsAllKeys(t *testing.T) {
	w := newWorld(t)
	bearer := w.token(nil)
	w.expect(t, "accepted", bearer)
	w.issuer.Answer(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, `{"keys":[]}`) })
	w.expect(t, "keys-unavailable", tokentest.NewKey("ES256", "new").Token(w.claims(nil)))
	w.expect(t, "keys-unavailable", bearer)
}

func TestKidMayBeMissingOnlyWithOneKey(t *testing.T) {
	nameless := tokentest.NewKey("ES256", "")
	w := newWorldOf(t, []*tokentest.Key{nameless})
	w.expect(t, "accepted", nameless.Token(w.claims(nil)))
	w.issuer.Publish(nameless, tokentest.NewKey("ES256", "key-2"))
	w.expect(t, "key-not-known", tokentest.NewKey("ES256", "new").Token(w.claims(nil)))
	w.expect(t, "key-not-known", nameless.Token(w.claims(nil)))
}

func TestEveryAlgorithmOffered(t *testing.T) {
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			w := newWorldOf(t, []*tokentest.Key{tokentest.NewKey(alg, "key-1")}, func(c *token.Config) { c.Issuers[0].Algorithms = []string{alg} })
			w.expect(t, "accepted", w.token(nil))
			good := w.token(map[string]any{"jti": "token-2"})
			w.expect(t, "signature-wrong", good[:len(good)-9]+"AAAAAAAA"+good[len(good)-1:])
		})
	}
}

func TestKeysFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jwks.json")
	first, second := tokentest.NewKey("ES256", "key-1"), tokentest.NewKey("ES256", "key-2")
	file := func(c *token.Config) { c.Issuers[0].JWKSURL, c.Issuers[0].JWKSFile = "", path }
	cfg := token.Config{Issuers: []token.Issuer{{Name: "https://issuer.example", Audience: []string{"a"}, Algorithms: []string{"ES256"}, Preset: "cis2"}}, Logger: slog.New(slog.DiscardHandler)}
	file(&cfg)
	if _, err := token.New(cfg); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there gave %v", err)
	}
	write(t, path, string(tokentest.JWKS(first)))
	w := newWorld(t, file)
	if err := w.Ready(); err != nil {
		t.Errorf("not ready: %v", err)
	}
	w.expect(t, "accepted", first.Token(w.claims(nil)))
	write(t, path, string(tokentest.JWKS(second)))
	w.expect(t, "accepted", second.Token(w.claims(nil)))
	w.expect(t, "key-not-known", first.Token(w.claims(nil)))
}

// fake is an issuer's address within a bubble of synctest.
type fake struct {
	mu    sync.Mutex
	body  []byte
	err   error
	times []time.Time
}

func (f *fake) RoundTrip(*http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times = append(f.times, time.Now())
	if f.err != nil {
		return nil, f.err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(f.body)))}, nil
}

func (f *fake) set(body []byte, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.body, f.err = body, err
}

func (f *fake) asked() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.times
}

func TestKeysAreFetchedInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := tokentest.NewKey("ES256", "key-1")
		net := &fake{err: errors.New("connection refused")}
		v, err := token.New(token.Config{
			Issuers: []token.Issuer{{Name: "https://issuer.example", JWKSURL: "https://issuer.example/jwks", Audience: []string{tokentest.Audience},
				Algorithms: []string{"ES256"}, Preset: "cis2", RefreshEvery: time.Hour, MaxAge: 90 * time.Minute}},
			Client: &http.Client{Transport: net},
			Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		synctest.Wait()
		if v.Ready() == nil || len(net.asked()) != 1 {
			t.Fatalf("ready: %v; asked %d times", v.Ready(), len(net.asked()))
		}
		net.set(tokentest.JWKS(key), nil)
		time.Sleep(time.Second) // of the bubble: a failed fetch is tried again soon
		synctest.Wait()
		if err := v.Ready(); err != nil {
			t.Fatalf("a second after the issuer came up: %v", err)
		}
		began := time.Now()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		var hourly int
		for _, at := range net.asked() {
			if at.After(began) {
				hourly++
			}
		}
		if hourly < 22 || hourly > 26 {
			t.Errorf("fetched %d times in a day", hourly)
		}
		net.set(nil, errors.New("connection refused"))
		time.Sleep(2 * time.Hour)
		if v.Ready() == nil {
			t.Error("ready with keys past their age")
		}
		tries := len(net.asked())
		time.Sleep(time.Hour)
		if got := len(net.asked()) - tries; got < 55 || got > 65 {
			t.Errorf("tried %d times in an hour while the issuer was down, want about one a minute", got)
		}
	})
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	running := goleak.IgnoreCurrent()
	issuer := tokentest.Start("https://issuer.example/oauth2")
	v, err := token.New(token.Config{Issuers: []token.Issuer{{Name: issuer.Name, JWKSURL: issuer.URL, Audience: []string{tokentest.Audience}, Algorithms: []string{"ES256"}, Preset: "cis2"}}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	bearer := issuer.Sign(issuer.Claims(time.Now(), nil))
	if _, err := v.Verify(context.Background(), &token.Presented{Token: bearer}); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
	issuer.Close()
	goleak.VerifyNone(t, running)
	if _, err := v.Verify(context.Background(), &token.Presented{Token: bearer}); err != nil {
		t.Errorf("a request under way at the close: %v", err)
	}
	if _, err := v.Verify(context.Background(), &token.Presented{Token: tokentest.NewKey("ES256", "new").Token(issuer.Claims(time.Now(), nil))}); token.Code(err) != "keys-unavailable" {
		t.Errorf("an unknown key after the close: %v", err)
	}
}
