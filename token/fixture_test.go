package token_test

import (
	"context"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// noon is when the tests take place.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// clock is a clock that a test moves.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(noon.UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

// world is a verifier of one issuer, with the clock that they share.
type world struct {
	*token.Verifier
	*clock
	issuer *tokentest.Issuer
}

// newWorld makes a verifier for an issuer in the form of CIS2 with one ES256 key;
// changes are made to its configuration first.
func newWorld(t testing.TB, changes ...func(*token.Config)) *world {
	t.Helper()
	return newWorldOf(t, []*tokentest.Key{tokentest.NewKey("ES256", "key-1")}, changes...)
}

// newWorldOf is newWorld with other keys.
func newWorldOf(t testing.TB, keys []*tokentest.Key, changes ...func(*token.Config)) *world {
	t.Helper()
	w := &world{clock: newClock(), issuer: tokentest.NewIssuer(t, "https://issuer.example/oauth2", keys...)}
	cfg := token.Config{
		Issuers: []token.Issuer{{
			Name: w.issuer.Name, JWKSURL: w.issuer.URL, Audience: []string{tokentest.Audience},
			Algorithms: []string{"ES256", "RS256", "PS256", "EdDSA", "ES384"}, Preset: token.PresetCIS2,
		}},
		Clock:  w.now,
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, change := range changes {
		change(&cfg)
	}
	v, err := token.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Verifier = v
	return w
}

// token signs the usual claims with changes, valid from the clock's now.
func (w *world) token(changes map[string]any) string {
	return w.issuer.Sign(w.claims(changes))
}

func (w *world) claims(changes map[string]any) map[string]any {
	return w.issuer.Claims(w.now(), changes)
}

// Verify verifies a token that is sent as a bearer token, with nothing else.
func (w *world) Verify(ctx context.Context, bearer string) (access.Subject, error) {
	return w.Verifier.Verify(ctx, &token.Presented{Token: bearer})
}

// code verifies a token and gives the code of what came of it; a Subject beside an
// error fails the test.
func (w *world) code(t testing.TB, bearer string) string {
	t.Helper()
	who, err := w.Verify(context.Background(), bearer)
	if err != nil && who != (access.Subject{}) {
		t.Errorf("a Subject came with the error %v", err)
	}
	return token.Code(err)
}

// expect fails the test unless a token comes out with this code.
func (w *world) expect(t testing.TB, code, bearer string) {
	t.Helper()
	if got := w.code(t, bearer); got != code {
		t.Errorf("verifying gave %q, want %q", got, code)
	}
}

// jsonNull is a claim that is there and null.
var jsonNull = json.RawMessage("null")

// withHeader signs claims under a header exactly as it is written.
func withHeader(k *tokentest.Key, header string, claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return k.Raw(header, string(text))
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// members gives n members of an object.
func members(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"m%d":%d`, i, i)
	}
	return strings.Join(list, ",")
}

// write replaces a file as it should be done: by renaming.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// otherSignature rewrites an ES256 signature into the other one of the same text:
// (r, n-s) verifies wherever (r, s) does.
func otherSignature(t testing.TB, bearer string) string {
	t.Helper()
	cut := strings.LastIndexByte(bearer, '.') + 1
	sig, err := base64.RawURLEncoding.DecodeString(bearer[cut:])
	if err != nil {
		t.Fatal(err)
	}
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	return bearer[:cut] + base64.RawURLEncoding.EncodeToString(sig)
}
