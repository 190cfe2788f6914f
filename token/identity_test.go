package token_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// codes lets cmp compare NHS codes.
var codes = cmp.AllowUnexported(nhs.RoleCode{}, nhs.ODSCode{})

func ods(t testing.TB, s string) nhs.ODSCode {
	t.Helper()
	c, err := nhs.ParseODSCode(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func role(t testing.TB, s string) nhs.RoleCode {
	t.Helper()
	c, err := nhs.ParseRoleCode(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSubjectOfCIS2(t *testing.T) {
	w := newWorld(t)
	want := access.Subject{
		UserID: "555036632103", Name: "LACEY Priya (Dr)", Role: role(t, "R8000"), RoleName: "General Medical Practitioner",
		Organisation: ods(t, "A20047"), OrgName: "RIVERSIDE SURGERY", Client: "portal", TokenID: "token-1", Session: "session-1",
		Issuer: w.issuer.Name, Assurance: "AAL3", Purpose: access.DirectCare, Expires: noon.Add(time.Hour),
	}
	bearer := w.token(nil)
	for _, path := range []string{"cold", "warm"} {
		got, err := w.Verify(context.Background(), bearer)
		if err != nil {
			t.Fatal(err)
		}
		got.Expires = got.Expires.UTC()
		if diff := cmp.Diff(want, got, codes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// The role in use is the selected one, wherever it stands in the list, and its
// organisation goes with it.
func TestRoleIsTheSelectedOneOnly(t *testing.T) {
	w := newWorld(t)
	got, err := w.Verify(context.Background(), w.token(map[string]any{"selected_roleid": "555038009999"}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Role != role(t, "R8008") || got.Organisation != ods(t, "RRK99") || got.OrgName != "ST MARY'S" || got.RoleName != "Admin" {
		t.Errorf("got %s at %s (%s)", got.Role, got.Organisation, got.OrgName)
	}
}

// A flat role or organisation beside the
// list of roles is not looked at, nor is a patient.
func TestClaimsThatNeverCount(t *testing.T) {
	w := newWorld(t)
	plain, err := w.Verify(context.Background(), w.token(nil))
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Verify(context.Background(), w.token(map[string]any{
		"role": "R0001", "organisation": "XXX", "org_code": "XXX", "sub": "someone-else", "patient": "9990000000"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain, got, codes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSubjectOfTheGenericPreset(t *testing.T) {
	w := newWorld(t, func(c *token.Config) { c.Issuers[0].Preset = token.PresetGeneric })
	claims := map[string]any{"iss": w.issuer.Name, "aud": tokentest.Audience, "sub": "u1", "iat": noon.Unix(), "exp": noon.Add(time.Minute).Unix(),
		"name": "Ann", "role": "R8001", "role_name": "Nurse", "organisation": "RRK", "organisation_name": "Acute", "azp": "app", "acr": "AAL2_OR_AAL3_ANY"}
	got, err := w.Verify(context.Background(), w.issuer.Sign(claims))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.TokenID, "sha256:") || len(got.TokenID) != 7+64 {
		t.Errorf("a token without jti has the id %q", got.TokenID)
	}
	got.TokenID, got.Expires = "", got.Expires.UTC()
	want := access.Subject{UserID: "u1", Name: "Ann", Role: role(t, "R8001"), RoleName: "Nurse", Organisation: ods(t, "RRK"), OrgName: "Acute",
		Client: "app", Issuer: w.issuer.Name, Assurance: "AAL2", Purpose: access.DirectCare, Expires: noon.Add(time.Minute)}
	if diff := cmp.Diff(want, got, codes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, missing := range []string{"sub", "role", "organisation"} {
		w.expect(t, "identity-incomplete", w.issuer.Sign(tokentest.Changed(claims, map[string]any{missing: nil})))
	}
}

func TestClaimNamesOfADeployment(t *testing.T) {
	w := newWorld(t, func(c *token.Config) {
		c.Issuers[0].Preset = token.PresetGeneric
		c.Issuers[0].Claims = token.ClaimNames{User: "employee", Name: "full_name", Role: "sds_role", RoleName: "title", Organisation: "ods", OrgName: "trust", Client: "app", Assurance: "loa"}
	})
	claims := map[string]any{"iss": w.issuer.Name, "aud": tokentest.Audience, "exp": noon.Add(time.Minute).Unix(), "jti": "1",
		"employee": "u1", "full_name": "Ann", "sds_role": "R8001", "title": "Nurse", "ods": "RRK", "trust": "Acute", "app": "x", "loa": 3,
		"sub": "other", "client_id": "other", "azp": "other", "acr": "1", "role": "R0000", "organisation": "ZZZ"}
	got, err := w.Verify(context.Background(), w.issuer.Sign(claims))
	if err != nil {
		t.Fatal(err)
	}
	got.Expires = got.Expires.UTC()
	want := access.Subject{UserID: "u1", Name: "Ann", Role: role(t, "R8001"), RoleName: "Nurse", Organisation: ods(t, "RRK"), OrgName: "Acute",
		Client: "x", TokenID: "1", Issuer: w.issuer.Name, Assurance: "AAL3", Purpose: access.DirectCare, Expires: noon.Add(time.Minute)}
	if diff := cmp.Diff(want, got, codes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// An overridden name has no second one, and its case variants matter.
	w.expect(t, "malformed", w.issuer.Sign(tokentest.Changed(claims, map[string]any{"ODS": "ZZZ"})))
	got, err = w.Verify(context.Background(), w.issuer.Sign(tokentest.Changed(claims, map[string]any{"app": nil, "loa": nil, "jti": "2"})))
	if err != nil || got.Client != "" || got.Assurance != "" {
		t.Errorf("client %q, assurance %q, %v", got.Client, got.Assurance, err)
	}
}

// A claim of the wrong form is not left out: the token is refused.
func TestClaimsOfTheWrongForm(t *testing.T) {
	w := newWorld(t)
	for name, changes := range map[string]map[string]any{
		"a person of a number":     {"uid": 555036632103},
		"a person of a list":       {"uid": []string{"555036632103"}},
		"a person with spaces":     {"uid": " 555036632103"},
		"a person with a line end": {"uid": "5550\n36632103"},
		"a person with a zero":     {"uid": "5550\x0036632103"},
		"a person without end":     {"uid": strings.Repeat("5", 257)},
		"a name of an object":      {"name": map[string]any{"first": "Ann"}},
		"a jti of a number":        {"jti": 1},
		"roles that are no list":   {"nhsid_nrbac_roles": "R8000"},
		"roles that are texts":     {"nhsid_nrbac_roles": []string{"R8000"}},
		"organisations of texts":   {"nhsid_user_orgs": []string{"A20047"}},
		"a client of a list":       {"client_id": []string{"portal"}},
		"a session of a number":    {"sid": 1},
	} {
		t.Run(name, func(t *testing.T) { w.expect(t, "malformed", w.token(changes)) })
	}
}

func TestAssuranceLevels(t *testing.T) {
	for in, want := range map[string]string{
		"1": "AAL1", "2": "AAL2", "3": "AAL3", "AAL3": "AAL3", "AAL3_ANY": "AAL3", "AAL1_USERPASS": "AAL1", "AAL2_OR_AAL3_ANY": "AAL2",
		"": "", "0": "", "4": "", "33": "", "AAL4": "", "aal3": "", "xAAL3": "", "AAL33": "", "urn:mace:incommon:iap:silver": "",
	} {
		if got := token.Level(in); got != want {
			t.Errorf("level %q is %q, want %q", in, got, want)
		}
	}
}

// The audit record of a refusal may say whose token it was, when its issuer signed
// it; never on the word of a token that anyone may have written.
func TestClaimantOfARefusedToken(t *testing.T) {
	w := newWorld(t)
	for code, bearer := range map[string]string{
		"expired":             w.token(map[string]any{"exp": noon.Add(-time.Hour).Unix()}),
		"audience-wrong":      w.token(map[string]any{"aud": "other"}),
		"identity-incomplete": w.token(map[string]any{"selected_roleid": nil}),
	} {
		who, err := w.Verify(context.Background(), bearer)
		claimant, signed := token.Claimant(err)
		if who != (access.Subject{}) || token.Code(err) != code || !signed || claimant.UserID != "555036632103" || claimant.TokenID != "token-1" {
			t.Errorf("%s: %v, %v, signed %t", code, err, claimant, signed)
		}
	}
	_, err := w.Verify(context.Background(), tokentest.NewKey("ES256", "key-1").Token(w.claims(nil)))
	if _, signed := token.Claimant(err); signed || err == nil {
		t.Errorf("a forged token named its claimant (%v)", err)
	}
	if _, signed := token.Claimant(errors.New("other")); signed || token.Code(errors.New("other")) != "other" {
		t.Error("an error of another kind was taken for a refusal")
	}
}

// Attack 124: a token for secondary uses is not one for direct care.
func TestAttack124ThePurposeThatATokenStatesCounts(t *testing.T) {
	for stated, want := range map[any]string{
		nil: access.DirectCare, "": access.DirectCare, "directcare": access.DirectCare, "direct-care": access.DirectCare,
		"secondaryuses": "secondaryuses", "DirectCare": "DirectCare",
	} {
		w := newWorld(t)
		subject, err := w.Verify(context.Background(), w.token(map[string]any{"reason_for_request": stated}))
		if err != nil || subject.Purpose != want {
			t.Errorf("%v: purpose %q, want %q (%v)", stated, subject.Purpose, want, err)
		}
	}
}
