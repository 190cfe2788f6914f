package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(Served{})
	httpcaddyfile.RegisterHandlerDirective("broker_log", parseServed)
	httpcaddyfile.RegisterDirectiveOrder("broker_log", httpcaddyfile.Before, "handle")
}

// Served offers the Merkle logs of the trail to everybody, read-only
// (c2sp.org/tlog-tiles), and leaves every other path alone. A log holds hashes of salted
// records: they tell nothing of a record to who does not have it. That an organisation
// has a log, and how many records, can be seen.
type Served struct {
	// Path is where the logs stand: Path/ lists them, Path/<broker>/checkpoint is the newest
	// checkpoint of the broker's own. Default "/log".
	Path string `json:"path,omitempty"`

	app *App
}

// CaddyModule describes the handler to Caddy.
func (Served) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.broker_log", New: func() caddy.Module { return new(Served) }}
}

// Provision finds the app.
func (s *Served) Provision(ctx caddy.Context) error {
	if err := checkTexts(s); err != nil {
		return fmt.Errorf("broker_log: %w", err)
	}
	if s.Path == "" {
		s.Path = "/log"
	}
	if !strings.HasPrefix(s.Path, "/") || strings.HasSuffix(s.Path, "/") {
		return errors.New("broker_log: path: must begin with a slash and not end with one, as in: path /log")
	}
	app, err := ctx.App("broker")
	if err != nil {
		return err
	}
	s.app = app.(*App)
	return nil
}

// ServeHTTP answers what stands below Path.
func (s *Served) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	rest, ours := strings.CutPrefix(r.URL.Path, s.Path+"/")
	if !ours {
		return next.ServeHTTP(w, r)
	}
	if s.app.inUse != nil {
		return caddyhttp.Error(http.StatusServiceUnavailable, s.app.inUse)
	}
	below := r.WithContext(r.Context())
	below.URL = &url.URL{Path: "/" + rest}
	s.app.shared.follower.ServeHTTP(w, below)
	return nil
}

func parseServed(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	s := new(Served)
	return s, read(h, s)
}

// UnmarshalCaddyfile reads: broker_log { path <path> }
func (s *Served) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if d.NextArg() {
		r.fault("broker_log takes no value; take %q away", d.Val())
	}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		if d.Val() == "path" {
			r.text(&s.Path)
		} else {
			r.unknown("path")
		}
	}
	return r.judged(s)
}

var (
	_ caddy.Provisioner           = (*Served)(nil)
	_ caddyhttp.MiddlewareHandler = (*Served)(nil)
	_ caddyfile.Unmarshaler       = (*Served)(nil)
)
