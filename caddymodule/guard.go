package caddymodule

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/wire"
)

func init() {
	caddy.RegisterModule(Guard{})
}

// Guard stands before a whole server: it judges the bytes of HTTP/1 requests before
// anybody reads them (package wire), puts [Front] before all routes, and lets the listening
// socket outlast a reload (package door). Every server that the broker stands on must have
// it; without it the configuration is refused.
type Guard struct{}

// CaddyModule describes the listener wrapper to Caddy.
func (Guard) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.listeners.broker", New: func() caddy.Module { return new(Guard) }}
}

// Provision puts Front before the routes of the server and doors before its listeners.
// Caddy makes the listener wrappers of a server before its routes.
func (*Guard) Provision(ctx caddy.Context) error {
	server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok {
		return errors.New("broker: this listener wrapper is for HTTP servers")
	}
	server.Routes = slices.Insert(server.Routes, 0, caddyhttp.Route{
		HandlersRaw: []json.RawMessage{json.RawMessage(`{"handler":"broker_front"}`)},
	})
	return behindDoors(ctx, server.Listen)
}

// WrapListener judges what comes in by every connection.
func (*Guard) WrapListener(l net.Listener) net.Listener { return guarded{l} }

type guarded struct{ net.Listener }

func (g guarded) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	judged := wire.New(c, func(f wire.Fault) { turnedAway(string(f)) })
	if secure, ok := c.(tlsConn); ok {
		return guardedTLS{judged, secure}, nil
	}
	return judged, nil
}

// guardedTLS keeps what Caddy asks of a connection under TLS.
type guardedTLS struct {
	*wire.Conn
	secure tlsConn
}

type tlsConn interface{ ConnectionState() tls.ConnectionState }

func (g guardedTLS) ConnectionState() tls.ConnectionState { return g.secure.ConnectionState() }

// UnmarshalCaddyfile reads: broker
func (*Guard) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return nil
}

var (
	_ caddy.Provisioner     = (*Guard)(nil)
	_ caddy.ListenerWrapper = (*Guard)(nil)
	_ caddyfile.Unmarshaler = (*Guard)(nil)
)
