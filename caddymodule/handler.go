package caddymodule

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/mycarerecord/mcr/broker"
)

func init() {
	caddy.RegisterModule(Handler{})
}

// Handler is the broker in front of one source. It stands directly before the
// reverse_proxy to that source.
type Handler struct {
	// Source is the id of the source, as its file in the sources folder says.
	Source string `json:"source"`
	// Path is the public path of the source's FHIR API. Default "/fhir".
	Path string `json:"path,omitempty"`
	// PublicURL is the address of Path as clients know it, for the links in
	// answers. Default: made from each request's Host.
	PublicURL string `json:"public_url,omitempty"`
	// BaseURL replaces the source's base_url: where the FHIR API is behind the
	// reverse_proxy. Its path stands before every request that is forwarded.
	BaseURL string `json:"base_url,omitempty"`
	// Alone declares the source here, where no file of the sources folder does.
	Alone *Alone `json:"alone,omitempty"`

	Scopes
	// Smart says where applications have people sign in. Default: it is not said.
	Smart *Smart `json:"smart,omitempty"`
	// CORS says which applications may ask from a browser. Default: none.
	CORS CORS `json:"cors,omitzero"`

	app    *App
	broker *broker.Broker
}

// CaddyModule describes the handler to Caddy.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.broker", New: func() caddy.Module { return new(Handler) }}
}

// Provision finds the shared parts and makes the broker.
func (h *Handler) Provision(ctx caddy.Context) error {
	app, err := ctx.App("broker")
	if err != nil {
		return err
	}
	h.app = app.(*App)
	source, err := h.source()
	if err != nil {
		return err
	}
	if h.app.inUse != nil {
		return nil // there is nothing to serve with, and Start fails
	}
	h.broker, err = broker.New(broker.Config{
		Broker: h.app.ID, Source: source, Path: h.Path, PublicURL: h.PublicURL,
		Scopes: h.asked(), Smart: (*broker.Smart)(h.Smart), Origins: h.CORS.Origins,
		Verifier: h.app.verifier, Gatherer: h.app.shared.registry, Decider: h.app.ruling,
		Recorder: recorder{h.app.shared}, Prepare: broker.Preparing(h.app.shared.registry.Prepare),
		Protector: h.app.shared.protector, Vouched: h.app.vouched, Pages: h.app.shared.pages, Walking: h.app.shared.walking,
		Directory: h.app.shared.directory, Documents: h.app.shared.documents, Wholes: h.app.shared.wholes, Room: h.app.shared.room,
		IdentityFor: time.Duration(h.app.IdentityFor), Log: h.app.log,
		Counter: h.app.shared.counts, PermissionFor: h.app.ruling.permissionFor(),
	})
	return err
}

// ServeHTTP hands the request over. Caddy's own access log is left out: it would
// hold the address, and with it what names the patient. The broker writes its
// own line, with the record's id.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if h.broker == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	ctx := r.Context()
	caddyhttp.SetVar(ctx, caddyhttp.LogSkipVar, true)
	if ip, ok := caddyhttp.GetVar(ctx, caddyhttp.ClientIPVarKey).(string); ok {
		r = r.WithContext(broker.WithClientIP(ctx, ip))
	}
	h.broker.Serve(w, r, apart(next))
	return nil
}

// apart gives each question to the source a table of Caddy's variables of its own. One
// request asks several times, and a connection that an earlier question began to open reads
// the table still while reverse_proxy writes to it for the next: Go ends the process for that.
func apart(next caddyhttp.Handler) broker.Next {
	return func(w http.ResponseWriter, r *http.Request) error {
		vars, _ := r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any)
		return next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, maps.Clone(vars))))
	}
}

var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
