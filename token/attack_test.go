package token_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// The numbers are those of docs/attacks.md.

func TestAttack002PublicKeyUsedAsSecret(t *testing.T) {
	w := newWorldOf(t, []*tokentest.Key{tokentest.NewKey("RS256", "rsa")})
	public, err := x509.MarshalPKIXPublicKey(tokentest.NewKey("RS256", "rsa").Public())
	if err != nil {
		t.Fatal(err)
	}
	armoured := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	good := strings.Split(w.token(nil), ".")
	for name, secret := range map[string][]byte{"DER": public, "PEM": armoured, "JWKS": tokentest.JWKS(tokentest.NewKey("RS256", "rsa")), "nothing": nil} {
		for _, alg := range []string{"HS256", "hs256"} {
			signed := tokentest.Part(`{"alg":"`+alg+`","kid":"rsa","typ":"JWT"}`) + "." + good[1]
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(signed))
			t.Run(alg+" with "+name, func(t *testing.T) {
				w.expect(t, "algorithm-not-accepted", signed+"."+tokentest.Part(string(mac.Sum(nil))))
			})
		}
	}
}

func TestAttack002NoSignatureAtAll(t *testing.T) {
	w := newWorld(t)
	good := strings.Split(w.token(nil), ".")
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		header := tokentest.Part(`{"alg":"` + alg + `","typ":"JWT"}`)
		w.expect(t, "malformed", header+"."+good[1]+".")
		if got := w.code(t, header+"."+good[1]+"."+good[2]); got == "accepted" {
			t.Errorf("alg %q was accepted", alg)
		}
	}
}

// A key is for the kinds of algorithm that fit it, and for the one that it names.
func TestAttack002AlgorithmOfAnotherKindOfKey(t *testing.T) {
	ec, rsa := tokentest.NewKey("ES256", "ec"), tokentest.NewKey("RS256", "rsa")
	w := newWorldOf(t, []*tokentest.Key{ec, rsa})
	payload := w.claims(nil)
	for name, bearer := range map[string]string{
		"ES256 with an RSA key":           withHeader(ec, `{"alg":"ES256","kid":"rsa"}`, payload),
		"RS256 with an EC key":            withHeader(rsa, `{"alg":"RS256","kid":"ec"}`, payload),
		"PS256 with a key for RS256":      withHeader(rsa, `{"alg":"PS256","kid":"rsa"}`, payload),
		"ES384 with a key on P-256":       withHeader(ec, `{"alg":"ES384","kid":"ec"}`, payload),
		"RS512, which is not pinned":      withHeader(rsa, `{"alg":"RS512","kid":"rsa"}`, payload),
		"es256, which is not spelt so":    withHeader(ec, `{"alg":"es256","kid":"ec"}`, payload),
		"ES256K, which is never offered":  withHeader(ec, `{"alg":"ES256K","kid":"ec"}`, payload),
		"Ed25519 by the curve's own name": withHeader(ec, `{"alg":"Ed25519","kid":"ec"}`, payload),
	} {
		t.Run(name, func(t *testing.T) { w.expect(t, "algorithm-not-accepted", bearer) })
	}
	w.expect(t, "accepted", ec.Token(payload))
	w.expect(t, "accepted", rsa.Token(w.claims(nil)))
}

