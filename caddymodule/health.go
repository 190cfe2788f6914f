package caddymodule

import (
	"encoding/json"
	"errors"
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
//     spool cannot be written, or data was taken away underneath, since then nothing can
//     be released.
//   - /readyz: 200 when every part is ready; 503 with the parts that are not, in words.
//     What somebody must look at though the broker serves is "red", with 200: a load
//     balancer must not take away what works.
//
// Both are 503 when the policies in force can decide nothing.
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
	"start":    "the broker is starting",
	"data":     "another process has the data folder",
	"tokens":   "tokens cannot be verified",
	"registry": "permissions and relationships cannot be read",
	"trail":    "records cannot be written",
	"in-place": "data was taken away or replaced underneath",
	"policies": "nothing can be decided by the policies in force",

	"registry-unheard":   "the registry has not been heard of lately: what is known of it may be out of date, and is not used",
	"registry-behind":    "the registry lacks what this broker has seen of it: nothing of it is used until an operator has looked",
	"registry-schema":    "the registry's database is of another version than this program: nothing of it is used",
	"registry-unwritten": "what a patient said could not be recorded: views go on by what is known",
	"registry-seen":      "what was seen of the registry cannot be kept: after a restart one that lost changes would be believed",

	"spool-lost":          "records that were written on this machine are lost before the trail had them",
	"spool-flaws":         "files of the spool were damaged, and no record was lost",
	"spool-hold":          "delivered records leave the spool earlier than was set",
	"spool-packing":       "full segments of the spool cannot be packed",
	"trail-refuses":       "the trail's store does not take this broker's records, which wait on this machine",
	"trail-missing":       "records that the trail's store had are missing or altered there, and cannot be given to it again",
	"trail-not-compared":  "the trail's store has not been compared for an hour with what was delivered to it",
	"trail-not-complete":  "of yesterday or today, what was answered, recorded and stored is not the same",
	"token-introspection": "an issuer does not answer about tokens that are no JWTs: people with such tokens are not let in",
	"token-userinfo":      "an issuer does not say who people are: they are not let in",
	"logout-passed-on":    "a session that an issuer ended may go on at another broker",
	"ended-sessions":      "a session that an issuer ended could not be kept: after a restart its tokens would be accepted again",

	"log":       "the trail's proofs are not kept up: nothing is signed",
	"witnesses": "too few witnesses cosign the trail's checkpoints",

	"source-address": "an address of a source does not answer and is passed by",

	"policies-overridden":    "policies that do not pass their own checks are in force by override",
	"policies-own-last-good": "the last good own rules of an organisation are in force, since its newest do not pass their checks",
	"policies-canary-back":   "a release of the policies on trial was taken back, since requests came out worse by it",
	"policies-last-good":     "the last good policies are in force, since the newest do not pass their checks",
	"policies-folder":        "the folder of policies holds something else than what is in force",
	"policies-unseen":        "the policies in force have not been looked at for two minutes",
	"policies-unprobed":      "no case tells whether the policies in force still decide as they should",
	"policies-not-kept":      "the policies in force could not be kept for a later start",

	"policies-release-refused": "the newest release of the policies is refused, and those in force go on",
	"policies-release-too-old": "it has not been known for too long whether there are newer policies",
}

// ServeHTTP answers the two paths.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	wrong, red := map[string]string{}, map[string]string{}
	switch r.URL.Path {
	case "/healthz":
		if h.app.inUse != nil {
			wrong["data"] = ""
			break
		}
		if h.app.shared.recording() != nil {
			wrong["trail"] = ""
		}
		if h.app.shared.inPlace() != nil {
			wrong["in-place"] = ""
		}
		if _, undecided := h.app.ruling.state(); undecided != nil {
			wrong["policies"] = ""
		}
	case "/readyz":
		wrong, red = h.app.ready(r.Context())
	default:
		return next.ServeHTTP(w, r)
	}
	return tell(w, wrong, red)
}

// tell answers a stranger: of each part its words, and nothing of why.
func tell(w http.ResponseWriter, wrong, red map[string]string) error {
	status, said := http.StatusOK, "ok"
	if len(red) > 0 {
		said = "red"
	}
	if len(wrong) > 0 {
		status, said = http.StatusServiceUnavailable, "not ready"
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(map[string]any{"status": said, "wrong": toStrangers(wrong), "red": toStrangers(red)})
}

// toStrangers gives of each part its words. One that has none is counted under "other": its
// name is nothing that anybody has looked at.
func toStrangers(parts map[string]string) map[string]string {
	told := make(map[string]string, len(parts))
	for part := range parts {
		if words, known := inWords[part]; known {
			told[part] = words
		} else {
			told["other"] = "a part needs to be looked at"
		}
	}
	return told
}

func parseHealth(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	health := new(Health)
	return health, read(h, health)
}

// UnmarshalCaddyfile reads: broker_health
func (h *Health) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if d.NextArg() {
		r.fault("broker_health takes no value; take %q away", d.Val())
	}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		r.fault("broker_health has no options; take %q away", d.Val())
		r.RemainingArgs()
	}
	return errors.Join(r.faults...)
}

var (
	_ caddy.Provisioner           = (*Health)(nil)
	_ caddyhttp.MiddlewareHandler = (*Health)(nil)
	_ caddyfile.Unmarshaler       = (*Health)(nil)
)
