package caddymodule

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/collect"
)

func init() {
	caddy.RegisterModule(Collector{})
	httpcaddyfile.RegisterHandlerDirective("collector", parseCollector)
	httpcaddyfile.RegisterDirectiveOrder("collector", httpcaddyfile.Before, "reverse_proxy")
}

// Collector answers POST <path>/Patient/$collect: one patient's record from every
// source's own broker, asked with the professional's own token.
type Collector struct {
	// Path is the regional FHIR address's path. Default "/fhir".
	Path string `json:"path,omitempty"`
	Brokers

	collector *collect.Collector
}

// CaddyModule describes the handler to Caddy.
func (Collector) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.collector", New: func() caddy.Module { return new(Collector) }}
}

// Provision makes the collector.
func (c *Collector) Provision(ctx caddy.Context) error {
	got, err := ctx.App("broker")
	if err != nil {
		return err
	}
	if err := checkTexts(c); err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	if c.Path == "" {
		c.Path = "/fhir"
	}
	app := got.(*App)
	if app.OnlyChecked {
		return nil // mcr validate has looked at it
	}
	collector, err := c.Brokers.collector(app, c.Path)
	if err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	if app.inUse == nil { // else there is nothing to serve with, and Start fails
		c.collector = collector
	}
	return nil
}

// ServeHTTP answers. There is nothing of a patient in the address, yet Caddy's
// access log is left out as for the broker's.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if c.collector == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	c.collector.ServeHTTP(w, fromClient(r))
	return nil
}

// fromClient gives a request the client's address where Caddy knows better than
// the connection (trusted proxies): it stands in the trail.
func fromClient(r *http.Request) *http.Request {
	if ip, ok := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string); ok && !strings.ContainsAny(ip, "[]") {
		r.RemoteAddr = net.JoinHostPort(ip, "0")
	}
	return r
}

func parseCollector(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	collector := new(Collector)
	return collector, read(h, collector)
}

// UnmarshalCaddyfile reads:
//
//	collector {
//		path    <public path>
//		brokers <address of every broker, with {source} in it>
//		source  <id> <address of its broker>
//		within  <wait for one source>
//		in_all  <wait for all>
//		at_once <collections>
//		each_person <collections>
//		max_held <memory>
//	}
func (c *Collector) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if d.NextArg() {
		r.fault("collector takes no value; take %q away", d.Val())
	}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch {
		case d.Val() == "path":
			r.text(&c.Path)
		case c.Brokers.option(&r):
		default:
			r.unknown("path, " + brokersOptions)
		}
	}
	return r.judged(c)
}

var (
	_ caddy.Provisioner           = (*Collector)(nil)
	_ caddyhttp.MiddlewareHandler = (*Collector)(nil)
	_ caddyfile.Unmarshaler       = (*Collector)(nil)
)