func TestAttack003WrongSignatureOfValidClaims(t *testing.T) {
	w := newWorld(t)
	bearer := w.token(nil)
	w.expect(t, "accepted", bearer)
	other := w.token(map[string]any{"jti": "token-2"})
	parts, others := strings.Split(bearer, "."), strings.Split(other, ".")
	w.expect(t, "signature-wrong", tokentest.NewKey("ES256", "key-1").Token(w.claims(nil)))
	w.expect(t, "signature-wrong", parts[0]+"."+others[1]+"."+parts[2])
	w.expect(t, "signature-wrong", parts[0]+"."+parts[1]+"."+tokentest.Part(strings.Repeat("\x00", 64)))
	w.expect(t, "signature-wrong", parts[0]+"."+parts[1]+"."+tokentest.Part("short"))
	for name, text := range map[string]string{
		"two parts":            parts[0] + "." + parts[1],
		"an empty signature":   parts[0] + "." + parts[1] + ".",
		"an empty payload":     parts[0] + ".." + parts[2],
		"five parts (JWE)":     bearer + "." + parts[0] + "." + parts[1],
		"a line end within":    parts[0] + "." + parts[1] + "." + parts[2][:9] + "\n" + parts[2][9:],
		"a carriage return":    parts[0] + ".\r" + parts[1] + "." + parts[2],
		"padding":              bearer + "==",
		"stray bits at an end": parts[0] + "." + parts[1] + "." + parts[2][:85] + strayBits(parts[2][85:]),
		"standard base64":      parts[0] + "." + parts[1] + ".+/" + parts[2][2:],
		"its scheme before it": "Bearer " + bearer,
		"a space after it":     bearer + " ",
		"JSON serialisation":   `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		t.Run(name, func(t *testing.T) { w.expect(t, "malformed", text) })
	}
	w.expect(t, "missing", "")
	w.expect(t, "too-large", strings.Repeat("A", 16<<10+1))
}

// strayBits changes the last letter of 64 bytes of base64url in a bit that carries
// nothing (the 86th letter has four such bits).
func strayBits(last string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(letters[strings.Index(letters, last)|1])
}

func TestAttack005KeyNamedByTheToken(t *testing.T) {
	own := tokentest.NewKey("ES256", "key-1")
	evil := tokentest.NewIssuer(t, "https://evil.example", own)
	w := newWorld(t)
	payload := w.claims(nil)
	jwk := string(tokentest.JWKS(own))
	jwk = jwk[len(`{"keys":[`) : len(jwk)-len(`]}`)]
	for name, header := range map[string]string{
		"jku":                      `{"alg":"ES256","kid":"key-1","jku":"` + evil.URL + `"}`,
		"x5u":                      `{"alg":"ES256","kid":"key-1","x5u":"` + evil.URL + `"}`,
		"jwk":                      `{"alg":"ES256","kid":"key-1","jwk":` + jwk + `}`,
		"x5c":                      `{"alg":"ES256","kid":"key-1","x5c":["MIIB"]}`,
		"a kid that is an address": `{"alg":"ES256","kid":"` + evil.URL + `"}`,
		"a kid that is a path":     `{"alg":"ES256","kid":"../../../../dev/null"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.code(t, withHeader(own, header, payload)); got != "signature-wrong" && got != "key-not-known" {
				t.Errorf("verifying gave %q", got)
			}
		})
	}
	if evil.Asked() != 0 {
		t.Error("the address in the token was asked for a key")
	}
}

func TestAttack005ExtensionsThatMustBeUnderstood(t *testing.T) {
	key := tokentest.NewKey("ES256", "key-1")
	w := newWorldOf(t, []*tokentest.Key{key})
	for name, header := range map[string]string{
		"crit":                 `{"alg":"ES256","kid":"key-1","crit":["exp"],"exp":1}`,
		"crit with nothing":    `{"alg":"ES256","kid":"key-1","crit":[]}`,
		"b64":                  `{"alg":"ES256","kid":"key-1","b64":true}`,
		"a logout token":       `{"alg":"ES256","kid":"key-1","typ":"logout+jwt"}`,
		"a DPoP proof":         `{"alg":"ES256","kid":"key-1","typ":"dpop+jwt"}`,
		"a type that is empty": `{"alg":"ES256","kid":"key-1","typ":""}`,
	} {
		t.Run(name, func(t *testing.T) { w.expect(t, "header-not-accepted", withHeader(key, header, w.claims(nil))) })
	}
	for _, typ := range []string{"JWT", "at+jwt", "application/at+jwt", "AT+JWT"} {
		w.expect(t, "accepted", withHeader(key, `{"alg":"ES256","kid":"key-1","typ":"`+typ+`"}`, w.claims(nil)))
	}
}

