package token_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// FuzzClaims signs any text as claims. Whatever it is, there is no Subject with a
// part missing and none beside an error, and what is in a Subject is what another
// reader (encoding/json) finds in the claims. Verification does not take the same
// path twice (locks, big numbers), so fuzz with -fuzzminimizetime 1x.
func FuzzClaims(f *testing.F) {
	key := tokentest.NewKey("ES256", "key-1")
	worlds := map[string]*world{}
	for _, preset := range []string{token.PresetCIS2, token.PresetGeneric} {
		worlds[preset] = newWorldOf(f, []*tokentest.Key{key}, func(c *token.Config) { c.Issuers[0].Preset = preset })
	}
	cis2 := marshal(f, worlds[token.PresetCIS2].claims(nil))
	f.Add(cis2)
	f.Add(strings.Replace(cis2, `"sub"`, `"role":"R8000","organisation":"A20047","sub"`, 1))
	f.Add(strings.Replace(cis2, `"uid":"`, `"uid":"\u0031`, 1))
	f.Add(strings.Replace(cis2, `{`, `{"UID":"x",`, 1))
	f.Add(strings.Replace(cis2, `{`, `{"uid":"x",`, 1))
	f.Add(`{}`)
	f.Add(`{"iss":"https://issuer.example/oauth2","aud":[],"exp":1e9}`)
	f.Fuzz(func(t *testing.T, payload string) {
		bearer := key.Raw(`{"alg":"ES256","kid":"key-1"}`, payload)
		for preset, w := range worlds {
			who, err := w.Verify(context.Background(), bearer)
			if err != nil {
				if who != (access.Subject{}) {
					t.Fatalf("a Subject beside %v", err)
				}
				if !errors.Is(err, access.ErrUnauthenticated) && !errors.Is(err, access.ErrIncompleteIdentity) {
					t.Fatalf("an error of another kind: %v", err)
				}
				continue
			}
			if who.UserID == "" || who.Role.IsZero() || who.Organisation.IsZero() || who.TokenID == "" || who.Issuer == "" || who.Expires.IsZero() {
				t.Fatalf("a Subject with a part missing: %+v", who)
			}
			agrees(t, preset, payload, who)
		}
	})
}

// agrees compares a Subject with what encoding/json makes of the same claims.
func agrees(t *testing.T, preset, payload string, who access.Subject) {
	t.Helper()
	var c struct {
		Iss, Sub, UID, Jti, Role, Organisation string
		Selected                               string `json:"selected_roleid"`
		Roles                                  []struct {
			ID   string `json:"person_roleid"`
			Role string `json:"role_code"`
			Org  string `json:"org_code"`
		} `json:"nhsid_nrbac_roles"`
	}
	err := json.Unmarshal([]byte(payload), &c)
	var other *json.UnmarshalTypeError // a claim that this preset does not read
	if err != nil && !errors.As(err, &other) {
		t.Fatalf("accepted what encoding/json refuses: %v", err)
	}
	user, role, org := c.Sub, c.Role, c.Organisation
	if preset == token.PresetCIS2 {
		user = c.UID
		for _, r := range c.Roles {
			if r.ID == c.Selected {
				role, org = r.Role, r.Org
			}
		}
	}
	if who.Issuer != c.Iss || who.UserID != user || !strings.HasSuffix(role, who.Role.String()) || who.Organisation.String() != org || (c.Jti != "" && who.TokenID != c.Jti) {
		t.Fatalf("two readers of one token disagree: %+v and %+v", who, c)
	}
}
