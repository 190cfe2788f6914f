package caddymodule

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/mycarerecord/mcr/upstreams"
	"github.com/mycarerecord/mcr/upstreams/direct"
)

// written reads a broker directive.
func written(t *testing.T, text string) *Handler {
	t.Helper()
	h := new(Handler)
	if err := h.UnmarshalCaddyfile(caddyfile.NewTestDispenser(text)); err != nil {
		t.Fatal(err)
	}
	return h
}

// carrying makes the transport of a broker directive.
func carrying(t *testing.T, text string) (http.RoundTripper, error) {
	t.Helper()
	h := written(t, text)
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	t.Cleanup(cancel)
	return h.carrier(ctx, upstreams.Source{Timeout: 10 * time.Second})
}

// get asks for a path by a carrier, as the broker does.
func get(t *testing.T, carrier http.RoundTripper, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := carrier.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

// What weakens the way to the source, or cannot be meant, is a fault.
func TestATransportIsRefusedThatIsWeak(t *testing.T) {
	t.Setenv("MCR_TEST_PROXY", "http://proxy.internal:3128")
	t.Setenv("MCR_TEST_SECRET", "hunter2")
	t.Setenv("MCR_TEST_BROKEN", "http://mcr:hunter2@proxy.internal:3128x")
	for options, want := range map[string]string{
		"tls_insecure_skip_verify":                                 "anybody could be the source",
		"tls_except_ports 8080":                                    "base_url says whether there is TLS",
		"tls_renegotiation freely":                                 "write never or once",
		"proxy_protocol v1":                                        "it would tell the source the client's address",
		"versions 3":                                               "an experiment of Caddy's",
		"versions h2c":                                             "h2c is without TLS",
		"tls_server_name {http.request.host}":                      "server_name: {http.request.host} is known only while it runs",
		"network_proxy url {http.request.uri}":                     "known only while it runs",
		"tls_client_auth missing.pem missing.pem":                  "no such file",
		"tls_server_name ehr.internal":                             "",
		"network_proxy url {env.MCR_TEST_PROXY}":                   "",
		"compression off":                                          "",
		"network_proxy url http://mcr:hunter2@proxy.internal:3128": "transport: url: the address holds a password, which stands in clear",
		"forward_proxy_url http://mcr:hunter2@proxy.internal:3128": "the address holds a password",
		"network_proxy url http://mcr:hunter2{env.MCR_TEST_SECRET}@proxy.internal": "the address holds a password",
		"network_proxy url http://mcr:{env.MCR_TEST_SECRET}@proxy.internal:3128":   "",
		"network_proxy url {env.MCR_TEST_BROKEN}":                                  "transport: url: what {env.MCR_TEST_BROKEN} stands for is no address",
		"versions 1.1": "",
	} {
		_, err := carrying(t, "broker acute {\n base_url https://ehr.example/R4\n transport {\n"+options+"\n}\n}")
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v, want %q", options, err, want)
		}
	}
	for text, want := range map[string]string{
		"base_url http://a.example/R4\n transport {\n tls\n}":          "tls: base_url begins with http://",
		"base_url http://a.example/R4 http://b.example/R4\n socket /x": "base_url names several",
		"base_url http://a.example/R4\n socket run/x":                  "no whole path",
	} {
		if _, err := carrying(t, "broker acute {\n"+text+"\n}"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"transport http {\n}", "transport {\n}\ntransport {\n}", "transport {\n dial_timeot 3s\n}"} {
		if err := new(Handler).UnmarshalCaddyfile(caddyfile.NewTestDispenser("broker acute {\n" + text + "\n}")); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// No proxy is asked that nobody wrote down, and Caddy's variables of the client's request are
// not written to: it asks several things at a time.
func TestASourceIsReachedDirectly(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:3128")
	vars := map[string]any{}
	for options, want := range map[string]string{"": "<nil>", "transport {\n network_proxy url http://192.0.2.7:1\n}": "http://192.0.2.7:1"} {
		h := written(t, "broker acute {\n base_url http://192.0.2.2/R4\n"+options+"\n}")
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		defer cancel()
		made, err := h.carrier(ctx, upstreams.Source{Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), caddyhttp.VarsCtxKey, vars), http.MethodGet, "http://192.0.2.2/R4/Patient/1", nil)
		seen := ""
		by := made.(carrier).RoundTripper
		if asked, err := proxyOf(by, carrier{noting(func(r *http.Request) { seen = fmt.Sprint(r.Context().Value(caddyhttp.VarsCtxKey)) })}, r); err != nil || asked != want {
			t.Errorf("%q asks by way of %s %v", options, asked, err)
		}
		if seen != "<nil>" || len(vars) > 0 {
			t.Errorf("the transport sees %s", seen)
		}
	}
}

// Without TLS, and unless an option asks for what Go's transport alone has, who asks drives the
// connection.
func TestWhatIsCarriedDirectly(t *testing.T) {
	for options, want := range map[string]bool{
		"":                                                      true,
		"transport {\n dial_timeout 1s\n}":                      true,
		"transport {\n keepalive 10s\n}":                        true,
		"transport {\n keepalive off\n}":                        false,
		"transport {\n versions h2c\n}":                         false,
		"transport {\n read_timeout 5s\n}":                      false,
		"transport {\n write_timeout 5s\n}":                     false,
		"transport {\n max_conns_per_host 2\n}":                 false,
		"transport {\n network_proxy url http://192.0.2.7:1\n}": false,
	} {
		for base, secure := range map[string]bool{"http://192.0.2.2/R4": false, "https://192.0.2.2/R4": true} {
			if secure && strings.Contains(options, "h2c") {
				continue
			}
			h := written(t, "broker acute {\n base_url "+base+"\n"+options+"\n}")
			ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
			made, err := h.carrier(ctx, upstreams.Source{Timeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if _, direct := made.(carrier).RoundTripper.(*direct.Transport); direct != (want && !secure) {
				t.Errorf("%s %q: directly %v", base, options, direct)
			}
			cancel()
		}
	}
}

// openssl makes a certificate authority, and certificates by it: what judges them is none of ours.
func openssl(t *testing.T, dir string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl here")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
	}
}

// A source with TLS that wants a certificate: who has none, or another's, is told nothing, and
// a source that cannot show the right one is not told anything.
func TestASourceBehindTLSWithCertificatesOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	key := []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"}
	for _, ca := range []string{"ca", "stranger"} {
		openssl(t, dir, append([]string{"req", "-x509", "-keyout", ca + ".key", "-out", ca + ".pem", "-subj", "/CN=" + ca, "-addext", "basicConstraints=critical,CA:TRUE"}, key...)...)
	}
	for name, by := range map[string]string{"source": "ca", "broker": "ca", "intruder": "stranger"} {
		openssl(t, dir, append([]string{"req", "-x509", "-CA", by + ".pem", "-CAkey", by + ".key", "-keyout", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name,
			"-addext", "subjectAltName=IP:127.0.0.1,DNS:ehr.internal", "-addext", "basicConstraints=critical,CA:FALSE"}, key...)...)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	certificate, err := tls.LoadX509KeyPair(at("source.pem"), at("source.key"))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(at("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, NextProtos: []string{"h2", "http/1.1"}}
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()

	trusted := "tls_trust_pool file " + at("ca.pem") + "\n"
	mine := "tls_client_auth " + at("broker.pem") + " " + at("broker.key") + "\n"
	for name, c := range map[string]struct{ options, want, fault string }{
		"both":                    {trusted + mine, "HTTP/2.0 broker", ""},
		"one version":             {trusted + mine + "versions 1.1", "HTTP/1.1 broker", ""},
		"by another of its names": {trusted + mine + "tls_server_name ehr.internal", "HTTP/2.0 broker", ""},
		// Whoever is refused for a certificate in TLS 1.3 is told when it first reads: in which words is HTTP/2's affair.
		"no certificate":           {trusted, "", ":"},
		"a stranger's certificate": {trusted + "tls_client_auth " + at("intruder.pem") + " " + at("intruder.key"), "", ":"},
		"a source of a stranger's": {"tls_trust_pool file " + at("stranger.pem") + "\n" + mine, "", "unknown authority"},
		"a source of nobody's":     {mine, "", "unknown authority"},
		"a source of another name": {trusted + mine + "tls_server_name other.internal", "", "not other.internal"},
	} {
		carrier, err := carrying(t, "broker acute {\n base_url "+server.URL+"/fhir\n transport {\n"+c.options+"\n}\n}")
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := get(t, carrier, server.URL+"/fhir/Patient/p1")
		if got != c.want || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %q %v; want %q %q", name, got, err, c.want, c.fault)
		}
	}
}

// By a socket, and by an IPv6 address.
func TestASourceAtASocketOrAnIPv6Address(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	for address, network := range map[string]string{socket: "unix", "[::1]:0": "tcp6"} {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Log("not tried here:", err)
			continue
		}
		server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) })}}
		server.Start()
		defer server.Close()
		base, more, want := "http://ehr.example/fhir", "socket "+socket, "ehr.example"
		if network == "tcp6" {
			base, more, want = "http://"+l.Addr().String()+"/fhir", "", l.Addr().String()
		}
		carrier, err := carrying(t, "broker acute {\n base_url "+base+"\n"+more+"\n}")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := get(t, carrier, base+"/Patient/p1"); got != want {
			t.Errorf("%s: %q %v", network, got, err)
		}
	}
}

// noting is a transport that only looks.
type noting func(*http.Request)

func (n noting) RoundTrip(r *http.Request) (*http.Response, error) {
	n(r)
	return nil, io.EOF
}

// proxyOf says which proxy Caddy's transport would ask for a request, as the carrier gives it.
func proxyOf(by http.RoundTripper, through carrier, r *http.Request) (string, error) {
	_, _ = through.RoundTrip(r)
	goes, ok := by.(*reverseproxy.HTTPTransport)
	if !ok { // package direct knows of no proxy
		return "<nil>", nil
	}
	u, err := goes.Transport.Proxy(r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, nil)))
	if u == nil {
		return "<nil>", err
	}
	return u.String(), err
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