func TestAttack006TokenForAnotherSource(t *testing.T) {
	w := newWorld(t)
	for name, aud := range map[string]any{
		"another":          "https://other.example",
		"a trailing slash": tokentest.Audience + "/",
		"another case":     strings.ToUpper(tokentest.Audience),
		"a prefix":         tokentest.Audience[:10],
		"none":             nil,
		"empty":            "",
		"an empty list":    []string{},
		"others":           []string{"https://other.example", "https://third.example"},
		"nested lists":     [][]string{{tokentest.Audience}},
		"an object":        map[string]any{tokentest.Audience: true},
	} {
		t.Run(name, func(t *testing.T) { w.expect(t, "audience-wrong", w.token(map[string]any{"aud": aud})) })
	}
	w.expect(t, "accepted", w.token(map[string]any{"aud": []string{"https://other.example", tokentest.Audience}}))
}

func TestAttack007IssuerThatIsNotConfigured(t *testing.T) {
	w := newWorld(t)
	name := w.issuer.Name
	for _, iss := range []any{"https://evil.example", name + "/", strings.ToUpper(name), "", nil, name + "\u0000", " " + name, "http" + name[5:]} {
		got := w.code(t, w.token(map[string]any{"iss": iss}))
		if got != "issuer-not-known" && got != "malformed" {
			t.Errorf("iss %q gave %q", iss, got)
		}
	}
	w.expect(t, "malformed", w.token(map[string]any{"iss": []string{name}}))
}

// Two issuers: neither signs for the other.
func TestAttack007IssuerSignsForAnother(t *testing.T) {
	second := tokentest.NewIssuer(t, "https://second.example")
	w := newWorld(t, func(c *token.Config) {
		other := c.Issuers[0]
		other.Name, other.JWKSURL = second.Name, second.URL
		c.Issuers = append(c.Issuers, other)
	})
	w.expect(t, "accepted", second.Sign(second.Claims(noon, nil)))
	w.expect(t, "accepted", w.token(nil))
	w.expect(t, "signature-wrong", second.Sign(second.Claims(noon, map[string]any{"iss": w.issuer.Name})))
}

func TestAttack009KeysThatCannotBeFetched(t *testing.T) {
	w := newWorld(t, func(c *token.Config) { c.Issuers[0].MaxAge = 3 * time.Hour })
	week := func() string { return w.token(nil) }
	old := w.issuer.Sign(w.issuer.Claims(noon, map[string]any{"exp": noon.Add(4 * time.Hour).Unix()}))
	w.expect(t, "accepted", old)
	w.issuer.Down()
	w.advance(3*time.Hour - time.Second)
	w.expect(t, "accepted", week())
	w.expect(t, "accepted", old)
	w.advance(time.Second)
	for range 5 {
		w.expect(t, "keys-unavailable", old) // cached, and yet
		w.expect(t, "keys-unavailable", week())
	}
	if _, err := w.Verify(context.Background(), old); !errors.Is(err, access.ErrVerifierUnavailable) {
		t.Errorf("got %v, want it to wrap ErrVerifierUnavailable", err)
	}
	if w.Ready() == nil {
		t.Error("ready without usable keys")
	}
	w.issuer.Answer(nil)
	w.advance(time.Minute)
	w.expect(t, "accepted", old)
	if err := w.Ready(); err != nil {
		t.Errorf("not ready: %v", err)
	}
}

