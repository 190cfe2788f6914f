package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token/tokentest"
)

// certificate makes a key and a certificate of its own.
func certificate(t *testing.T, name string) (cert tls.Certificate, certPEM, keyPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	keyPEM = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, certPEM, keyPEM
}

// handling is the part of the site's Caddyfile that leads to the broker, with one more option.
func handling(t *testing.T, caddyfile, option string) string {
	t.Helper()
	_, after, _ := strings.Cut(caddyfile, "\thandle /fhir* {\n")
	inner, _, ok := strings.Cut(after, "\n\t}\n")
	if !ok {
		t.Fatalf("there is no handle in\n%s", caddyfile)
	}
	inner += "\n"
	first := regexp.MustCompile(`broker acute( \{)?\n`)
	if first.FindStringSubmatch(inner)[1] == "" {
		option += "\n}"
	}
	return "handle /fhir* {\n" + first.ReplaceAllLiteralString(inner, "broker acute {\n"+option+"\n") + "}\n"
}

// Tokens that are bound to their sender, through the whole program and Caddy's own TLS.
func TestBoundTokensThroughCaddy(t *testing.T) {
	s := newSite(t, answering("secret"), "")
	address := strings.Replace(freeAddress(t), "127.0.0.1", "localhost", 1)
	_, certPEM, keyPEM := certificate(t, "localhost")
	write(t, filepath.Join(s.dir, "site.pem"), certPEM)
	write(t, filepath.Join(s.dir, "site.key"), keyPEM)
	path := filepath.Join(s.dir, "Caddyfile")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(text)+"https://"+address+" {\n\ttls "+s.dir+"/site.pem "+s.dir+"/site.key {\n\t\tclient_auth {\n\t\t\tmode request\n\t\t}\n\t}\n"+
		handling(t, string(text), "public_url https://"+address+"/fhir")+"}\n")
	s.start()
	s.listens(address)

	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(certPEM))
	client := func(mine ...tls.Certificate) *http.Client {
		transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: mine, ClientSessionCache: tls.NewLRUClientSessionCache(4)}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	const target = "/fhir/Observation?patient=p1"
	ask := func(c *http.Client, header map[string]string) (int, string) {
		r, err := http.NewRequest(http.MethodGet, "https://"+address+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range header {
			r.Header.Set(name, value)
		}
		answer, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	expect := func(what string, c *http.Client, header map[string]string, want string) {
		t.Helper()
		status, body := ask(c, header)
		if opened := status == http.StatusOK && strings.Contains(body, "secret"); opened != (want == "") || !opened && (status != http.StatusUnauthorized || !strings.Contains(body, want) || strings.Contains(body, "secret")) {
			t.Errorf("%s: %d %s", what, status, body)
		}
	}
	bearer := func(jti string, cnf any) string {
		return s.issuer.Sign(s.issuer.Claims(time.Now(), map[string]any{
			"uid": "u1", "sub": "u1", "jti": jti, "cnf": cnf,
			"nhsid_nrbac_roles": []any{map[string]any{"person_roleid": "555038001001", "org_code": "RZ1", "role_name": "Consultant", "role_code": "S8000:G8000:R8000"}},
		}))
	}

	mine, minePEM, _ := certificate(t, "client.example")
	theirs, _, _ := certificate(t, "client.example")
	sum := sha256.Sum256(mine.Certificate[0])
	byCertificate := map[string]string{"Authorization": "Bearer " + bearer("1", map[string]any{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])})}
	owner := client(mine)
	expect("with the certificate", owner, byCertificate, "")
	owner.CloseIdleConnections()
	expect("with the certificate, the session resumed", owner, byCertificate, "")
	expect("without one", client(), byCertificate, "sender-not-proved")
	expect("with another of the same name", client(theirs), byCertificate, "sender-not-proved")
	expect("with one that a header names", client(), map[string]string{
		"Authorization": byCertificate["Authorization"], "Client-Cert": ":" + base64.StdEncoding.EncodeToString(mine.Certificate[0]) + ":", "X-Client-Cert": minePEM[:20],
	}, "sender-not-proved")
	expect("a token that is bound to none", client(), map[string]string{"Authorization": "Bearer " + bearer("2", nil)}, "")

	sender := tokentest.NewKey("ES256", "")
	mineByKey := bearer("3", tokentest.BoundTo(sender))
	proof := func() map[string]string {
		return map[string]string{"Authorization": "DPoP " + mineByKey, "DPoP": sender.Proof(time.Now(), http.MethodGet, "https://"+address+"/fhir/Observation", mineByKey, nil)}
	}
	used := proof()
	expect("with a proof", client(), used, "")
	expect("with the same again", client(), used, "sender-not-proved")
	s.change("id test", "id test\n\t\tidentity_for 30s")
	if out, err := s.run("reload", "--config", "Caddyfile", "--address", s.admin); err != nil {
		t.Fatalf("reload: %v\n%s", err, out)
	}
	expect("with the same after a reload", client(), used, "sender-not-proved")
	expect("with a fresh one after a reload", client(), proof(), "")
	before := proof() // of this second, or the one before the next start
	s.kill()
	before["DPoP"] = sender.Proof(time.Now().Add(-time.Second), http.MethodGet, "https://"+address+"/fhir/Observation", mineByKey, nil)
	s.start()
	s.listens(address)
	expect("with one from before the start", client(), before, "sender-not-proved")
	expect("as a bearer token", client(), map[string]string{"Authorization": "Bearer " + mineByKey}, "sender-not-proved")
}
