package vouch_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/vouch"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const trace = "4bf92f3577b34da6a3ce929d0e0e4736"

var ann = vouch.Person{Address: netip.MustParseAddr("203.0.113.7"), Agent: "Mozilla/5.0 (Zoë's \"browser\")"}

// RFC 9421, appendix B.2.6: its request, its key, its signature base and its signature.
func TestRFC9421SigningARequestUsingEd25519(t *testing.T) {
	block, _ := pem.Decode([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n"))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "https://example.com/foo?param=Value&Pet=dog", strings.NewReader(`{"hello": "world"}`))
	for name, value := range map[string]string{"Date": "Tue, 20 Apr 2021 02:07:55 GMT", "Content-Type": "application/json", "Content-Length": "18",
		"Content-Digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"} {
		r.Header.Set(name, value)
	}
	covered := []string{"date", "@method", "@path", "@authority", "content-type", "content-length"}
	base, ok := vouch.SignatureBase(r, covered, vouch.Listed(covered)+`;created=1618884473;keyid="test-key-ed25519"`)
	want := `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	if !ok || base != want {
		t.Fatalf("got\n%s\nwant\n%s", base, want)
	}
	sum := base64.StdEncoding.EncodeToString(ed25519.Sign(key.(ed25519.PrivateKey), []byte(base)))
	if published := "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="; sum != published {
		t.Errorf("signature %s, want %s", sum, published)
	}
}

// RFC 9421, section 2.2: the derived components as its examples have them.
func TestRFC9421DerivedComponents(t *testing.T) {
	for _, c := range []struct{ method, address, name, want string }{
		{"POST", "https://www.example.com/path?param=value", "@method", "POST"},
		{"POST", "https://www.example.com/path?param=value", "@authority", "www.example.com"},
		{"POST", "https://www.EXAMPLE.com:443/path?param=value", "@authority", "www.example.com"},
		{"GET", "https://www.example.com/path?param=value", "@path", "/path"},
		{"GET", "https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman", "@query", "?param=value&foo=bar&baz=bat%2Dman"},
		{"POST", "https://www.example.com/path?queryString", "@query", "?queryString"},
		{"POST", "https://www.example.com/path", "@query", "?"},
	} {
		r, err := http.NewRequest(c.method, c.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := vouch.Component(r, c.name); !ok || got != c.want {
			t.Errorf("%s of %s %s: %q, want %q", c.name, c.method, c.address, got, c.want)
		}
	}
}

// pair is a signer and a verifier that believes it, with a clock for each.
type pair struct {
	*vouch.Signer
	*vouch.Verifier
	signs, judges time.Time
}

func newPair(t testing.TB) *pair {
	t.Helper()
	p := &pair{signs: noon, judges: noon}
	p.Signer = signer(func() time.Time { return p.signs }, 1)
	v, err := vouch.NewVerifier(map[string]string{p.PublicKey(): "wend-region"}, vouch.NewSeen(), func() time.Time { return p.judges })
	if err != nil {
		t.Fatal(err)
	}
	p.Verifier = v
	return p
}

func signer(clock func() time.Time, seed byte) *vouch.Signer {
	return vouch.NewSigner(ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), 32))), clock)
}

func request(t testing.TB, method, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer a.b.c")
	return r
}

const address = "https://broker.example/gp/fhir/Observation/_search?_count=2"

func TestAStatementIsBelievedOverTheWire(t *testing.T) {
	p := newPair(t)
	var got vouch.Person
	var by string
	var err error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, by, err = p.Person(r, trace) }))
	defer server.Close()
	for _, person := range []vouch.Person{ann, {Address: netip.MustParseAddr("2001:db8::1")}, {Agent: "curl\x1b[2J/8"}, {Address: ann.Address, Agent: strings.Repeat("é", 500)}} {
		for _, path := range []string{"", "/", "/gp/fhir/Patient/a%2Fb?x=%20y&", "/fhir/Observation?code=http://loinc.org%7C1-8&_include=a:b"} {
			r := request(t, http.MethodPost, server.URL+path)
			p.Sign(r, person, trace)
			answer, failed := http.DefaultClient.Do(r)
			if failed != nil {
				t.Fatal(failed)
			}
			answer.Body.Close()
			if err != nil || by != "wend-region" || got != person {
				t.Errorf("%q: %+v by %q: %v; want %+v", path, got, by, err, person)
			}
		}
	}
}

// Attack 168: a statement is worth nothing outside the request that it was made for.
func TestAttack168AStatementOfAnotherRequestIsNotBelieved(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*pair, *http.Request)
		want   error
	}{
		"as it was signed": {func(*pair, *http.Request) {}, nil},
		"59 s late":        {func(p *pair, _ *http.Request) { p.judges = noon.Add(59 * time.Second) }, nil},
		"61 s late":        {func(p *pair, _ *http.Request) { p.judges = noon.Add(61 * time.Second) }, vouch.ErrStale},
		"61 s early":       {func(p *pair, _ *http.Request) { p.judges = noon.Add(-61 * time.Second) }, vouch.ErrStale},
		"another method":   {func(_ *pair, r *http.Request) { r.Method = http.MethodPut }, vouch.ErrSignature},
		"another path":     {func(_ *pair, r *http.Request) { r.URL.Path = "/gp/fhir/Condition/_search" }, vouch.ErrSignature},
		"a path spelt otherwise": {func(_ *pair, r *http.Request) {
			r.URL.RawPath = "/gp/fhir/%4fbservation/_search"
		}, vouch.ErrSignature},
		"another query":        {func(_ *pair, r *http.Request) { r.URL.RawQuery = "_count=3" }, vouch.ErrSignature},
		"another host":         {func(_ *pair, r *http.Request) { r.Host = "other.example" }, vouch.ErrSignature},
		"another token":        {func(_ *pair, r *http.Request) { r.Header.Set("Authorization", "Bearer x.y.z") }, vouch.ErrSignature},
		"no token":             {func(_ *pair, r *http.Request) { r.Header.Del("Authorization") }, vouch.ErrSignature},
		"two tokens":           {func(_ *pair, r *http.Request) { r.Header.Add("Authorization", "Bearer x.y.z") }, vouch.ErrSignature},
		"another address":      {edit("Mcr-Client", "203.0.113.7", "203.0.113.8"), vouch.ErrSignature},
		"another trace in it":  {edit("Mcr-Client", trace, strings.Repeat("ab", 16)), vouch.ErrSignature},
		"another time":         {edit("Signature-Input", "created=1772452800", "created=1772452801"), vouch.ErrSignature},
		"another nonce":        {edit("Signature-Input", `nonce="`, `nonce="A`, `";keyid`, `";keyid`), vouch.ErrMalformed},
		"another algorithm":    {edit("Signature-Input", "ed25519", "hmac-sha256"), vouch.ErrMalformed},
		"fewer components":     {edit("Signature-Input", ` "authorization"`, ""), vouch.ErrMalformed},
		"another tag":          {edit("Signature-Input", `tag="mcr-client"`, `tag="other"`), vouch.ErrMalformed},
		"a second signature":   {edit("Signature-Input", "mcr=", `sig1=("@method");created=1, mcr=`), vouch.ErrMalformed},
		"no signature":         {func(_ *pair, r *http.Request) { r.Header.Del("Signature") }, vouch.ErrMalformed},
		"no input":             {func(_ *pair, r *http.Request) { r.Header.Del("Signature-Input") }, vouch.ErrMalformed},
		"a signature of zeros": {func(_ *pair, r *http.Request) { r.Header.Set("Signature", "mcr=:"+strings.Repeat("A", 86)+"==:") }, vouch.ErrSignature},
		"the statement twice":  {func(_ *pair, r *http.Request) { r.Header.Add("Mcr-Client", r.Header.Get("Mcr-Client")) }, vouch.ErrMalformed},
		"another before it": {func(_ *pair, r *http.Request) {
			r.Header["Mcr-Client"] = []string{`for="10.0.0.1", agent=::, trace=""`, r.Header.Get("Mcr-Client")}
		}, vouch.ErrMalformed},
		"the signature twice": {func(_ *pair, r *http.Request) { r.Header.Add("Signature", r.Header.Get("Signature")) }, vouch.ErrMalformed},
		"the input twice":     {func(_ *pair, r *http.Request) { r.Header.Add("Signature-Input", r.Header.Get("Signature-Input")) }, vouch.ErrMalformed},
		"two in one field": {func(_ *pair, r *http.Request) {
			r.Header.Set("Mcr-Client", r.Header.Get("Mcr-Client")+", "+r.Header.Get("Mcr-Client"))
		}, vouch.ErrMalformed},
		"of a key that is not named": {func(_ *pair, r *http.Request) {
			signer(func() time.Time { return noon }, 2).Sign(r, ann, trace)
		}, vouch.ErrKey},
		"of a named key, by another": {func(p *pair, r *http.Request) {
			other := signer(func() time.Time { return noon }, 2)
			other.Sign(r, ann, trace)
			edit("Signature-Input", other.PublicKey(), p.PublicKey())(p, r)
		}, vouch.ErrSignature},
	} {
		p := newPair(t)
		r := request(t, http.MethodPost, address)
		p.Sign(r, ann, trace)
		c.change(p, r)
		got, by, err := p.Person(r, trace)
		if !errors.Is(err, c.want) || (by == "") != (c.want != nil) || c.want != nil && !got.IsZero() {
			t.Errorf("%s: %+v by %q: %v, want %v", name, got, by, err, c.want)
		}
	}
	p := newPair(t)
	r := request(t, http.MethodGet, address)
	p.Sign(r, ann, trace)
	if _, by, err := p.Person(r, strings.Repeat("ab", 16)); by != "" || !errors.Is(err, vouch.ErrTrace) {
		t.Errorf("of another visit: by %q: %v", by, err)
	}
}

func edit(name string, oldnew ...string) func(*pair, *http.Request) {
	return func(_ *pair, r *http.Request) {
		r.Header.Set(name, strings.NewReplacer(oldnew...).Replace(r.Header.Get(name)))
	}
}

func TestAttack168AStatementIsBelievedOnce(t *testing.T) {
	p := newPair(t)
	p.signs = noon.Add(59 * time.Second) // its clock is ahead, so it can be believed for two minutes
	r := request(t, http.MethodGet, address)
	p.Sign(r, ann, trace)
	for after := range 119 {
		p.judges = noon.Add(time.Duration(after) * time.Second)
		_, by, err := p.Person(r, trace)
		if after == 0 && (by == "" || err != nil) {
			t.Fatal(by, err)
		}
		if after > 0 && !errors.Is(err, vouch.ErrReplayed) {
			t.Fatalf("%d s later: %q, %v", after, by, err)
		}
		other := request(t, http.MethodGet, address) // time goes on for what is remembered
		signer(func() time.Time { return p.judges }, 1).Sign(other, ann, trace)
		if _, by, err := p.Person(other, trace); by == "" || err != nil {
			t.Fatal(by, err)
		}
	}
}

func TestWhatIsNoStatement(t *testing.T) {
	p := newPair(t)
	plain := request(t, http.MethodGet, address)
	plain.Header.Set("Signature", "sig1=:AAAA:") // somebody else's
	if got, by, err := p.Person(plain, trace); !got.IsZero() || by != "" || err != nil {
		t.Error(got, by, err)
	}
	// What a client of ours was given by its own client is not handed on.
	forged := request(t, http.MethodGet, address)
	forged.Header.Set(vouch.Field, "forged")
	p.Sign(forged, vouch.Person{}, trace)
	if len(forged.Header) != 1 {
		t.Error(forged.Header)
	}
	nobody := request(t, http.MethodGet, address)
	nobody.Header.Del("Authorization")
	p.Sign(nobody, ann, trace)
	(*vouch.Signer)(nil).Sign(nobody, ann, trace)
	if len(nobody.Header) != 0 {
		t.Error(nobody.Header)
	}
	signed := request(t, http.MethodGet, address)
	p.Sign(signed, ann, trace)
	if _, by, err := (*vouch.Verifier)(nil).Person(signed, trace); by != "" || !errors.Is(err, vouch.ErrKey) {
		t.Error(by, err)
	}
}

func TestPersonOf(t *testing.T) {
	for remote, want := range map[string]string{"192.0.2.1:4711": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "@": "", "": ""} {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"User-Agent": {"x\xff"}}}
		p := vouch.PersonOf(r)
		if got := p.Address; got.IsValid() != (want != "") || got.IsValid() && got.String() != want || p.Agent != "x\ufffd" {
			t.Errorf("%q: %+v", remote, p)
		}
	}
}

func TestTheKeyIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "forwarding")
	first, err := vouch.LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := vouch.LoadOrCreateKey(path)
	if err != nil || !first.Equal(again) {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := vouch.LoadOrCreateKey(path); err == nil {
		t.Error("a key that all of the machine can read was taken")
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "k"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", strings.Repeat("A", 42), vouch.NewSigner(first, nil).PublicKey() + "="} {
		if _, err := vouch.ParseKey(bad); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
}

// FuzzPerson: whatever stands in the three fields, nothing is believed that was not
// signed, and what is said of it is one of the closed list.
func FuzzPerson(f *testing.F) {
	p := newPair(f)
	r := request(f, http.MethodGet, address)
	p.Sign(r, ann, trace)
	f.Add(r.Header.Get("Mcr-Client"), r.Header.Get("Signature-Input"), r.Header.Get("Signature"))
	f.Add(`for="unknown", agent=::, trace=""`, `mcr=()`, `mcr=::`)
	want := []string{r.Header.Get("Mcr-Client"), r.Header.Get("Signature-Input"), r.Header.Get("Signature")}
	f.Fuzz(func(t *testing.T, client, input, signature string) {
		p := newPair(t)
		r := request(t, http.MethodGet, address)
		r.Header.Set("Mcr-Client", client)
		r.Header.Set("Signature-Input", input)
		r.Header.Set("Signature", signature)
		got, by, err := p.Person(r, trace)
		signed := client == want[0] && input == want[1] && signature == want[2]
		if (by != "") != (err == nil) || by != "" && got != ann || err == nil && !signed && by != "" && client != want[0] {
			t.Fatalf("%+v by %q: %v", got, by, err)
		}
	})
}

func BenchmarkSignAndJudge(b *testing.B) {
	p := newPair(b)
	for b.Loop() {
		r := request(b, http.MethodGet, address)
		p.Sign(r, ann, trace)
		if _, by, err := p.Person(r, trace); by == "" && !errors.Is(err, vouch.ErrFull) {
			b.Fatal(err)
		}
	}
}
