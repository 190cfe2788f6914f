package check_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// scrapes is what real brokers said on /metrics: a region in good health before,
// between and after two runs of its script, and a broker that ails.
type scrapes struct {
	before, between, after, ailing []byte
}

// actual scrapes once for all tests.
var actual = sync.OnceValues(func() (scrapes, error) {
	dir, err := os.MkdirTemp("", "mcr-metrics-")
	if err != nil {
		return scrapes{}, err
	}
	defer os.RemoveAll(dir)
	mcr := os.Getenv("MCR_BINARY") // for those who have built it already
	if mcr == "" {
		mcr = filepath.Join(dir, "mcr")
		build := exec.Command("go", "build", "-o", mcr, "./cmd/mcr")
		build.Dir = "../../.."
		if out, err := build.CombinedOutput(); err != nil {
			return scrapes{}, fmt.Errorf("building mcr: %w\n%s", err, out)
		}
	}
	var s scrapes
	if err := s.region(mcr, dir); err != nil {
		return s, err
	}
	return s, s.broken(mcr, dir)
})

// region runs the demo and its script.
func (s *scrapes) region(mcr, dir string) error {
	data := filepath.Join(dir, "data")
	end, err := start(dir, mcr, "demo", "--data", data, "--listen", "127.0.0.1:0", "--past", "0")
	if err != nil {
		return err
	}
	defer end()
	var d described
	err = eventually(func() error {
		out, err := exec.Command(mcr, "demo", "--describe", "--data", data).CombinedOutput()
		if err != nil {
			return fmt.Errorf("describing the region: %w: %s", err, out)
		}
		return json.Unmarshal(out, &d)
	})
	if err != nil {
		return err
	}
	for _, into := range []*[]byte{&s.before, &s.between, &s.after} {
		if into != &s.before {
			if out, err := exec.Command(mcr, "demo", "--script", "--data", data).CombinedOutput(); err != nil {
				return fmt.Errorf("running the script: %w\n%s", err, out)
			}
			if err := d.story(); err != nil {
				return err
			}
		}
		err := eventually(func() (err error) {
			*into, err = get(d.Metrics)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const ailing = `{
	admin off
	auto_https off
	persist_config off
	metrics
	servers {
		listener_wrappers {
			broker
		}
	}
	log default {
		exclude http.handlers.reverse_proxy http.log.error http.log.access
	}
	broker {
		id ailing
		data %[1]s/ailing
		sources %[1]s/sources
		revocations %[1]s/revoked.jsonl
		spool {
			min_free 900PiB
		}
		proof {
			policy %[1]s/policy
		}
		issuer https://issuer.example {
			jwks_url http://%[2]s/jwks
			audience https://mycarerecord.example
			algorithms ES256
			clients portal
			userinfo http://%[2]s/me
		}
	}
}
http://%[3]s {
	bind 127.0.0.1
	metrics /metrics
	handle /fhir* {
		broker acute
	}
}
`

// broken runs a broker that has no room for records, no issuer, a revocation list that
// cannot be read, and a witness that is away.
func (s *scrapes) broken(mcr, dir string) error {
	nobody, err := free()
	if err != nil {
		return err
	}
	listen, err := free()
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"Caddyfile":          fmt.Sprintf(ailing, dir, nobody, listen),
		"policy":             "witness rxa witness.example+20bc7f2b+BMhTrQ8M0rYZrqks7sT9VqJNZJnVhM55JX5Fz9gTm2Cn http://" + nobody + "\nquorum rxa\n",
		"revoked.jsonl":      "this is not a revocation\n",
		"sources/acute.yaml": "name: Acute\nods: RZ1\nkind: acute\ntelephone: '01632 960100'\nbase_url: http://" + nobody + "/fhir\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	end, err := start(dir, mcr, "run", "--config", filepath.Join(dir, "Caddyfile"))
	if err != nil {
		return err
	}
	defer end()
	return eventually(func() error {
		if _, err := http.Get("http://" + listen + "/fhir/metadata"); err != nil {
			return err
		}
		if s.ailing, err = get("http://" + listen + "/metrics"); err != nil {
			return err
		}
		if !bytes.Contains(s.ailing, []byte("mcr_unrecorded_total")) {
			return fmt.Errorf("the ailing broker has not refused anything for want of a record")
		}
		return nil
	})
}

// start starts a program and gives what ends it, and it alone.
func start(dir, program string, args ...string) (end func(), err error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // how it ended is of no interest
	}, nil
}

// eventually tries for up to a minute.
func eventually(try func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

func get(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return text, err
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// measured puts the scrapes on a time line of an hour that ends now.
func measured(t *testing.T) *memory {
	t.Helper()
	s, err := actual()
	if err != nil {
		t.Fatal(err)
	}
	// What a broker says of a registry in PostgreSQL, which the region has not; registry/postgres
	// keeps it true.
	shared, err := os.ReadFile("testdata/shared-registry.metrics")
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	for minute := -60; minute <= 0; minute++ {
		at := now.Add(time.Duration(minute) * time.Minute)
		text := s.after
		switch {
		case minute < -5:
			text = s.before
		case minute < -2:
			text = s.between
		}
		m.scraped(t, text, "region", at)
		m.scraped(t, s.ailing, "ailing", at)
		m.scraped(t, shared, "shared", at)
	}
	return m
}
