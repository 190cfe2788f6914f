package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// proxy is what stands before one source, twice: plain Caddy, of the version that is in mcr,
// and mcr. They are two programs, since mcr runs nothing that leads round a broker.
type proxy struct {
	plain, broker string    // base addresses
	secure        [2]string // the same two over TLS
	trusted       *x509.CertPool
	readyIn       time.Duration // from its start until it was ready
	command       *exec.Cmd
	unbrokered    *exec.Cmd
	data          string
	exited        chan error
}

const caddyfile = `{
	admin unix/%[1]s/data/admin.sock
	persist_config off
	log default {
		level ERROR
		exclude http.handlers.reverse_proxy http.log.error http.log.access
	}
	auto_https off
	servers {
		listener_wrappers {
			broker
		}
	}
	broker {
		id bench
		data %[1]s/data
		sources %[1]s/sources%[6]s
		issuer %[2]s {
			jwks_url %[3]s
			audience %[4]s
			algorithms ES256
		}
	}
}
(site) {
	broker_health
%[8]s	handle {
		broker bench
	}
}
http://%[5]s {
	import site
}
%[7]s {
	tls %[1]s/tls.pem %[1]s/tls-key.pem
	import site
}
`

// plainCaddyfile is plain Caddy before the same source.
const plainCaddyfile = `{
	admin unix/%[3]s
	persist_config off
	auto_https off
}
%[1]s {
	reverse_proxy %[2]s
}
%[4]s {
	tls %[5]s/tls.pem %[5]s/tls-key.pem
	reverse_proxy %[2]s
}
`

func startProxy(dir, upstream string, people *population, as layout) (*proxy, error) {
	binary := os.Getenv("MCR_BINARY")
	if binary == "" {
		binary = filepath.Join(dir, "mcr")
		if out, err := exec.Command("go", "build", "-o", binary, "./cmd/mcr").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building mcr: %w\n%s", err, out)
		}
	}
	plain := filepath.Join(dir, "caddy")
	if out, err := exec.Command("go", "build", "-o", plain, "github.com/caddyserver/caddy/v2/cmd/caddy").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building Caddy: %w\n%s", err, out)
	}
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	p := &proxy{
		data: filepath.Join(dir, "data"), plain: "http://" + ports[0], broker: "http://" + ports[1],
		secure: [2]string{"https://" + ports[2], "https://" + ports[3]}, exited: make(chan error, 1),
	}
	if p.trusted, err = certified(dir); err != nil {
		return nil, err
	}
	if err := errors.Join(
		os.MkdirAll(filepath.Join(dir, "data"), 0o700), as.write(dir, upstream),
		os.WriteFile(filepath.Join(dir, "Caddyfile"), fmt.Appendf(nil, caddyfile, dir, people.issuer.Name, people.issuer.URL,
			audience, ports[1], as.options(dir), p.secure[1], as.handles()), 0o644),
		os.WriteFile(filepath.Join(dir, "plain.Caddyfile"), fmt.Appendf(nil, plainCaddyfile, p.plain, upstream, p.unbrokeredAdmin(), p.secure[0], dir), 0o644),
		people.register(dir, binary),
	); err != nil {
		return nil, err
	}
	p.unbrokered = exec.Command(plain, "run", "--adapter", "caddyfile", "--config", filepath.Join(dir, "plain.Caddyfile"))
	p.unbrokered.Env = append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir, "HOME="+dir, "GOGC="+cmp.Or(os.Getenv("GOGC"), "200")) // as mcr
	if err := p.unbrokered.Start(); err != nil {
		return nil, err
	}
	p.command = exec.Command(binary, "run", "--config", filepath.Join(dir, "Caddyfile"))
	p.command.Env = append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir, "HOME="+dir)
	said := new(bytes.Buffer)
	p.command.Stderr = said
	began := time.Now()
	if err := p.command.Start(); err != nil {
		_ = p.unbrokered.Process.Kill()
		return nil, err
	}
	go func() { p.exited <- p.command.Wait() }()
	if err := p.awaited(); err != nil {
		p.stop()
		return nil, fmt.Errorf("starting mcr: %w\n%s", err, said)
	}
	p.readyIn = time.Since(began)
	return p, nil
}

// awaited waits until the broker's site answers.
func (p *proxy) awaited() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // many rules are judged at a first start
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	last := "nothing"
	for {
		select {
		case err := <-p.exited:
			p.exited <- err
			return fmt.Errorf("it ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("%w; /readyz last said %s", ctx.Err(), last)
		case <-tick.C:
			answer, err := http.Get(p.broker + "/readyz")
			if err == nil {
				body, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
				answer.Body.Close()
				if answer.StatusCode == http.StatusOK {
					return nil
				}
				last = string(body)
			}
		}
	}
}

func (p *proxy) stop() {
	_ = p.unbrokered.Process.Kill()
	_ = p.unbrokered.Wait()
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited: //nolint:errcheck // it ended, as it was told to
	case <-time.After(20 * time.Second):
		_ = p.command.Process.Kill()
	}
}

// unbrokeredAdmin is plain Caddy's admin socket.
func (p *proxy) unbrokeredAdmin() string { return filepath.Join(p.data, "caddy.sock") }

// processes are plain Caddy and mcr.
func (p *proxy) processes() (plain, broker process) {
	return process{p.unbrokered.Process.Pid, p.unbrokeredAdmin()}, process{p.command.Process.Pid, filepath.Join(p.data, "admin.sock")}
}

// profile takes a CPU profile of mcr for a while; what it returns waits for it.
func (p *proxy) profile(path string, lasts time.Duration) (func() error, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() {
		_, broker := p.processes()
		answer, err := broker.overAdmin().Get(fmt.Sprintf("http://mcr/debug/pprof/profile?seconds=%d", int(lasts.Seconds())))
		if err == nil {
			_, err = io.Copy(file, answer.Body)
			answer.Body.Close()
		}
		done <- errors.Join(err, file.Close())
	}()
	return func() error { return <-done }, nil
}

func freePorts(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // only its port is wanted
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}
