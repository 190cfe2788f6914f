package caddymodule

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/door"
	"github.com/mycarerecord/mcr/wire"
)

func init() {
	caddy.RegisterModule(Front{})
}

const (
	otherHost = "unknown-host"
	connect   = "connect"
	nobody    = "not-found" // a path that nothing in the Caddyfile answers
)

// Front stands before all routes of a server. A host that no site names is told so
// with 421 (RFC 9110 section 15.5.20) and what nothing answers with 404: Caddy's own
// answer to both is 200 and nothing. It completes the headers of every answer (secure).
// [Guard] puts it there, for HTTP/1, 2 and 3.
type Front struct {
	hosts []caddyhttp.MatchHost
	every bool // there is a site without a host: it is every host's
}

// CaddyModule describes the handler to Caddy.
func (Front) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.broker_front", New: func() caddy.Module { return new(Front) }}
}

// Provision finds the hosts that the sites of this server name.
func (f *Front) Provision(ctx caddy.Context) error {
	server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok {
		return errors.New("broker_front: this stands before the routes of a server")
	}
	for _, route := range server.Routes[1:] { // the first is this one
		f.every = f.every || len(route.MatcherSets) == 0
		for _, set := range route.MatcherSets {
			named := false
			for _, matcher := range set {
				switch m := matcher.(type) {
				case *caddyhttp.MatchHost:
					f.hosts, named = append(f.hosts, *m), true
				case caddyhttp.MatchHost:
					f.hosts, named = append(f.hosts, m), true
				}
			}
			f.every = f.every || !named
		}
	}
	return nil
}

// ServeHTTP turns away what is not for here, and sees to it that somebody answers.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	door.Through(r.Context().Value(http.LocalAddrContextKey))
	answer := &answering{ResponseWriterWrapper: &caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, request: r}
	switch {
	case r.Method == http.MethodConnect:
		return away(answer, r, connect, http.StatusMisdirectedRequest)
	case disagreeing(r):
		return away(answer, r, string(wire.BadHost), http.StatusBadRequest)
	case !f.named(r):
		return away(answer, r, otherHost, http.StatusMisdirectedRequest)
	}
	err := next.ServeHTTP(answer, r)
	switch {
	case err != nil && !answer.begun: // Caddy answers with its status, past what is here
		secure(w.Header(), r)
		return err
	case err != nil || answer.begun:
		return err
	}
	return away(answer, r, nobody, http.StatusNotFound)
}

func (f *Front) named(r *http.Request) bool {
	if f.every {
		return true
	}
	for _, m := range f.hosts {
		if ok, err := m.MatchWithError(r); ok && err == nil {
			return true
		}
	}
	return false
}

// disagreeing: HTTP/2 and 3 say the host in :authority, and a Host field beside it
// must be the same (RFC 9113 section 8.3.1). HTTP/1's own was judged in its bytes.
func disagreeing(r *http.Request) bool {
	for _, host := range r.Header["Host"] {
		if host != r.Host {
			return true
		}
	}
	return len(r.Header["Host"]) > 1
}

func away(w http.ResponseWriter, r *http.Request, reason string, status int) error {
	turnedAway(reason)
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true) // an address may name a patient
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := fmt.Fprintln(w, http.StatusText(status))
	return err
}

// answering notes whether anybody answers, and completes the header of what it is.
type answering struct {
	*caddyhttp.ResponseWriterWrapper
	request *http.Request
	begun   bool
}

// begin: from here on the header has left, or is about to.
func (a *answering) begin() {
	if !a.begun {
		a.begun = true
		secure(a.Header(), a.request)
	}
}

func (a *answering) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.begin()
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answering) Write(p []byte) (n int, err error) {
	a.begin()
	if !a.whole(p) {
		return a.ResponseWriter.Write(p)
	}
	err = door.Together(a.request.Context().Value(http.LocalAddrContextKey), func() (err error) {
		if n, err = a.ResponseWriter.Write(p); err == nil {
			err = http.NewResponseController(a.ResponseWriter).Flush()
		}
		return err
	})
	return n, err
}

// whole reports whether p is all of an answer of HTTP/1, which leaves at once.
func (a *answering) whole(p []byte) bool {
	length := a.Header()["Content-Length"]
	return len(length) == 1 && a.request.ProtoMajor == 1 && length[0] == strconv.Itoa(len(p))
}

func (a *answering) ReadFrom(r io.Reader) (int64, error) {
	a.begin()
	return a.ResponseWriterWrapper.ReadFrom(r)
}

func (a *answering) FlushError() error {
	a.begin()
	return http.NewResponseController(a.ResponseWriter).Flush()
}

func (a *answering) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.begun = true
	return http.NewResponseController(a.ResponseWriter).Hijack()
}

var (
	_ caddy.Provisioner           = (*Front)(nil)
	_ caddyhttp.MiddlewareHandler = (*Front)(nil)
)
