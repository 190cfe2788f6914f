package token_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

const asked = "https://broker.example/gp-riverside/fhir/Observation"

// bound is a world with a token that is bound to the key of the program that sends it.
func bound(t testing.TB, changes ...func(*token.Config)) (w *world, sender *tokentest.Key, bearer string) {
	t.Helper()
	w, sender = newWorld(t, changes...), tokentest.NewKey("ES256", "")
	return w, sender, w.token(map[string]any{"cnf": tokentest.BoundTo(sender)})
}

// shown is what a request with DPoP presents.
func shown(bearer string, proofs ...string) *token.Presented {
	return &token.Presented{Token: bearer, DPoP: true, Proofs: proofs, Method: "GET", Address: asked}
}

func (w *world) shows(t testing.TB, want string, by *token.Presented) {
	t.Helper()
	who, err := w.Verifier.Verify(t.Context(), by)
	if got := token.Code(err); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if (err == nil) != (who != (access.Subject{})) {
		t.Errorf("a Subject beside %v", err)
	}
}

// RFC 9449 figures 12 and 13: the request, its proof and its token; figure 8: the
// confirmation claim.
const (
	rfcToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
	rfcProof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdC" +
		"RnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRt" +
		"IjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNT" +
		"NFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
	rfcBound = `{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`
)

var rfcTime = time.Unix(1562262618, 0)