func TestAttack010MissingPartOfAnIdentity(t *testing.T) {
	w := newWorld(t)
	role := func(changes map[string]any) map[string]any {
		return map[string]any{"nhsid_nrbac_roles": []any{tokentest.Changed(map[string]any{
			"person_roleid": "555038001001", "org_code": "A20047", "role_code": "S8000:G8000:R8000"}, changes)}}
	}
	w.expect(t, "accepted", w.token(role(nil)))
	for name, changes := range map[string]map[string]any{
		"no person":                      {"uid": nil},
		"an empty person":                {"uid": ""},
		"a null person":                  {"uid": jsonNull},
		"no selected role":               {"selected_roleid": nil},
		"an empty selection":             {"selected_roleid": ""},
		"a selection that is not theirs": {"selected_roleid": "555038001002"},
		"no roles":                       {"nhsid_nrbac_roles": nil},
		"an empty list of roles":         {"nhsid_nrbac_roles": []any{}},
		"a role with no code":            role(map[string]any{"role_code": nil}),
		"a role with an odd code":        role(map[string]any{"role_code": "*"}),
		"a role with no organisation":    role(map[string]any{"org_code": nil}),
		"a wildcard organisation":        role(map[string]any{"org_code": "*"}),
		"an organisation in lower case":  role(map[string]any{"org_code": "a20047"}),
		"the selected role twice": {"nhsid_nrbac_roles": []any{
			map[string]any{"person_roleid": "555038001001", "org_code": "A20047", "role_code": "S8000:G8000:R8000"},
			map[string]any{"person_roleid": "555038001001", "org_code": "RRK99", "role_code": "S8000:G8000:R8001"}}},
	} {
		t.Run(name, func(t *testing.T) {
			bearer := w.token(changes)
			w.expect(t, "identity-incomplete", bearer)
			if _, err := w.Verify(context.Background(), bearer); !errors.Is(err, access.ErrIncompleteIdentity) {
				t.Errorf("got %v, want it to wrap ErrIncompleteIdentity", err)
			}
		})
	}
}

