package token_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/token"
)

// Whoever stole a token that is bound to a key has not the key: as a plain bearer token
// it is worth nothing. The claims are the examples of the RFCs.
func TestAttack158ATokenBoundToAKeyIsNoBearerToken(t *testing.T) {
	w := newWorld(t)
	for name, cnf := range map[string]string{
		"RFC 8705 §3.1, not one digest that any encoder writes": `{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}`,
		"two ways":               `{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I","x5t#S256":"A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}`,
		"one and another":        `{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I","kid":"x"}`,
		"a name in another case": `{"JKT":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`,
		"too short":              `{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4"}`,
		"padded":                 `{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I="}`,
		"of another alphabet":    `{"jkt":"0ZcOCORZNYy+DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`,
		"a digest in a list":     `{"jkt":["0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"]}`,
		"RFC 7800 §3.2, a key": `{"jwk":{"kty":"EC","use":"sig","crv":"P-256","x":"18wHLeIgW9wVN6VD1Txgpqy2LszYkMf6J8njVAibvhM",` +
			`"y":"-V4dS4UaLMgP_4fY4j8ir7cl1TXlFdAgcx55o7TkcSA"}}`,
		"RFC 7800 §3.4, a key's name":     `{"kid":"dfd1aa97-6d8d-4575-a0fe-34b96de2bfad"}`,
		"of a kind that nobody knows yet": `{"new":"x"}`,
		"empty":                           `{}`,
		"a text":                          `"x"`,
		"null":                            `null`,
	} {
		t.Run(name, func(t *testing.T) {
			bearer := w.token(map[string]any{"cnf": json.RawMessage(cnf)})
			for range 2 { // never held as a good one
				w.expect(t, "binding-not-offered", bearer)
			}
		})
	}
	for cnf, want := range map[string]string{rfcBound: "bound-to-a-key", rfcCertificateBound: "certificate-missing"} {
		bearer := w.token(map[string]any{"cnf": json.RawMessage(cnf)})
		for range 2 { // held as a good one, and not its sender's
			w.expect(t, want, bearer)
		}
	}
	w.expect(t, "malformed", w.token(map[string]any{"Cnf": json.RawMessage(`{"jkt":"x"}`)}))
	w.expect(t, "accepted", w.token(nil))
}

func TestAttack158ATokenForSomethingElseThanRecords(t *testing.T) {
	w := newWorld(t, func(c *token.Config) { c.Issuers[0].Scopes = []string{"mycarerecord", "https://records.example/view"} })
	for scope, want := range map[string]string{
		`"openid profile"`:          "scope-wrong",
		`""`:                        "scope-wrong",
		`"mycarerecord.admin"`:      "scope-wrong",
		`"xmycarerecord"`:           "scope-wrong",
		`"MYCARERECORD"`:            "scope-wrong",
		`"openid,mycarerecord"`:     "scope-wrong",
		`"openid\tmycarerecord"`:    "scope-wrong", // RFC 6749 §3.3: delimited by spaces
		`7`:                         "scope-wrong",
		`null`:                      "scope-wrong",
		`{"mycarerecord":true}`:     "scope-wrong",
		`"openid mycarerecord"`:     "accepted",
		`"mycarerecord"`:            "accepted",
		`["openid","mycarerecord"]`: "accepted",
		`"openid https://records.example/view offline_access"`: "accepted",
		`["openid mycarerecord"]`:                              "scope-wrong",
	} {
		w.expect(t, want, w.token(map[string]any{"scope": json.RawMessage(scope)}))
		if strings.HasPrefix(scope, "[") {
			w.expect(t, want, w.token(map[string]any{"scp": json.RawMessage(scope)}))
		}
	}
	w.expect(t, "scope-wrong", w.token(nil))
	// A list that is longer than a claim that is recorded may be.
	w.expect(t, "accepted", w.token(map[string]any{"scope": strings.Repeat("other ", 200) + "mycarerecord"}))
	// Nothing is asked of an issuer for which nothing is configured.
	free := newWorld(t)
	free.expect(t, "accepted", free.token(map[string]any{"scope": "openid profile"}))
}

// An issuer of one hospital has no say about another's staff, though its signature is good.
func TestAttack159AnIssuerSpeaksForItsOwnAlone(t *testing.T) {
	var logged bytes.Buffer
	w := newWorld(t, func(c *token.Config) {
		c.Issuers[0].Organisations, c.Issuers[0].Roles = []string{"Z91001", "RXA*"}, []string{"R8000", "R80*"}
		c.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	})
	claims := func(org, role string) string {
		return w.token(map[string]any{
			"selected_roleid":   "555038001001",
			"nhsid_nrbac_roles": []any{map[string]any{"person_roleid": "555038001001", "org_code": org, "role_code": role, "role_name": "x"}},
		})
	}
	for _, c := range []struct{ org, role, want string }{
		{"Z91001", "S8000:G8000:R8000", "accepted"},
		{"RXA01", "R8000", "accepted"},
		{"RXA", "R8003", "accepted"},
		{"Z91002", "R8000", "organisation-not-the-issuers"},
		{"RXB01", "R8000", "organisation-not-the-issuers"},
		{"Z9100", "R8000", "organisation-not-the-issuers"},
		{"Z910011", "R8000", "organisation-not-the-issuers"},
		{"Z91001", "R0260", "role-not-the-issuers"},
		{"RXB01", "R0260", "organisation-not-the-issuers"},
	} {
		bearer := claims(c.org, c.role)
		for range 2 {
			w.expect(t, c.want, bearer)
		}
		_, err := w.Verify(t.Context(), bearer)
		if c.want == "accepted" {
			continue
		}
		if who, ok := token.Claimant(err); !ok || who.Organisation.String() != c.org {
			t.Errorf("%s, %s: the record would not say who it was: %+v", c.org, c.role, who)
		}
	}
	for _, want := range []string{"RXB01", "R0260", w.issuer.Name, "organisations", "roles"} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log does not tell the admin of %s:\n%s", want, logged.String())
		}
	}
}

func TestWhatAnIssuerMayAssertIsWrittenAsCodes(t *testing.T) {
	good := func(c *token.Config) {
		c.Issuers = []token.Issuer{{Name: "x", JWKSURL: "https://issuer.example/jwks", Audience: []string{"a"}, Algorithms: []string{"ES256"}, Preset: token.PresetCIS2}}
	}
	for want, change := range map[string]func(*token.Issuer){
		`organisations: "*"`:       func(i *token.Issuer) { i.Organisations = []string{"*"} },
		`organisations: "z91001"`:  func(i *token.Issuer) { i.Organisations = []string{"z91001"} },
		`organisations: ""`:        func(i *token.Issuer) { i.Organisations = []string{"Z91001", ""} },
		`organisations: "Z*1"`:     func(i *token.Issuer) { i.Organisations = []string{"Z*1"} },
		`roles: "Consultant"`:      func(i *token.Issuer) { i.Roles = []string{"Consultant"} },
		`roles: "*"`:               func(i *token.Issuer) { i.Roles = []string{"*"} },
		`scopes: "openid profile"`: func(i *token.Issuer) { i.Scopes = []string{"openid profile"} },
		`scopes: ""`:               func(i *token.Issuer) { i.Scopes = []string{""} },
	} {
		var cfg token.Config
		good(&cfg)
		change(&cfg.Issuers[0])
		if _, err := token.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
