package broker_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/token/tokentest"
)

// Who asks is not told which check their token fails; who runs the broker is, in its log.
func TestTheLogSaysWhatIsWrongWithAToken(t *testing.T) {
	var log bytes.Buffer
	v := newVerified(t, func(cfg *broker.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for _, c := range []struct {
		bearer, says string
	}{
		{v.issuer.Sign(v.issuer.Claims(now, map[string]any{"aud": "https://another.example"})), "audience-wrong"},
		{v.issuer.Sign(v.issuer.Claims(now, map[string]any{"iss": v.issuer.Name + "/"})), "issuer-not-known"},
		{v.issuer.Sign(v.issuer.Claims(now.Add(-48*time.Hour), nil)), "expired"},
		{tokentest.NewKey("ES256", "key-1").Token(v.issuer.Claims(now, nil)), "signature-wrong"},
	} {
		log.Reset()
		w := v.ask("Bearer " + c.bearer)
		v.ended(w, 401, "token-not-accepted", `Bearer realm="mcr", error="invalid_token"`)
		if !strings.Contains(log.String(), "reason=token-not-accepted") || !strings.Contains(log.String(), "token="+c.says+"\n") {
			t.Errorf("want %s in the log:\n%s", c.says, log.String())
		}
		if strings.Contains(w.Body.String(), c.says) || strings.Contains(log.String(), c.bearer) {
			t.Errorf("said to who asks, or the token in the log: %s\n%s", w.Body, log.String())
		}
	}
	log.Reset()
	if v.ask("Bearer " + v.bearer(nil)); strings.Contains(log.String(), "token=") {
		t.Errorf("of a good token:\n%s", log.String())
	}
}
