package token_test

import (
	"testing"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

func TestStrictReader(t *testing.T) {
	for text, ok := range map[string]bool{
		`{}`: true, " {\t\"a\" :\r\n[ ] } ": true, `{"":0}`: true, `{"a":[true,false,null,-0,0.1,1E9,1e-9,1e+9,{}]}`: true,
		`{"é":1,"É":2}`: true, `{"a":"\u00e9\ud83d\ude00\/\\\""}`: true, `{"a":{"x":1},"b":{"x":1}}`: true, `{"a":1,"A":2}`: true,
		`{"\n":1,"\u000a":2}`: false, `{"\b\f\r\t":1,"\u0008\u000C\u000d\u0009":2}`: false, `{"\/":1,"/":2}`: false, `{"\u00E9":1,"é":2}`: false,
		`{"\ud83d\ude00":1,"😀":2}`: false, `{"\\":1,"\u005c":2}`: false, `{"\"":1,"\u0022":2}`: false, `{"a":1,"b":2,"a":{}}`: false,
		`{"a":"\x"}`: false, `{"a":"\u12"}`: false, `{"a":"\u12g4"}`: false, `{"a":"\ud83d"}`: false, `{"a":"\ud83d\n"}`: false, `{"a":"\ud83d\u0041"}`: false,
		`{"a":"\ud83d\u00"}`: false, `{"a":"\ude00\ud83d"}`: false, `{"a":"\`: false, `{"a":"`: false, "{\"a\":\"\t\"}": false, "{\"\x80\":1}": false,
		`{"a":-}`: false, `{"a":00}`: false, `{"a":1.}`: false, `{"a":.5}`: false, `{"a":1e}`: false, `{"a":0x1}`: false, `{"a":Infinity}`: false, `{"a":-Infinity}`: false,
		`{"a":tru}`: false, `{"a":nul`: false, `{"a"}`: false, `{"a":}`: false, `{"a":1`: false, `{"a":1,}`: false, `{,}`: false, `{a:1}`: false, `{'a':1}`: false, `{1:1}`: false,
		`{"a":[1,]}`: false, `{"a":[1 2]}`: false, `{"a":[`: false, `{"a":1 "b":2}`: false, `{"a" 1}`: false, `{} {}`: false, `{}]`: false,
		``: false, ` `: false, `[]`: false, `"a"`: false, `1`: false, `null`: false,
	} {
		if got := token.ReadStrictly([]byte(text)); got != ok {
			t.Errorf("%q: got %t, want %t", text, got, ok)
		}
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
