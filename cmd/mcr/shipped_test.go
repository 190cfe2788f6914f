package main_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Attacks 151 and 152 with the Caddyfile that is shipped, over TLS: HTTP/1.1 and
// HTTP/2 alike, on the site's port and on that of the metrics.
func TestAttack151And152TheShippedCaddyfileHoldsThem(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Caddyfile"), strings.Replace(string(text), "\n{\n", "\n{\n\tskip_install_trust\n\tlocal_certs\n", 1))
	site, metrics := freeAddress(t), freeAddress(t)
	_, port, _ := net.SplitHostPort(site)
	_, metricsPort, _ := net.SplitHostPort(metrics)
	cmd := exec.Command(path, "run", "--config", "Caddyfile")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir, "MCR_ADDRESS=localhost:"+port, "MCR_METRICS_PORT="+metricsPort)
	said := new(strings.Builder)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said)
		}
	})
	trusting := &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"} // the certificate was made this moment
	two := http.Client{Timeout: time.Minute, Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: trusting}}
	ask := func(host, path string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://localhost:"+port+path, nil)
		if err != nil {
			return nil, err
		}
		r.Host = host
		answer, err := two.Do(r)
		if err == nil {
			answer.Body.Close()
		}
		return answer, err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); ; <-tick.C {
		if _, err := ask("localhost", "/healthz"); err == nil {
			break
		} else if time.Since(begun) > time.Minute {
			t.Fatalf("it does not answer: %v", err)
		}
	}
	for host, want := range map[string]int{"localhost": 200, "other.example": 421, "LOCALHOST:" + port: 200} {
		if answer, err := ask(host, "/healthz"); err != nil || answer.StatusCode != want || answer.ProtoMajor != 2 {
			t.Errorf("HTTP/2, host %s: %v, %v", host, answer, err)
		}
	}
	if answer, err := ask("localhost", "/fhir/metadata"); err != nil || answer.StatusCode != 200 {
		t.Errorf("HTTP/2, the broker itself: %v, %v", answer, err)
	}
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"both lengths":  {"POST /fhir/Observation/_search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"another host":  {"GET /healthz HTTP/1.1\r\nHost: other.example\r\n\r\n", 421},
		"its own":       {"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200},
		"none of these": {"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
	} {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", NextProtos: []string{"http/1.1"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		_, _ = io.WriteString(conn, c.text)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != c.status || c.status == 400 && !answer.Close {
			t.Errorf("HTTP/1.1, %s: %v, %v", name, answer, err)
		}
		conn.Close()
	}
	answer, err := http.Get("http://" + metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); !strings.Contains(string(body), `mcr_turned_away_total{reason="two-lengths"} 1`) {
		t.Errorf("the metrics at their own address: %d %.300s", answer.StatusCode, body)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "admin.sock")); err != nil {
		t.Errorf("the admin socket: %v", err)
	}
}
