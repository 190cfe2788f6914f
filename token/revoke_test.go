package token_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/token/ended"
)

func TestATokenThatIsRevokedIsRefusedAtOnceAndAfterARestart(t *testing.T) {
	w, _ := newLogout(t)
	path := listIn(t)
	heeding(t, w, path)
	mine, other, plain := w.token(nil), w.token(map[string]any{"jti": "token-2"}), w.token(map[string]any{"jti": nil})
	for _, bearer := range []string{mine, other, plain} {
		w.expect(t, "accepted", bearer) // and held
	}
	for _, bearer := range []string{mine, plain} {
		for range 2 { // twice is no fault
			if r, err := w.Revoke(t.Context(), bearer, ""); err != nil || !r.Revoked || r.Subject.UserID != "555036632103" {
				t.Errorf("%+v, %v", r, err)
			}
		}
		w.expect(t, "revoked", bearer)
	}
	w.expect(t, "accepted", other)
	w.expect(t, "revoked", otherSignature(t, plain)) // the same token, written otherwise
	again, _ := newLogout(t, func(c *token.Config) { c.Clock = w.now; c.Issuers[0].JWKSURL = w.issuer.URL })
	list := heeding(t, again, path)
	again.expect(t, "revoked", mine)
	again.expect(t, "revoked", plain)
	again.expect(t, "accepted", other)
	w.advance(3 * time.Hour)     // they have expired
	again.advance(3 * time.Hour) // by the clock of its list too
	if r, err := again.Revoke(t.Context(), other, ""); err != nil || r.Revoked || r.Code != "expired" {
		t.Errorf("one that has expired: %+v, %v", r, err)
	}
	if err := list.Add(t.Context(), ended.Entry{Issuer: "x", ID: "1", Session: "s", Until: w.now().Unix() + 10}); err != nil || list.Len() != 1 {
		t.Errorf("%d are kept, %v", list.Len(), err)
	}
}

func TestAttackARevocation(t *testing.T) {
	w, key := newLogout(t)
	list := heeding(t, w, listIn(t))
	for name, bearer := range map[string]string{
		"nothing":                  "",
		"junk":                     "45ghiukldjahdnhzdauz",
		"of another issuer":        w.token(map[string]any{"iss": "https://evil.example"}),
		"with another's signature": otherKeys(t, w),
		"for another audience":     w.token(map[string]any{"aud": "https://elsewhere.example"}),
		"of another client":        w.token(map[string]any{"client_id": "stranger"}),
		"without an end":           w.token(map[string]any{"exp": nil}),
		"for a year":               w.token(map[string]any{"exp": w.now().AddDate(1, 0, 0).Unix()}),
		"a logout token":           key.Raw(logoutHeader, marshal(t, logoutClaims(w, nil))),
	} {
		if r, err := w.Revoke(t.Context(), bearer, ""); err != nil || r.Revoked || r.Code == "" || r.Code == "accepted" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if _, err := w.Revoke(t.Context(), w.token(nil), "console"); !errors.Is(err, token.ErrNotTheirs) {
		t.Errorf("another client's: %v", err)
	}
	if list.Len() != 0 {
		t.Errorf("%d entries came of it", list.Len())
	}
	// What may become good is revoked: it is its issuer's, and for this broker.
	for name, changes := range map[string]map[string]any{
		"nobody whole":  {"jti": "a", "selected_roleid": nil},
		"not valid yet": {"jti": "b", "nbf": w.now().Unix() + 3000},
	} {
		if r, err := w.Revoke(t.Context(), w.token(changes), "portal"); err != nil || !r.Revoked {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if list.Len() != 2 {
		t.Errorf("%d are kept", list.Len())
	}
}

// away is a feed that is not there.
type away struct{ back bool }

func (a *away) Tell(_ context.Context, entries ...ended.Entry) (int, error) {
	if a.back {
		return len(entries), nil
	}
	return 0, errors.New("away")
}

func TestARevocationThatCouldNotBeToldIsInForceAndTriedAgain(t *testing.T) {
	w, _ := newLogout(t)
	list := heeding(t, w, listIn(t))
	feed := new(away)
	list.Share(feed, nil)
	list.Begin()
	bearer := w.token(nil)
	for range 2 {
		if _, err := w.Revoke(t.Context(), bearer, ""); !errors.Is(err, token.ErrRevocationFailed) || !errors.Is(err, ended.ErrUntold) || errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("%v", err)
		}
		w.expect(t, "revoked", bearer)
	}
}

// otherKeys gives a token that a stranger signed in the issuer's name.
func otherKeys(t *testing.T, w *world) string {
	t.Helper()
	stranger, _ := newLogout(t)
	return stranger.token(map[string]any{"iss": w.issuer.Name})
}
