//go:build servers

package provider_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/mycarerecord/mcr/internal/servers/provider"
)

// certify has openssl make a certificate for this machine, in the world's folder.
func (w *world) certify(name string) (made provider.Certificate, err error) {
	cert, key := filepath.Join(w.data, name+".crt"), filepath.Join(w.data, name+".key")
	out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
		"-subj", "/CN="+name, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cert).CombinedOutput()
	if err != nil {
		return made, fmt.Errorf("making a certificate: %w\n%s", err, out)
	}
	for path, into := range map[string]*string{cert: &made.Cert, key: &made.Key} {
		text, err := os.ReadFile(path)
		if err != nil {
			return made, err
		}
		*into = string(text)
	}
	return made, nil
}

// showing is a client that shows a certificate of its own.
func (w *world) showing(t *testing.T, name string) *http.Client {
	t.Helper()
	made, err := w.certify(name)
	must(t, err)
	pair, err := tls.X509KeyPair([]byte(made.Cert), []byte(made.Key))
	must(t, err)
	return w.over(t, pair)
}

func (w *world) over(t *testing.T, pairs ...tls.Certificate) *http.Client {
	// The servers' own certificate is nobody's business here: it is this test that made it.
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: pairs, InsecureSkipVerify: true}} //nolint:gosec // loopback
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// A token that is bound to a certificate is good with that certificate alone (RFC 8705).
func TestServersProviderCertificates(t *testing.T) {
	w := start(t)
	own, other := w.showing(t, "application"), w.showing(t, "another")
	token := w.signInWith(t, context.WithValue(t.Context(), oauth2.HTTPClient, own), w.Person(w.people["own-gp"]),
		"certificate", append([]string{"user/*.rs"}, wanted...), w.Provider.Secure+"/token").AccessToken
	address := strings.Replace(w.patient(t), "http://"+w.address, "https://localhost:"+w.port(), 1)
	ask := func(client *http.Client, address string) func() answer {
		return func() answer { return w.do(t, client, address, http.Header{"Authorization": {"Bearer " + token}}) }
	}
	w.released(t, "with its certificate", ask(own, address)())
	w.refused(t, "with another", http.StatusUnauthorized, "certificate-other", ask(other, address))
	w.refused(t, "with none", http.StatusUnauthorized, "certificate-missing", ask(w.over(t), address))
	w.refused(t, "where no certificate is asked for", http.StatusUnauthorized, "certificate-missing", ask(own, w.patient(t)))

	// At this address a token needs a SMART scope that covers what is asked.
	bearer := func(scopes ...string) answer {
		token := w.signIn(t, "application", "own-gp", append(scopes, wanted...)).AccessToken
		return w.do(t, own, address, http.Header{"Authorization": {"Bearer " + token}})
	}
	w.released(t, "with user/Patient.rs", bearer("user/Patient.rs"))
	for _, scopes := range [][]string{nil, {"user/Observation.rs"}} {
		if a := bearer(scopes...); a.status != http.StatusForbidden || a.code != "scope-insufficient" {
			t.Errorf("with the scopes %v: %d %s", scopes, a.status, a.body)
		}
	}
}
