package token_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// Claims are read by the one rule with the options of claims: what a token is
// refused for, and what it may hold where nobody reads it.
func TestClaimsAreReadByTheOneRule(t *testing.T) {
	key := tokentest.NewKey("ES256", "key-1")
	w := newWorldOf(t, []*tokentest.Key{key})
	payload := marshal(t, w.claims(nil))
	nested := func(n int) string { return `"x":` + strings.Repeat("[", n) + "1" + strings.Repeat("]", n) }
	for name, probe := range map[string]struct{ member, want string }{
		"null":                       {`"x":null`, "accepted"},
		"empty values":               {`"x":["",[],{}]`, "accepted"},
		"control characters":         {`"x":"\u0000\n"`, "accepted"},
		"an escaped name":            {`"https:\/\/issuer.example\/x":1`, "accepted"},
		"16 deep":                    {nested(15), "accepted"},
		"17 deep":                    {nested(16), "malformed"},
		"128 members of an object":   {`"x":{` + members(128) + `}`, "accepted"},
		"129 members of an object":   {`"x":{` + members(129) + `}`, "malformed"},
		"an empty name":              {`"":1`, "malformed"},
		"half a surrogate":           {`"x":"\ud800"`, "malformed"},
		"half a surrogate in a name": {`"\ud800":1`, "malformed"},
		"another case, of any name":  {`"x":1,"X":1`, "malformed"},
		"another case, deep within":  {`"x":[{"y":1,"Y":1}]`, "malformed"},
		"another case, beyond ASCII": {`"é":1,"É":1`, "malformed"},
		"a name twice, deep within":  {`"x":[{"y":1,"\u0079":1}]`, "malformed"},
		"bad UTF-8":                  {"\"x\":\"\xff\"", "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			w.expect(t, probe.want, key.Raw(`{"alg":"ES256","kid":"key-1"}`, payload[:len(payload)-1]+","+probe.member+"}"))
		})
	}
}

// Escapes are read as what they stand for, in names and in values.
func TestEscapedClaims(t *testing.T) {
	key := tokentest.NewKey("ES256", "key-1")
	w := newWorldOf(t, []*tokentest.Key{key}, func(c *token.Config) { c.Issuers[0].Preset = token.PresetGeneric })
	who, err := w.Verify(t.Context(), key.Raw(`{"\u0061lg":"E\u005325\u0036","kid":"key\u002d1"}`,
		`{"\u0069ss":"https:\/\/issuer.example\/oauth2","aud":["x","https:\/\/broker.example"],"e\u0078p":1772456400,"sub":"\u0075\u0031",`+
			`"name":" L\u00c9A \ud83d\ude00 \"x\" \\ ","role":"R800\u0030","organisation":"A20047","organisation_name":"Zo\u00EB's"}`))
	if err != nil {
		t.Fatal(err)
	}
	if who.Name != `LÉA 😀 "x" \` || who.UserID != "u1" || who.OrgName != "Zoë's" {
		t.Errorf("got %q, %q, %q", who.UserID, who.Name, who.OrgName)
	}
}