func TestTheExampleOfRFC9449IsVerified(t *testing.T) {
	good := func() *token.Presented {
		return &token.Presented{Token: rfcToken, DPoP: true, Proofs: []string{rfcProof}, Method: "GET", Address: "https://resource.example.org/protectedresource"}
	}
	for want, by := range map[string]func(*token.Presented){
		"accepted":            func(*token.Presented) {},
		"proof-method-other":  func(by *token.Presented) { by.Method = "POST" },
		"proof-address-other": func(by *token.Presented) { by.Address += "s" },
		"proof-token-other":   func(by *token.Presented) { by.Token += "x" },
		"bound-to-a-key":      func(by *token.Presented) { by.DPoP = false }, // section 7.2
		"bound-and-sent-on":   func(by *token.Presented) { by.Onward = true },
		"proof-not-one":       func(by *token.Presented) { by.Proofs = append(by.Proofs, rfcProof) },
	} {
		presented := good()
		by(presented)
		if got := token.Code(token.Belongs(rfcBound, presented, rfcTime)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, after := range []time.Duration{61 * time.Second, -31 * time.Second} {
		if got := token.Code(token.Belongs(rfcBound, good(), rfcTime.Add(after))); got != "proof-time-wrong" {
			t.Errorf("%s later: %q", after, got)
		}
	}
}

// RFC 7638 section 3.1, an RSA key; RFC 8037 appendix A.3, one of Ed25519.
func TestThumbprintsAreThoseOfTheRFCs(t *testing.T) {
	for jwk, want := range map[string]string{
		`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
	} {
		var key struct{ Kty, Alg string }
		if err := json.Unmarshal([]byte(jwk), &key); err != nil {
			t.Fatal(err)
		}
		if key.Alg = "EdDSA"; key.Kty == "RSA" {
			key.Alg = "RS256"
		}
		by := shown("x", tokentest.Part(`{"typ":"dpop+jwt","alg":"`+key.Alg+`","jwk":`+jwk+`}`)+"."+
			tokentest.Part(marshal(t, tokentest.ProofClaims(noon, "GET", asked, "x")))+"."+tokentest.Part("none of ours"))
		if got := token.Code(token.Belongs(`{"jkt":"`+want+`"}`, by, noon)); got != "proof-signature-wrong" {
			t.Errorf("%s: %q: it is not taken for the key of this thumbprint", want, got)
		}
		if got := token.Code(token.Belongs(`{"jkt":"`+strings.Replace(want, want[:1], "A", 1)+`"}`, by, noon)); got != "proof-key-other" {
			t.Errorf("%s: %q: it is taken for the key of another thumbprint", want, got)
		}
	}
}

// RFC 8705 appendix A: a certificate (figure 6), and the token that is bound to it (figure 5).
const (
	rfcCertificate = `-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----`
	rfcCertificateBound = `{"x5t#S256":"A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}`
)

func TestTheExampleOfRFC8705IsVerified(t *testing.T) {
	w := newWorld(t)
	block, _ := pem.Decode([]byte(rfcCertificate))
	bearer := w.token(map[string]any{"cnf": json.RawMessage(rfcCertificateBound)})
	other := bytes.Clone(block.Bytes)
	other[len(other)-1]++
	for range 2 { // seen before or not
		w.shows(t, "accepted", &token.Presented{Token: bearer, Certificate: block.Bytes})
		w.shows(t, "certificate-missing", &token.Presented{Token: bearer})
		w.shows(t, "certificate-other", &token.Presented{Token: bearer, Certificate: other})
		w.shows(t, "bound-and-sent-on", &token.Presented{Token: bearer, Certificate: block.Bytes, Onward: true})
		w.shows(t, "not-bound", &token.Presented{Token: bearer, Certificate: block.Bytes, DPoP: true})
	}
	// A certificate beside a token that is bound to none says nothing.
	w.shows(t, "accepted", &token.Presented{Token: w.token(nil), Certificate: block.Bytes})
}

// Every part of a proof, wrong in every way, once.
func TestAttack383AProofThatIsNone(t *testing.T) {
	w, sender, bearer := bound(t)
	other := tokentest.NewKey("ES256", "")
	rsa := tokentest.NewKey("RS256", "")
	jwk := func(changes map[string]any) map[string]any { return tokentest.Changed(sender.JWK(), changes) }
	claims := func(changes map[string]any) string {
		return marshal(t, tokentest.Changed(tokentest.ProofClaims(noon, "GET", asked, bearer), changes))
	}
	proof := func(changes map[string]any) string { return sender.Raw(sender.ProofHeader(nil), claims(changes)) }
	headed := func(changes map[string]any) string { return sender.Raw(sender.ProofHeader(changes), claims(nil)) }
	good := proof(nil)
	parts := strings.Split(proof(nil), ".")
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	for name, c := range map[string]struct {
		want  string
		proof string
	}{
		"none at all":                 {"proof-malformed", ""},
		"no JWS":                      {"proof-malformed", "x.y.z"},
		"an access token":             {"proof-malformed", bearer},
		"not signed":                  {"proof-malformed", parts[0] + "." + parts[1] + "."},
		"cut":                         {"proof-signature-wrong", parts[0] + "." + parts[1] + "." + parts[2][:80]},
		"padded":                      {"proof-malformed", good + "="},
		"two in one field":            {"proof-malformed", good + ", " + proof(nil)},
		"a line end within":           {"proof-malformed", parts[0] + ".\n" + parts[1] + "." + parts[2]},
		"oversize":                    {"proof-malformed", proof(map[string]any{"pad": strings.Repeat("x", 8<<10)})},
		"of an oversize header":       {"proof-malformed", headed(map[string]any{"pad": strings.Repeat("x", 4<<10)})},
		"of no type":                  {"proof-malformed", headed(map[string]any{"typ": nil})},
		"of another type":             {"proof-malformed", headed(map[string]any{"typ": "JWT"})},
		"of the type in another case": {"proof-malformed", headed(map[string]any{"typ": "DPoP+jwt"})},
		"with crit":                   {"proof-malformed", headed(map[string]any{"crit": []string{"exp"}})},
		"with b64":                    {"proof-malformed", headed(map[string]any{"b64": false})},
		"of no algorithm":             {"proof-algorithm-not-accepted", headed(map[string]any{"alg": nil})},
		"alg none":                    {"proof-algorithm-not-accepted", headed(map[string]any{"alg": "none"})},
		"alg HS256":                   {"proof-algorithm-not-accepted", headed(map[string]any{"alg": "HS256"})},
		"alg ES256K":                  {"proof-algorithm-not-accepted", headed(map[string]any{"alg": "ES256K"})},
		"alg in another case":         {"proof-algorithm-not-accepted", headed(map[string]any{"alg": "es256"})},
		"alg of another key type":     {"proof-key-not-accepted", headed(map[string]any{"alg": "RS256"})},
		"alg of another curve":        {"proof-key-not-accepted", headed(map[string]any{"alg": "ES384"})},
		"no key":                      {"proof-key-not-accepted", headed(map[string]any{"jwk": nil})},
		"a key that is a text":        {"proof-key-not-accepted", headed(map[string]any{"jwk": "x"})},
		"a symmetric key":             {"proof-key-not-accepted", headed(map[string]any{"jwk": map[string]any{"kty": "oct", "k": "AAAA"}})},
		"a private key":               {"proof-key-not-accepted", headed(map[string]any{"jwk": jwk(map[string]any{"d": "AAAA"})})},
		"a private key, half of it":   {"proof-key-not-accepted", headed(map[string]any{"jwk": jwk(map[string]any{"dp": "AAAA"})})},
		"a key for encryption":        {"proof-key-not-accepted", headed(map[string]any{"jwk": jwk(map[string]any{"use": "enc"})})},
		"a key for another alg":       {"proof-key-not-accepted", headed(map[string]any{"jwk": jwk(map[string]any{"alg": "ES384"})})},
		"a point off the curve":       {"proof-key-not-accepted", headed(map[string]any{"jwk": jwk(map[string]any{"y": jwk(nil)["x"]})})},
		"a key named in another case": {"proof-malformed", strings.Replace(good, parts[0], tokentest.Part(strings.Replace(sender.ProofHeader(nil), `"jwk"`, `"JWK"`, 1)), 1)},
		"a key behind an address":     {"proof-key-not-accepted", headed(map[string]any{"jwk": nil, "jku": "https://evil.example/jwks"})},
		"of another key":              {"proof-key-other", other.Raw(other.ProofHeader(nil), claims(nil))},
		"of a key of another type":    {"proof-key-other", rsa.Raw(rsa.ProofHeader(nil), claims(nil))},
		"signed by another key":       {"proof-signature-wrong", other.Raw(sender.ProofHeader(nil), claims(nil))},
		"with another's signature":    {"proof-signature-wrong", parts[0] + "." + strings.Split(proof(nil), ".")[1] + "." + parts[2]},
		"no jti":                      {"proof-malformed", proof(map[string]any{"jti": nil})},
		"an empty jti":                {"proof-malformed", proof(map[string]any{"jti": ""})},
		"a jti that is a number":      {"proof-malformed", proof(map[string]any{"jti": 7})},
		"a jti too long":              {"proof-malformed", proof(map[string]any{"jti": strings.Repeat("x", 257)})},
		"two jti":                     {"proof-malformed", sender.Raw(sender.ProofHeader(nil), strings.Replace(claims(nil), "{", `{"jti":"x",`, 1))},
		"a jti in another case too":   {"proof-malformed", sender.Raw(sender.ProofHeader(nil), strings.Replace(claims(nil), "{", `{"JTI":"x",`, 1))},
		"no htm":                      {"proof-method-other", proof(map[string]any{"htm": nil})},
		"for another method":          {"proof-method-other", proof(map[string]any{"htm": "POST"})},
		"for the method in lower":     {"proof-method-other", proof(map[string]any{"htm": "get"})},
		"no htu":                      {"proof-malformed", proof(map[string]any{"htu": nil})},
		"an htu that is a list":       {"proof-malformed", proof(map[string]any{"htu": []string{asked}})},
		"for another host":            {"proof-address-other", proof(map[string]any{"htu": "https://evil.example/gp-riverside/fhir/Observation"})},
		"for another port":            {"proof-address-other", proof(map[string]any{"htu": "https://broker.example:8443/gp-riverside/fhir/Observation"})},
		"for another scheme":          {"proof-address-other", proof(map[string]any{"htu": "http://broker.example/gp-riverside/fhir/Observation"})},
		"for another path":            {"proof-address-other", proof(map[string]any{"htu": "https://broker.example/gp-riverside/fhir/Patient"})},
		"for a path in another case":  {"proof-address-other", proof(map[string]any{"htu": "https://broker.example/gp-riverside/fhir/observation"})},
		"for a relative address":      {"proof-address-other", proof(map[string]any{"htu": "/gp-riverside/fhir/Observation"})},
		"for the host alone":          {"proof-address-other", proof(map[string]any{"htu": "https://broker.example"})},
		"no iat":                      {"proof-malformed", proof(map[string]any{"iat": nil})},
		"an iat that is a text":       {"proof-malformed", proof(map[string]any{"iat": fmt.Sprint(noon.Unix())})},
		"a negative iat":              {"proof-malformed", proof(map[string]any{"iat": -1})},
		"too old":                     {"proof-time-wrong", proof(map[string]any{"iat": noon.Unix() - 61})},
		"from the future":             {"proof-time-wrong", proof(map[string]any{"iat": noon.Unix() + 31})},
		"from before the process":     {"proof-time-wrong", proof(map[string]any{"iat": noon.Unix() - 1})},
		"no ath":                      {"proof-malformed", proof(map[string]any{"ath": nil})},
		"for another token":           {"proof-token-other", proof(map[string]any{"ath": hash("another")})},
		"an ath with padding":         {"proof-malformed", proof(map[string]any{"ath": hash(bearer) + "="})},
		"an ath in hex":               {"proof-malformed", proof(map[string]any{"ath": fmt.Sprintf("%x", sha256.Sum256([]byte(bearer)))})},
		"for another request":         {"proof-method-other", sender.Proof(noon, "POST", asked, bearer, nil)},
		"of another visit's token":    {"proof-token-other", sender.Proof(noon, "GET", asked, w.token(map[string]any{"jti": "2"}), nil)},
		"with more to say":            {"accepted", proof(map[string]any{"nonce": "x", "exp": 1, "nonsense": []any{1}})},
		"its jwk with all it may say": {"accepted", headed(map[string]any{"jwk": jwk(map[string]any{"kid": "1", "key_ops": []string{"verify"}}), "kid": "1"})},
	} {
		for range 2 { // the token is held from the first time on
			if c.want == "accepted" {
				w.shows(t, c.want, shown(bearer, c.proof))
				break
			}
			if _, err := w.Verifier.Verify(t.Context(), shown(bearer, c.proof)); token.Code(err) != c.want || !errors.Is(err, access.ErrUnauthenticated) {
				t.Errorf("%s: %q, want %q", name, token.Code(err), c.want)
			}
		}
	}
	w.shows(t, "proof-not-one", shown(bearer))
	w.shows(t, "proof-not-one", shown(bearer, good, proof(nil)))
	w.shows(t, "proof-not-one", shown(bearer, good, good))
	nowhere := shown(bearer, good)
	nowhere.Address = ""
	w.shows(t, "proof-address-other", nowhere)
	w.shows(t, "accepted", shown(bearer, good)) // no refusal has used it up
}

// A proof is taken once: neither whoever saw it, nor the same program, can use it again.
func TestAttack384AProofThatWasUsedBefore(t *testing.T) {
	w, sender, bearer := bound(t)
	proof := sender.Proof(noon, "GET", asked, bearer, nil)
	by := shown(bearer, proof)
	w.shows(t, "accepted", by)
	w.shows(t, "accepted", by) // the same request, when its body has come (attack 342)
	w.shows(t, "proof-replayed", shown(bearer, proof))
	w.advance(59 * time.Second)
	w.shows(t, "proof-replayed", shown(bearer, proof))
	w.advance(2 * time.Second)
	w.shows(t, "proof-time-wrong", shown(bearer, proof))
	w.shows(t, "proof-time-wrong", by)
	// An id is one of its key's: another's same one is another.
	sender2 := tokentest.NewKey("EdDSA", "")
	bearer2 := w.token(map[string]any{"jti": "2", "cnf": tokentest.BoundTo(sender2)})
	same := map[string]any{"jti": "the same"}
	w.shows(t, "accepted", shown(bearer, sender.Proof(w.now(), "GET", asked, bearer, same)))
	w.shows(t, "accepted", shown(bearer2, sender2.Proof(w.now(), "GET", asked, bearer2, same)))
	w.shows(t, "proof-replayed", shown(bearer, sender.Proof(w.now(), "GET", asked, bearer, same)))
}

// From the future: as long as it can be used, it is remembered.
func TestAProofFromAheadIsRememberedToItsEnd(t *testing.T) {
	w, sender, bearer := bound(t)
	proof := sender.Proof(noon.Add(30*time.Second), "GET", asked, bearer, nil)
	w.shows(t, "accepted", shown(bearer, proof))
	for range 9 {
		w.advance(10 * time.Second)
		w.shows(t, "proof-replayed", shown(bearer, proof))
	}
	w.advance(time.Second)
	w.shows(t, "proof-time-wrong", shown(bearer, proof))
}

// A verifier that takes another's place knows what was used; a new process takes nothing
// from before it began.
func TestAProofIsOldForAVerifierThatTakesOver(t *testing.T) {
	proofs := token.NewProofs(noon)
	remembering := func(c *token.Config) { c.Proofs = proofs }
	w, sender, bearer := bound(t, remembering)
	proof := sender.Proof(noon, "GET", asked, bearer, nil)
	w.shows(t, "accepted", shown(bearer, proof))
	again := newWorld(t, remembering)
	bearer2 := again.token(map[string]any{"cnf": tokentest.BoundTo(sender)})
	again.shows(t, "accepted", shown(bearer2, sender.Proof(noon, "GET", asked, bearer2, map[string]any{"jti": "1"})))
	w.shows(t, "proof-replayed", shown(bearer, sender.Proof(noon, "GET", asked, bearer, map[string]any{"jti": "1"})))

	restarted, sender, bearer := bound(t, func(c *token.Config) { c.Proofs = token.NewProofs(noon.Add(5 * time.Second)) })
	before := sender.Proof(noon.Add(4*time.Second), "GET", asked, bearer, nil)
	restarted.advance(6 * time.Second)
	restarted.shows(t, "proof-time-wrong", shown(bearer, before))
	restarted.shows(t, "accepted", shown(bearer, sender.Proof(restarted.now(), "GET", asked, bearer, nil)))
}

// When no more can be remembered nothing that could be a replay passes, and it is told.
func TestProofsBeyondTheirRoomAreNotTaken(t *testing.T) {
	proofs := token.NewProofs(noon)
	proofs.Fill(noon)
	w, sender, bearer := bound(t, func(c *token.Config) { c.Proofs = proofs })
	_, err := w.Verifier.Verify(t.Context(), shown(bearer, sender.Proof(noon, "GET", asked, bearer, nil)))
	if token.Code(err) != "proofs-full" || !errors.Is(err, access.ErrVerifierUnavailable) {
		t.Errorf("%v", err)
	}
	w.expect(t, "accepted", w.token(nil)) // who needs none is served
	w.advance(91 * time.Second)
	w.shows(t, "accepted", shown(bearer, sender.Proof(w.now(), "GET", asked, bearer, nil)))
}

func TestWhichTokensNeedAProof(t *testing.T) {
	w, sender, bearer := bound(t, func(c *token.Config) { c.Issuers[0].RequireBound = true })
	plain := w.token(nil)
	for range 2 {
		w.shows(t, "binding-required", &token.Presented{Token: plain})
		w.shows(t, "binding-required", &token.Presented{Token: plain, Proofs: []string{sender.Proof(noon, "GET", asked, plain, nil)}, Method: "GET", Address: asked})
		w.shows(t, "binding-required", token.Bearer(plain))
		w.shows(t, "accepted", shown(bearer, sender.Proof(noon, "GET", asked, bearer, nil)))
	}
	free := newWorld(t)
	plain = free.token(nil)
	for range 2 {
		free.shows(t, "accepted", token.Bearer(plain))
		// RFC 9449 says nothing of a proof beside a bearer token: whoever stole the token would leave it out.
		free.shows(t, "accepted", &token.Presented{Token: plain, Proofs: []string{"x", "y"}})
		free.shows(t, "not-bound", shown(plain, sender.Proof(noon, "GET", asked, plain, nil)))
	}
}

// A program may sign with any asymmetric algorithm.
func TestProofsOfEveryAlgorithm(t *testing.T) {
	w := newWorld(t)
	for _, alg := range []string{"ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"} {
		sender := tokentest.NewKey(alg, "")
		bearer := w.token(map[string]any{"jti": alg, "cnf": tokentest.BoundTo(sender)})
		w.shows(t, "accepted", shown(bearer, sender.Proof(noon, "GET", asked, bearer, nil)))
		if alg == "EdDSA" { // by its newer name (RFC 9864)
			w.shows(t, "accepted", shown(bearer, sender.Raw(sender.ProofHeader(map[string]any{"alg": "Ed25519"}), marshal(t, tokentest.ProofClaims(noon, "GET", asked, bearer)))))
		}
	}
}

func TestOneAddressWrittenInTwoWays(t *testing.T) {
	for _, c := range []struct {
		htu, asked string
		same       bool
	}{
		{"https://a.example/fhir/Observation", "https://a.example/fhir/Observation", true},
		{"HTTPS://A.Example:443/fhir/Observation?patient=1#x", "https://a.example/fhir/Observation", true},
		{"http://a.example:80/x", "http://a.example/x", true},
		{"https://a.example", "https://a.example/", true},
		{"https://a.example:/x", "https://a.example/x", true},
		{"https://a.example/%7euser/%41%2f", "https://a.example/~user/A%2F", true},
		{"https://[::1]:443/x", "https://[::1]/x", true},
		{"https://a.example/fhir/Patient/1/$everything", "https://a.example/fhir/Patient/1/$everything", true},
		{"https://a.example/fhir/Patient/1/%24everything", "https://a.example/fhir/Patient/1/$everything", false}, // $ is reserved
		{"https://a.example/x/", "https://a.example/x", false},
		{"https://a.example/x//y", "https://a.example/x/y", false},
		{"https://a.example/a%2fb", "https://a.example/a/b", false},
		{"https://a.example/x/../y", "https://a.example/y", false},
		{"https://a.example/x/%2e%2e/y", "https://a.example/x/%2e%2e/y", false},
		{"https://a.example./x", "https://a.example/x", false},
		{"https://b@a.example/x", "https://a.example/x", false},
		{"https://a.example:443443/x", "https://a.example:443/x", false},
		{"http://a.example:443/x", "https://a.example/x", false},
		{"a.example/x", "a.example/x", false},
		{"https:a.example/x", "https:a.example/x", false},
		{"mailto:a@example", "mailto:a@example", false},
		{"https://a.example/%zz", "https://a.example/%zz", false},
		{"", "", false},
	} {
		if token.SameAddress(c.htu, c.asked) != c.same {
			t.Errorf("%s and %s: the same is %t", c.htu, c.asked, !c.same)
		}
	}
}

// FuzzProof signs any header and claims. What is taken says the same to another reader
// (encoding/json), and stands once.
func FuzzProof(f *testing.F) {
	w, sender, bearer := bound(f)
	header, claims := sender.ProofHeader(nil), marshal(f, tokentest.ProofClaims(noon, "GET", asked, bearer))
	f.Add(header, claims)
	f.Add(strings.Replace(header, `"typ"`, `"kid":"\u0031","typ"`, 1), strings.Replace(claims, "{", `{"nonce":"x",`, 1))
	f.Add(strings.Replace(header, "{", `{"JWK":{},`, 1), claims)
	f.Add(header, strings.Replace(claims, "https://broker", `HTTPS:\/\/Broker`, 1))
	f.Add(header, `{}`)
	f.Add(`{"typ":"dpop+jwt","alg":"RS256","jwk":{"kty":"RSA","n":"AQ","e":"Aw"}}`, claims)
	f.Fuzz(func(t *testing.T, header, claims string) {
		proof := sender.Raw(header, claims)
		_, err := w.Verifier.Verify(t.Context(), shown(bearer, proof))
		if err != nil {
			if !errors.Is(err, access.ErrUnauthenticated) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		var c struct{ Jti, Htm, Htu, Ath string }
		if err := json.Unmarshal([]byte(claims), &c); err != nil || c.Htm != "GET" || !token.SameAddress(c.Htu, asked) || c.Jti == "" {
			t.Fatalf("taken, and another reader finds %+v (%v)", c, err)
		}
		w.shows(t, "proof-replayed", shown(bearer, proof))
	})
}

// Proofs that libraries which others wrote have made (testdata/proofs/make.mjs, make.py): two
// that applications use in a browser, and one of Python's.
func TestTheProofsOfPublishedLibrariesAreTaken(t *testing.T) {
	text, err := os.ReadFile("testdata/proofs/made.json")
	if err != nil {
		t.Fatal(err)
	}
	var made []struct {
		Library, Alg, Thumbprint, Proof, Method, Address, Token string
		Iat                                                     int64
	}
	if err := json.Unmarshal(text, &made); err != nil || len(made) < 12 {
		t.Fatalf("%d proofs: %v", len(made), err)
	}
	for _, m := range made {
		by := func() *token.Presented {
			return &token.Presented{Token: m.Token, DPoP: true, Proofs: []string{m.Proof}, Method: m.Method, Address: m.Address}
		}
		bound, when := `{"jkt":"`+m.Thumbprint+`"}`, time.Unix(m.Iat, 0)
		if err := token.Belongs(bound, by(), when); err != nil {
			t.Errorf("%s, %s: %v", m.Library, m.Alg, err)
		}
		other := by()
		other.Address += "s"
		if err := token.Belongs(bound, other, when); token.Code(err) != "proof-address-other" {
			t.Errorf("%s, %s, at another address: %v", m.Library, m.Alg, err)
		}
	}
}
