package token_test

import (
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token"
)

func TestTimes(t *testing.T) {
	w := newWorld(t) // leeway 30 s, lifetime 24 h
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for name, c := range map[string]struct {
		changes map[string]any
		code    string
	}{
		"expired a while ago":                   {map[string]any{"exp": at(-time.Minute)}, "expired"},
		"expired just outside the leeway":       {map[string]any{"exp": at(-30 * time.Second)}, "expired"},
		"expired within the leeway":             {map[string]any{"exp": at(-29 * time.Second)}, "accepted"},
		"no expiry":                             {map[string]any{"exp": nil}, "expiry-missing"},
		"an expiry of null":                     {map[string]any{"exp": jsonNull}, "malformed"},
		"an expiry in text":                     {map[string]any{"exp": "1772456400"}, "malformed"},
		"an expiry of zero":                     {map[string]any{"exp": 0}, "expired"},
		"an expiry before 1970":                 {map[string]any{"exp": -1}, "malformed"},
		"an expiry past all calendars":          {map[string]any{"exp": 1e300}, "malformed"},
		"an expiry in milliseconds":             {map[string]any{"exp": noon.Add(time.Hour).UnixMilli()}, "malformed"},
		"an expiry with a fraction":             {map[string]any{"exp": float64(at(time.Hour)) + 0.5}, "accepted"},
		"not before, just outside the leeway":   {map[string]any{"nbf": at(31 * time.Second)}, "not-yet-valid"},
		"not before, within the leeway":         {map[string]any{"nbf": at(30 * time.Second)}, "accepted"},
		"not before in text":                    {map[string]any{"nbf": "0"}, "malformed"},
		"issued in the future":                  {map[string]any{"iat": at(31 * time.Second)}, "not-yet-valid"},
		"issued in the future, within leeway":   {map[string]any{"iat": at(30 * time.Second)}, "accepted"},
		"no time of issue":                      {map[string]any{"iat": nil}, "accepted"},
		"valid for a day":                       {map[string]any{"exp": at(24 * time.Hour)}, "accepted"},
		"valid for longer than a day":           {map[string]any{"exp": at(24*time.Hour + time.Second)}, "lifetime-too-long"},
		"valid for long, with an hour left":     {map[string]any{"iat": at(-24 * time.Hour)}, "lifetime-too-long"},
		"valid for long, not saying since when": {map[string]any{"exp": at(25 * time.Hour), "iat": nil}, "lifetime-too-long"},
	} {
		t.Run(name, func(t *testing.T) { w.expect(t, c.code, w.token(c.changes)) })
	}
}

// What was accepted is not accepted for ever: times are judged on each use.
func TestTimesOfACachedToken(t *testing.T) {
	w := newWorld(t)
	bearer := w.token(map[string]any{"nbf": noon.Unix()})
	w.expect(t, "accepted", bearer)
	w.advance(-time.Minute) // the clock was set back
	w.expect(t, "not-yet-valid", bearer)
	w.advance(time.Minute)
	w.expect(t, "accepted", bearer)
	w.advance(time.Hour + 29*time.Second)
	w.expect(t, "accepted", bearer)
	w.advance(time.Second)
	w.expect(t, "expired", bearer)
	if got := w.Cached(); got != 0 {
		t.Errorf("%d tokens are held, want none", got)
	}
	w.expect(t, "expired", bearer)
}

func TestLeewayAndLifetimeOfAnIssuer(t *testing.T) {
	w := newWorld(t, func(c *token.Config) {
		c.Issuers[0].Leeway, c.Issuers[0].MaxLifetime = 2*time.Minute, 2*time.Hour
	})
	w.expect(t, "accepted", w.token(map[string]any{"exp": noon.Add(-time.Minute).Unix()}))
	w.expect(t, "lifetime-too-long", w.token(map[string]any{"exp": noon.Add(3 * time.Hour).Unix()}))
}
