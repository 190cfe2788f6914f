//go:build servers

package provider_test

import (
	"net/http"
	"testing"
)

// asCIS2 has a broker that signs for itself, and answers that are signed.
func asCIS2(s *settings) {
	s.Console = "console-cis2"
	s.Lines = []string{
		"clients cis2 unsigned console-cis2",
		"introspection " + s.Issuer + "/token/introspection {\n client_id broker-signing\n private_key {file." + s.Data + "/client.key}\n key_id client-1\n signed\n}",
		"userinfo " + s.Issuer + "/me",
	}
}

// As NHS CIS2 is: the access token says nothing of the person, UserInfo does, and is signed.
func TestServersProviderUserInfo(t *testing.T) {
	w := start(t, asCIS2)
	token := w.token(t, "cis2", "own-gp")
	w.released(t, "who somebody is by UserInfo", w.ask(t, token))
	if a := w.ask(t, w.token(t, "cis2", "consultant")); a.status != http.StatusForbidden || a.code != "permission-needed" {
		t.Errorf("somebody else is answered %d %s", a.status, a.body)
	}
	unsigned := w.token(t, "unsigned", "own-gp")
	w.refused(t, "UserInfo that is not signed for one client, which is nobody else's fault", http.StatusServiceUnavailable, "userinfo-not-understood", func() answer { return w.ask(t, unsigned) })
	w.released(t, "another client, at once", w.ask(t, w.token(t, "cis2", "own-gp")))

	tab := w.tab(t)
	tab.Open("/")
	tab.Follow("Sign in")
	tab.Follow("Dr Amara Okafor")
	tab.Sees("You are signed in as", "Dr Amara Okafor", "Riverside Surgery")
}
