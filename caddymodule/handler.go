package caddymodule

import (
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/mycarerecord/mcr/broker"
)

func init() {
	caddy.RegisterModule(Handler{})
}

// Handler is the broker in front of one source. It asks the source itself: nothing stands
// behind it in its route, and nothing else in the process leads to the source.
type Handler struct {
	// Source is the id of the source, as its file in the sources folder says.
	Source string `json:"source"`
	// Path is the public path of the source's FHIR API. Default "/fhir".
	Path string `json:"path,omitempty"`
	// PublicURL is the address of Path as clients know it, for the links in
	// answers. Default: made from each request's Host.
	PublicURL string `json:"public_url,omitempty"`
	// BaseURL replaces the source's base_url: where the FHIR API is. Its path stands before
	// every request that is sent there. Several addresses, of the same scheme and path, are
	// tried in their order: one that cannot be reached, or breaks off before it answers, is
	// passed by for FailDuration.
	BaseURL Bases `json:"base_url,omitempty"`
	// Socket is the unix socket at which the source listens, instead of base_url's host.
	Socket string `json:"socket,omitempty"`
	// Transport is how the source is reached: the options of Caddy's own HTTP transport.
	// Default: dial_timeout 3s, response_header_timeout the source's timeout (its share of it,
	// where there are several addresses), no compression, HTTP/1.1 or, by TLS, 2, and no proxy,
	// whatever the environment says. Redirects are never followed.
	Transport *reverseproxy.HTTPTransport `json:"transport,omitempty"`
	// FailDuration is how long an address is passed by. Default 10s.
	FailDuration caddy.Duration `json:"fail_duration,omitempty"`
	// HealthURI is a path that each address is asked for every HealthInterval, by a plain GET:
	// one that does not answer 2xx is passed by until it does. Default: none is asked; 10s.
	HealthURI      string         `json:"health_uri,omitempty"`
	HealthInterval caddy.Duration `json:"health_interval,omitempty"`
	// Alone declares the source here, where no file of the sources folder does.
	Alone *Alone `json:"alone,omitempty"`

	Scopes
	// Smart says where applications have people sign in. Default: it is not said.
	Smart *Smart `json:"smart,omitempty"`
	// CORS says which applications may ask from a browser. Default: none.
	CORS CORS `json:"cors,omitzero"`

	app    *App
	broker *broker.Broker
	source broker.Next
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
	if h.app.OnlyChecked {
		return h.tryTransport(ctx) // mcr validate has looked at the rest
	}
	if err := checkTexts(h); err != nil {
		return fmt.Errorf("broker %s: %w", h.Source, err)
	}
	source, err := h.declared()
	if err != nil {
		return err
	}
	reaches, err := h.reaching(ctx, source)
	if err != nil {
		return fmt.Errorf("broker %s: %w", h.Source, err)
	}
	h.source = broker.Through(reaches)
	h.app.reaches = append(h.app.reaches, reaches)
	if h.app.inUse != nil {
		return nil // there is nothing to serve with, and Start fails
	}
	h.broker, err = broker.New(broker.Config{
		Broker: h.app.ID, Source: source, Path: h.Path, PublicURL: h.PublicURL,
		Scopes: h.asked(), Smart: (*broker.Smart)(h.Smart), Origins: h.CORS.Origins, PrivateNetwork: h.CORS.PrivateNetwork,
		OrganisationKinds: h.kinds(source),
		Verifier:          h.app.verifier, Gatherer: h.app.shared.registry, Decider: h.app.ruling,
		Recorder: recorder{h.app.shared}, Prepare: broker.Preparing(h.app.shared.registry.Prepare),
		Protector: h.app.shared.protector, Vouched: h.app.vouched, Pages: h.app.shared.pages, Walking: h.app.shared.walking, Hour: h.app.shared.hour,
		Directory: h.app.shared.directory, Documents: h.app.shared.documents, Wholes: h.app.shared.wholes, Room: h.app.shared.room,
		IdentityFor: time.Duration(h.app.IdentityFor), Log: h.app.log,
		Counter: h.app.shared.counts, PermissionLongest: h.app.ruling.permissionLongest,
	})
	return err
}

// ServeHTTP hands the request over. Caddy's own access log is left out: it would
// hold the address, and with it what names the patient. The broker writes its
// own line, with the record's id.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if h.broker == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	ctx := r.Context()
	caddyhttp.SetVar(ctx, caddyhttp.LogSkipVar, true)
	if ip, ok := caddyhttp.GetVar(ctx, caddyhttp.ClientIPVarKey).(string); ok {
		r = r.WithContext(broker.WithClientIP(ctx, ip))
	}
	h.broker.Serve(w, r, h.source)
	return nil
}

var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
