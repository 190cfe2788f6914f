package broker_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// verified is a broker with a verifier of its own, behind a public address.
type verified struct {
	*kit
	issuer *tokentest.Issuer
	sender *tokentest.Key
	broker http.Handler
}

const public = "https://broker.example/acute/fhir"

func newVerified(t *testing.T, changes ...func(*broker.Config)) *verified {
	t.Helper()
	v := &verified{kit: newKit(t), issuer: tokentest.NewIssuer(t, "https://issuer.example"), sender: tokentest.NewKey("ES256", "")}
	verifier, err := token.New(token.Config{
		Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
		Issuers: []token.Issuer{{Name: v.issuer.Name, JWKSURL: v.issuer.URL, Audience: []string{tokentest.Audience}, Algorithms: []string{"ES256"}, Preset: token.PresetCIS2}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = verifier.Close() })
	v.source = sourceOf(map[string]string{"Patient/p1": patient, searchTarget: result, "Patient?_count=50&identifier=x": ""})
	v.configure = func(cfg *broker.Config) {
		cfg.Verifier, cfg.PublicURL = verifier, public
		for _, change := range changes {
			change(cfg)
		}
	}
	v.broker = v.handler()
	return v
}

func (v *verified) bearer(cnf any) string {
	changes := map[string]any{"scope": "openid user/Observation.rs"}
	if cnf != nil {
		changes["cnf"] = cnf
	}
	return v.issuer.Sign(v.issuer.Claims(now, changes))
}

// ask asks for the search, as the broker sees it behind what changed its address.
func (v *verified) ask(authorization string, proofs ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, search, nil)
	r.Host = "inner.example"
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for _, proof := range proofs {
		r.Header.Add("DPoP", proof)
	}
	w := httptest.NewRecorder()
	v.broker.ServeHTTP(w, r)
	return w
}

// ended judges a refusal: its status, its reason in the answer and in the one record since,
// and its challenge.
func (v *verified) ended(w *httptest.ResponseRecorder, status int, reason, challenge string) {
	v.t.Helper()
	rec := v.record.records[len(v.record.records)-1]
	if w.Code != status || !strings.Contains(w.Body.String(), `"`+reason+`"`) || len(rec.Reasons) == 0 || rec.Reasons[0] != reason || rec.Outcome != "refused" {
		v.t.Errorf("%d %s, recorded %s %v; want %d %s", w.Code, w.Body, rec.Outcome, rec.Reasons, status, reason)
	}
	if got := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, challenge) || challenge == "" && got != "" {
		v.t.Errorf("the challenge is %q, want %q", got, challenge)
	}
	if strings.Contains(w.Body.String(), canary) {
		v.t.Error("content left")
	}
}

const (
	dpop    = `DPoP realm="mcr", algs="ES256 ES384 ES512 Ed25519 EdDSA PS256 PS384 PS512 RS256 RS384 RS512"`
	address = public + "/Observation"
)

func TestAttack158ATokenBoundToAKeyOpensWithItsProofAlone(t *testing.T) {
	v := newVerified(t)
	bearer := v.bearer(tokentest.BoundTo(v.sender))
	proof := v.sender.Proof(now, "GET", address, bearer, nil)
	if w := v.ask("DPoP "+bearer, proof); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) {
		t.Fatalf("with its proof: %d %s", w.Code, w.Body)
	}
	if rec := v.only(); rec.UserID == "" || rec.Outcome != "released" {
		t.Errorf("recorded: %+v", rec)
	}
	fresh := func(changes map[string]any) string { return v.sender.Proof(now, "GET", address, bearer, changes) }
	v.ended(v.ask("DPoP "+bearer, proof), 401, "sender-not-proved", dpop+`, error="invalid_dpop_proof", error_description="The proof was used before."`)
	if rec := v.record.records[len(v.record.records)-1]; rec.UserID == "" {
		t.Error("the record does not say whose token it was")
	}
	v.ended(v.ask("Bearer "+bearer), 401, "sender-not-proved", dpop+`, error="invalid_token"`)
	v.ended(v.ask("Bearer "+bearer, fresh(nil)), 401, "sender-not-proved", dpop+`, error="invalid_token"`)
	v.ended(v.ask("DPoP "+bearer), 401, "sender-not-proved", dpop+`, error="invalid_dpop_proof"`)
	v.ended(v.ask("DPoP "+bearer, fresh(nil), fresh(nil)), 401, "sender-not-proved", dpop+`, error="invalid_dpop_proof"`)
	for _, htu := range []string{"https://inner.example/fhir/Observation", "http://inner.example/fhir/Observation", "https://broker.example/fhir/Observation", public, address + "/o1"} {
		v.ended(v.ask("DPoP "+bearer, fresh(map[string]any{"htu": htu})), 401, "sender-not-proved", dpop+`, error="invalid_dpop_proof"`)
	}
	other := tokentest.NewKey("ES256", "")
	v.ended(v.ask("DPoP "+bearer, other.Proof(now, "GET", address, bearer, nil)), 401, "sender-not-proved", dpop+`, error="invalid_token"`)
	plain := v.bearer(nil)
	v.ended(v.ask("DPoP "+plain, v.sender.Proof(now, "GET", address, plain, nil)), 401, "sender-not-proved", dpop+`, error="invalid_token"`)
	v.ended(v.ask("Basic "+plain), 401, "token-not-accepted", `Bearer realm="mcr", error="invalid_token"`)
	v.ended(v.ask("Bearer "+v.bearer(map[string]any{"kid": "x"})), 401, "token-not-accepted", `Bearer realm="mcr", error="invalid_token"`)
	v.ended(v.ask(""), 401, "token-missing", `Bearer realm="mcr", `+dpop)
	if w := v.ask("dpop "+bearer, fresh(nil)); w.Code != http.StatusOK { // RFC 9110 section 11.1
		t.Errorf("the scheme in another case: %d", w.Code)
	}
}

