package caddymodule

import (
	"encoding/json"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(Health{})
	httpcaddyfile.RegisterHandlerDirective("broker_health", parseHealth)
	httpcaddyfile.RegisterDirectiveOrder("broker_health", httpcaddyfile.Before, "handle")
}

// Health answers /healthz and /readyz, and leaves every other path alone.
//
//   - /healthz: 200 while this process can record what it does; 503 when the
//     spool cannot be written, since then nothing can be released.
//   - /readyz: 200 when every part is ready; 503 with the parts that are not, in words.
type Health struct{ app *App }

// CaddyModule describes the handler to Caddy.
func (Health) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.broker_health", New: func() caddy.Module { return new(Health) }}
}

// Provision finds the app.
func (h *Health) Provision(ctx caddy.Context) error {
	app, err := ctx.App("broker")
	if err != nil {
		return err
	}
	h.app = app.(*App)
	return nil
}

// inWords is what strangers are told: what is not ready, and neither why nor where.
// The admin address has it in full (Admin).
var inWords = map[string]string{
	"data":     "another process has the data folder",
	"tokens":   "tokens cannot be verified",
	"registry": "permissions and relationships cannot be read",
	"trail":    "records cannot be written",
}

// ServeHTTP answers the two paths.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	wrong := map[string]string{}
	switch r.URL.Path {
	case "/healthz":
		if h.app.inUse != nil {
			wrong["data"] = ""
		} else if h.app.shared.recording() != nil {
			wrong["trail"] = ""
		}
	case "/readyz":
		wrong = h.app.ready(r.Context())
	default:
		return next.ServeHTTP(w, r)
	}
	status, said := http.StatusOK, "ok"
	if len(wrong) > 0 {
		status, said = http.StatusServiceUnavailable, "not ready"
	}
	for part := range wrong {
		wrong[part] = inWords[part]
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(map[string]any{"status": said, "wrong": wrong})
}

func parseHealth(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	health := new(Health)
	return health, health.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads: broker_health
func (h *Health) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return nil
}

var (
	_ caddy.Provisioner           = (*Health)(nil)
	_ caddyhttp.MiddlewareHandler = (*Health)(nil)
	_ caddyfile.Unmarshaler       = (*Health)(nil)
)
