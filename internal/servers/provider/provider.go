//go:build servers

package provider

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/internal/servers"
)

//go:embed provider.mjs
var program []byte

// Setup is what a provider knows.
type Setup struct {
	Audience string                    `json:"audience"` // whom access tokens are for, unless a client asks otherwise
	Scope    string                    `json:"scope"`    // what there is at any audience, space between
	People   map[string]map[string]any `json:"people"`   // who may sign in: their claims, by "sub"
	Clients  []map[string]any          `json:"clients"`  // RFC 7591, and the members that provider.mjs has of its own
	TLS      Certificate               `json:"tls"`      // of the address that asks for a client's certificate
}

// Certificate is a certificate and its key, in PEM.
type Certificate struct {
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// Provider is a running provider.
type Provider struct {
	Issuer string // "http://127.0.0.1:23456", the "iss" of its tokens
	Secure string // "https://127.0.0.1:23457": the same, where clients are asked for a certificate

	dir  string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	mu   sync.Mutex // one order at a time
	said bytes.Buffer
}

// Start starts a provider. It ends with Close, or with this process.
func Start(setup Setup) (*Provider, error) {
	modules, err := servers.Installed("provider/node_modules")
	if err != nil {
		return nil, fmt.Errorf("starting the OpenID provider: %w", err)
	}
	p := new(Provider)
	if p.dir, err = os.MkdirTemp("", "mcr-provider-"); err != nil {
		return nil, fmt.Errorf("starting the OpenID provider: %w", err)
	}
	if err := p.start(setup, modules); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the OpenID provider: %w\n%s", err, &p.said), os.RemoveAll(p.dir))
	}
	return p, nil
}

func (p *Provider) start(setup Setup, modules string) error {
	text, err := json.Marshal(setup)
	if err != nil {
		return err
	}
	// Node looks for modules beside the program.
	err = errors.Join(os.Symlink(modules, filepath.Join(p.dir, "node_modules")),
		os.WriteFile(filepath.Join(p.dir, "provider.mjs"), program, 0o600),
		os.WriteFile(filepath.Join(p.dir, "setup.json"), text, 0o600))
	if err != nil {
		return err
	}
	p.cmd = exec.Command("node", filepath.Join(p.dir, "provider.mjs"), filepath.Join(p.dir, "setup.json"))
	p.cmd.Stderr = &p.said
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		p.in, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return err
	}
	p.out = bufio.NewScanner(out)
	var at struct{ Issuer, Secure string }
	if err := p.answered(&at); err != nil {
		return errors.Join(err, p.stop())
	}
	p.Issuer, p.Secure = at.Issuer, at.Secure
	return nil
}

// answered reads a line.
func (p *Provider) answered(into any) error {
	if !p.out.Scan() {
		return errors.Join(errors.New("it ended"), p.out.Err())
	}
	return json.Unmarshal(p.out.Bytes(), into)
}

// order has the provider do something, and returns what it says when it is done.
func (p *Provider) order(order map[string]any, into any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	line, err := json.Marshal(order)
	if err == nil {
		_, err = p.in.Write(append(line, '\n'))
	}
	if err == nil {
		err = p.answered(into)
	}
	if err != nil {
		return fmt.Errorf("asking the OpenID provider to %v: %w", order["do"], err)
	}
	return nil
}

// Rotate starts the provider again with new keys. Those before stay published, if keep
// says so; what was signed in is forgotten.
func (p *Provider) Rotate(keep bool) error {
	return p.order(map[string]any{"do": "rotate", "keep": keep}, &struct{}{})
}

// Away breaks every connection to the provider, from now on or no longer.
func (p *Provider) Away(away bool) error {
	return p.order(map[string]any{"do": "away", "away": away}, &struct{}{})
}

// Given counts the tokens that were given, by grant: "authorization_code", "refresh_token".
func (p *Provider) Given() (by map[string]int, err error) {
	return by, p.order(map[string]any{"do": "given"}, &by)
}

// Slow puts the provider's clock behind: what it gives out then is so old.
func (p *Provider) Slow(by time.Duration) error {
	return p.order(map[string]any{"do": "slow", "seconds": int(by.Seconds())}, &struct{}{})
}

// Said is what the provider complained of.
func (p *Provider) Said() string { return p.said.String() }

// Close ends the provider.
func (p *Provider) Close() error { return errors.Join(p.stop(), os.RemoveAll(p.dir)) }

func (p *Provider) stop() error {
	_ = p.in.Close() // upon which it ends
	timer := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("ending the OpenID provider: %w\n%s", err, &p.said)
	}
	return nil
}