// Without a public address, whose address a proof is for would be for the request's own Host
// to say: whoever passes on a proof that was made for them could write theirs there.
func TestAttack385AProofThatAnotherServerWasGiven(t *testing.T) {
	v := newVerified(t, func(cfg *broker.Config) { cfg.PublicURL = "" })
	bearer := v.bearer(tokentest.BoundTo(v.sender))
	for _, htu := range []string{"http://inner.example/fhir/Observation", "https://inner.example/fhir/Observation"} {
		v.ended(v.ask("DPoP "+bearer, v.sender.Proof(now, "GET", htu, bearer, nil)), 401, "sender-not-proved", dpop+`, error="invalid_dpop_proof"`)
	}
	v.ended(v.ask(""), 401, "token-missing", `Bearer realm="mcr"`)
}

// One request is verified again when its body has come, by the same proof: a Consent, a batch.
func TestAProofServesItsRequestToTheEnd(t *testing.T) {
	v := newVerified(t)
	bearer := v.bearer(tokentest.BoundTo(v.sender))
	batch := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Observation?patient=p1"}},{"request":{"method":"GET","url":"Observation?patient=p1"}}]}`
	send := func(proof string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/fhir", strings.NewReader(batch))
		r.Header.Set("Authorization", "DPoP "+bearer)
		r.Header.Set("Content-Type", "application/fhir+json")
		r.Header.Set("DPoP", proof)
		w := httptest.NewRecorder()
		v.broker.ServeHTTP(w, r)
		return w
	}
	proof := v.sender.Proof(now, "POST", public, bearer, nil)
	if w := send(proof); w.Code != http.StatusOK || strings.Count(w.Body.String(), canary) != 2 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	v.ended(send(proof), 401, "sender-not-proved", dpop+`, error="invalid_dpop_proof"`)
}

// What a header says of a certificate is anybody's word: the connection's alone counts.
func TestAttack386ACertificateThatAHeaderNames(t *testing.T) {
	v := newVerified(t)
	der := []byte("a certificate")
	sum := sha256.Sum256(der)
	bearer := v.bearer(map[string]any{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])})
	ask := func(connection *tls.ConnectionState) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, search, nil)
		r.Header.Set("Authorization", "Bearer "+bearer)
		for _, name := range []string{"X-Client-Cert", "X-Forwarded-Client-Cert", "X-SSL-Client-Cert", "Ssl-Client-Cert", "Client-Cert"} {
			r.Header.Set(name, ":"+base64.StdEncoding.EncodeToString(der)+":") // RFC 9440, and what proxies write
		}
		r.TLS = connection
		w := httptest.NewRecorder()
		v.broker.ServeHTTP(w, r)
		return w
	}
	v.ended(ask(nil), 401, "sender-not-proved", `Bearer realm="mcr", error="invalid_token"`)
	v.ended(ask(&tls.ConnectionState{}), 401, "sender-not-proved", `Bearer realm="mcr", error="invalid_token"`)
	v.ended(ask(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("another")}, {Raw: der}}}), 401, "sender-not-proved", `Bearer`)
	if w := ask(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: der}}}); w.Code != http.StatusOK {
		t.Errorf("with its certificate: %d %s", w.Code, w.Body)
	}
}
