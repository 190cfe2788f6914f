package token_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// Neither an error, nor a log, nor a metric holds a token or a claim of one.
func TestNothingOfATokenIsToldToAnyone(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w := newWorld(t, func(c *token.Config) { c.Logger = logger })
	const canary = "CANARY"
	claims := map[string]any{"uid": canary, "name": canary, "jti": canary, "sub": canary, "client_id": canary}
	with := func(name string, value any) string {
		return w.token(tokentest.Changed(claims, map[string]any{name: value}))
	}
	stranger := tokentest.NewKey("ES256", canary)
	tokens := []string{
		with("x", 1), with("aud", canary), with("iss", canary), with("exp", 1), with("exp", nil), with("exp", canary), with("nbf", noon.Unix()+999),
		with("selected_roleid", canary), with("uid", nil), with("uid", canary+"\n"), with("nhsid_nrbac_roles", canary),
		stranger.Token(w.claims(claims)), tokentest.NewKey("ES256", "key-1").Token(w.claims(claims)),
		withHeader(stranger, `{"alg":"CANARY","kid":"CANARY"}`, claims), withHeader(stranger, `{"CANARY"}`, claims), canary, canary + "." + canary + "." + canary,
		strings.Repeat(canary, 4000),
	}
	var told strings.Builder
	for _, bearer := range tokens {
		_, err := w.Verify(t.Context(), bearer)
		encoded, _ := json.Marshal(err)
		fmt.Fprintf(&told, "%v %+v %q %s\n", err, err, err, encoded)
		logger.Error("refused", "error", err)
		for part := range strings.SplitSeq(bearer, ".") {
			if len(part) > 20 && (strings.Contains(told.String(), part) || strings.Contains(log.String(), part)) {
				t.Errorf("a part of a token was told (%v)", err)
			}
		}
	}
	w.issuer.Down()
	w.advance(token.DefaultMaxAge)
	_, err := w.Verify(t.Context(), tokens[0])
	fmt.Fprintln(&told, err, w.Ready())
	values, _ := gather(t, w)
	fmt.Fprintln(&told, values)
	if all := told.String() + log.String(); strings.Contains(all, canary) {
		t.Errorf("a claim was told:\n%s", all)
	}
}
