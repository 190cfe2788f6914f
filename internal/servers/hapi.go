//go:build servers

package servers

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hapiStarts bounds a start of HAPI. Alone on two cores it takes half a minute.
const hapiStarts = 4 * time.Minute

var listening = regexp.MustCompile(`^listening on (http://\S+) after`)

// HAPI starts an empty HAPI FHIR R4 server on a free port of loopback and gives
// its base address, such as "http://127.0.0.1:23456/fhir". It writes its links by
// the Host header, keeps everything in memory and ends with the test.
func HAPI(t testing.TB) string {
	t.Helper()
	const attempts = 3
	for range attempts {
		port, err := FreePort()
		if err != nil {
			t.Fatalf("starting HAPI: %v", err)
		}
		base, reason := startHAPI(t, port)
		if base != "" {
			return base
		}
		if !strings.Contains(reason, "BindException") {
			t.Fatalf("HAPI did not start; the end of its log:\n%s", reason)
		}
	}
	t.Fatalf("HAPI found its port taken %d times", attempts)
	return ""
}

// startHAPI gives the base address, or the end of the log of a server that is gone.
func startHAPI(t testing.TB, port int) (base, reason string) {
	t.Helper()
	dir := t.TempDir()
	classes := installed(t, "hapi/classes") + string(os.PathListSeparator) + filepath.Join(installed(t, "hapi/lib"), "*")
	// Quick to start rather than quick for ever, and small.
	cmd := exec.Command("java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Djava.io.tmpdir="+dir, "-cp", classes, "HapiMain", strconv.Itoa(port))
	cmd.Dir = dir
	logPath := filepath.Join(dir, "hapi.log")
	log, err := os.Create(logPath)
	if err != nil {
		t.Fatalf("starting HAPI: %v", err)
	}
	defer log.Close() //nolint:errcheck // the server has its own handle
	cmd.Stderr = log
	// The server ends when this pipe does, whatever becomes of the test.
	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("starting HAPI: %v", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("starting HAPI: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting HAPI: %v: run internal/servers/install", err)
	}
	said := make(chan string, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		watch(out, said)
		_ = cmd.Wait() // how it ended is in its log
	}()
	stop := func() {
		if t.Failed() {
			t.Logf("the end of HAPI's log:\n%s", tail(logPath))
		}
		_ = alive.Close()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	}
	select {
	case base = <-said:
		t.Cleanup(stop)
		return base, ""
	case <-ended:
	case <-time.After(hapiStarts):
		stop()
	}
	return "", tail(logPath)
}

// watch says the address that the server prints and then reads on, so that the
// server never waits for a reader.
func watch(out io.Reader, said chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			said <- m[1]
		}
	}
	_, _ = io.Copy(io.Discard, out)
}

// tail gives the end of a log.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	const most = 4 << 10
	return string(text[max(0, len(text)-most):])
}