func TestAttack012NamesThatStandTwice(t *testing.T) {
	key := tokentest.NewKey("ES256", "key-1")
	w := newWorldOf(t, []*tokentest.Key{key})
	const header = `{"alg":"ES256","kid":"key-1"}`
	payload := marshal(t, w.claims(nil))
	w.expect(t, "accepted", key.Raw(header, payload))
	with := func(member string) string { return payload[:len(payload)-1] + "," + member + "}" }
	for name, text := range map[string]string{
		"twice":                       with(`"uid":"other"`),
		"twice, once escaped":         with(`"\u0075id":"other"`),
		"another case":                with(`"Uid":"other"`),
		"another case, escaped":       with(`"\u0055ID":"other"`),
		"a letter that folds to s":    with(`"i\u017fs":"other"`),
		"a letter that folds to k":    with(`"selected_roleid\u212a":1,"selected_roleId":"x"`),
		"the audience twice":          with(`"aud":"other"`),
		"another case of exp":         with(`"EXP":99999999999`),
		"another case of the list":    with(`"nhsid_nrbac_Roles":[]`),
		"twice, deep within":          with(`"x":[{"y":{"a":1,"a":2}}]`),
		"a role's organisation twice": strings.Replace(payload, `"org_code":"A20047"`, `"org_code":"A20047","org_code":"RRK99"`, 1),
		"a role's code in other case": strings.Replace(payload, `"role_code":"S8000`, `"Role_Code":"x","role_code":"S8000`, 1),
		"something after":             payload + "{}",
		"a zero byte after":           payload + "\x00",
		"a byte order mark":           "\ufeff" + payload,
		"broken UTF-8":                with("\"x\":\"\xff\""),
		"an overlong slash":           with("\"x\":\"\xc0\xaf\""),
		"a lone surrogate":            with(`"x":"\ud800"`),
		"a comment":                   with(`"x":1/* y */`),
		"a trailing comma":            payload[:len(payload)-1] + ",}",
		"a number with a plus":        with(`"x":+1`),
		"not a number":                with(`"x":NaN`),
		"too deep":                    with(`"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)),
		"too many members":            with(members(200)),
		"a list":                      "[" + payload + "]",
		"a bare text":                 `"x"`,
		"nothing":                     " ",
	} {
		t.Run(name, func(t *testing.T) { w.expect(t, "malformed", key.Raw(header, text)) })
	}
	for name, head := range map[string]string{
		"alg twice":          `{"alg":"none","kid":"key-1","alg":"ES256"}`,
		"Alg":                `{"Alg":"none","kid":"key-1","alg":"ES256"}`,
		"Crit":               `{"alg":"ES256","kid":"key-1","Crit":["b64"]}`,
		"a kid that is null": `{"alg":"ES256","kid":null}`,
		"a kid with no text": `{"alg":"ES256","kid":""}`,
		"a kid of a number":  `{"alg":"ES256","kid":1}`,
		"no alg":             `{"kid":"key-1"}`,
		"an alg of two":      `{"alg":["ES256"],"kid":"key-1"}`,
		"a header too large": `{"alg":"ES256","kid":"key-1","x":"` + strings.Repeat("x", 5000) + `"}`,
		"something after":    header + "x",
		"no object":          `"ES256"`,
	} {
		t.Run("header: "+name, func(t *testing.T) { w.expect(t, "malformed", key.Raw(head, payload)) })
	}
}

// Attacks 13 and 14 are the broker's: nothing but the token's own text comes here.

func TestAttack016RevokedToken(t *testing.T) {
	list := filepath.Join(t.TempDir(), "revoked.jsonl")
	write(t, list, "[]")
	w := newWorld(t, func(c *token.Config) { c.RevocationFile = list })
	bearer := w.token(nil)
	w.expect(t, "accepted", bearer)
	write(t, list, `{"jti":"token-1"}`)
	w.advance(time.Second)
	w.expect(t, "revoked", bearer) // out of the cache too
	w.expect(t, "revoked", bearer)
	w.expect(t, "accepted", w.token(map[string]any{"jti": "token-2"}))

	for name, spoil := range map[string]func(){
		"gone":      func() { _ = os.Remove(list) },
		"truncated": func() { write(t, list, "") },
		"torn":      func() { write(t, list, "{\"jti\":\"token-1\"}\n{\"jti\":\"tok") },
		"a folder":  func() { _ = os.Remove(list); _ = os.Mkdir(list, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			fresh := w.token(map[string]any{"jti": "fresh " + name})
			w.expect(t, "accepted", fresh)
			spoil()
			w.advance(time.Second)
			w.expect(t, "revocation-unavailable", fresh)
			w.expect(t, "revocation-unavailable", w.token(map[string]any{"jti": "new " + name}))
			if w.Ready() == nil {
				t.Error("ready without a revocation list")
			}
			_ = os.Remove(list)
			write(t, list, `{"jti":"token-1"}`)
			w.advance(time.Second)
			w.expect(t, "accepted", fresh)
		})
	}
}

func TestAttack145TokenOfAnotherApplicationOfTheIssuer(t *testing.T) {
	w := newWorld(t)
	w.expect(t, "audience-wrong", w.token(map[string]any{"aud": "another-application"}))
	w.expect(t, "audience-wrong", w.token(map[string]any{"aud": "portal", "azp": tokentest.Audience}))
	_, err := w.Verify(context.Background(), w.token(map[string]any{"aud": "another-application"}))
	if !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("got %v, want it to wrap ErrUnauthenticated", err)
	}
}

// A redirect of the key set's address must not name another place for keys.
func TestAttack005KeysThatAreRedirected(t *testing.T) {
	own := tokentest.NewKey("ES256", "key-1")
	evil := tokentest.NewIssuer(t, "https://evil.example", own)
	issuer := tokentest.NewIssuer(t, "https://issuer.example/oauth2")
	issuer.Answer(func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, evil.URL, http.StatusFound) })
	w := newWorld(t, func(c *token.Config) { c.Issuers[0].JWKSURL, c.Client = issuer.URL, http.DefaultClient })
	w.expect(t, "keys-unavailable", own.Token(w.claims(nil)))
	if evil.Asked() != 0 {
		t.Error("the redirect was followed")
	}
}
