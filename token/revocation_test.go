package token_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token"
)

// listed makes a world with a revocation list.
func listed(t *testing.T, text string) (*world, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "revoked.jsonl")
	write(t, path, text)
	return newWorld(t, func(c *token.Config) { c.RevocationFile = path }), path
}

func TestRevocationEntries(t *testing.T) {
	const user = "555036632103"
	for name, c := range map[string]struct{ list, code string }{
		"nothing":                              {`[]`, "accepted"},
		"the token":                            {`{"jti":"token-1"}`, "revoked"},
		"another token":                        {`{"jti":"token-10"}`, "accepted"},
		"the token at its issuer":              {`{"jti":"token-1","iss":"https://issuer.example/oauth2"}`, "revoked"},
		"the token's id at another issuer":     {`{"jti":"token-1","iss":"https://other.example"}`, "accepted"},
		"the session":                          {`{"sid":"session-1","note":"logged out"}`, "revoked"},
		"another session":                      {`{"sid":"session-2"}`, "accepted"},
		"the user, since it was issued":        {`{"uid":"` + user + `","before":` + fmt.Sprint(noon.Unix()+1) + `}`, "revoked"},
		"the user, in the second of its issue": {`{"uid":"` + user + `","before":` + fmt.Sprint(noon.Unix()) + `}`, "revoked"},
		"the user, before it was issued":       {`{"uid":"` + user + `","before":` + fmt.Sprint(noon.Unix()-1) + `}`, "accepted"},
		"the user, by a date":                  {`{"uid":"` + user + `","before":"2026-03-02T12:00:01Z"}`, "revoked"},
		"the user, by an earlier date":         {`{"uid":"` + user + `","before":"2026-03-02T12:59:59+01:00"}`, "accepted"},
		"the user for good":                    {`{"uid":"` + user + `"}`, "revoked"},
		"the user twice, the later counts":     {`[{"uid":"` + user + `"},{"uid":"` + user + `","before":1}]`, "revoked"},
		"another user":                         {`{"uid":"5550"}`, "accepted"},
		"a list of two":                        {`[{"jti":"x"}, {"jti":"token-1"}]`, "revoked"},
		"lines, one empty":                     {"{\"jti\":\"x\"}\n\n  {\"jti\":\"token-1\"}\r\n", "revoked"},
		"an empty file":                        {"", "revocation-unavailable"},
		"blanks":                               {" \n", "revocation-unavailable"},
		"a name that is not known":             {`{"jti":"x","user":"y"}`, "revocation-unavailable"},
		"a name in the wrong case":             {`{"JTI":"token-1"}`, "revocation-unavailable"},
		"a name twice":                         {`{"jti":"x","jti":"y"}`, "revocation-unavailable"},
		"two at once":                          {`{"jti":"x","sid":"y"}`, "revocation-unavailable"},
		"none of them":                         {`{"note":"x"}`, "revocation-unavailable"},
		"an empty one":                         {`{"jti":""}`, "revocation-unavailable"},
		"an empty issuer":                      {`{"jti":"x","iss":""}`, "revocation-unavailable"},
		"a number for a token":                 {`{"jti":1}`, "revocation-unavailable"},
		"a time without a user":                {`{"sid":"x","before":1}`, "revocation-unavailable"},
		"a time that is none":                  {`{"uid":"x","before":"yesterday"}`, "revocation-unavailable"},
		"a text in the list":                   {`["token-1"]`, "revocation-unavailable"},
		"a broken list":                        {`[{"jti":"x"}`, "revocation-unavailable"},
		"no JSON":                              {"token-1\n", "revocation-unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := listed(t, c.list)
			w.expect(t, c.code, w.token(nil))
		})
	}
}

// A token that does not say when it was issued may be older than anything.
func TestRevokedUserAndATokenWithoutTimeOfIssue(t *testing.T) {
	w, _ := listed(t, `{"uid":"555036632103","before":1}`)
	w.expect(t, "revoked", w.token(map[string]any{"iat": nil}))
}

// Without a jti a token is revoked by its digest, whatever is done to the signature.
func TestRevokedByDigest(t *testing.T) {
	w, path := listed(t, `[]`)
	bearer := w.token(map[string]any{"jti": nil})
	who, err := w.Verify(t.Context(), bearer)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, fmt.Sprintf(`{"jti":%q}`, who.TokenID))
	w.advance(time.Second)
	w.expect(t, "revoked", bearer)
	w.expect(t, "revoked", otherSignature(t, bearer))
	w.expect(t, "accepted", w.token(map[string]any{"jti": nil, "sid": "2"}))
}

func TestListIsReadAtMostEachSecond(t *testing.T) {
	w, path := listed(t, `[]`)
	bearer := w.token(nil)
	w.expect(t, "accepted", bearer)
	write(t, path, `{"jti":"token-1"}`)
	w.expect(t, "accepted", bearer)
	w.advance(999 * time.Millisecond)
	w.expect(t, "accepted", bearer)
	w.advance(time.Millisecond)
	w.expect(t, "revoked", bearer)
}

// Two lists of the same size written within the file system's clock tick.
func TestListRewrittenInPlaceAtTheSameTime(t *testing.T) {
	w, path := listed(t, `{"jti":"token-0"}`)
	bearer := w.token(nil)
	w.expect(t, "accepted", bearer)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(`{"jti":"token-1"}`)
	if cerr := f.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Second)
	w.expect(t, "revoked", bearer)
}

// A list that is not there when the broker starts denies until it is.
func TestListMissingAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "revoked.jsonl")
	w := newWorld(t, func(c *token.Config) { c.RevocationFile = path })
	bearer := w.token(nil)
	w.expect(t, "revocation-unavailable", bearer)
	if err := w.Ready(); err == nil || !strings.Contains(err.Error(), "revocation list") {
		t.Errorf("ready says %v", err)
	}
	write(t, path, "[]")
	w.advance(time.Second)
	w.expect(t, "accepted", bearer)
}
