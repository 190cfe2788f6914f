package caddymodule

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("broker", parseApp)
	httpcaddyfile.RegisterHandlerDirective("broker", parseHandler)
	httpcaddyfile.RegisterDirectiveOrder("broker", httpcaddyfile.Before, "reverse_proxy")
}

func parseApp(d *caddyfile.Dispenser, before any) (any, error) {
	first := next(d)
	app := new(App)
	err := errors.Join(append(unsetIn(first.File), app.UnmarshalCaddyfile(d))...)
	if _, again := before.(httpcaddyfile.App); again && err == nil {
		err = misplaced{whereIs(first), twoBlocks}
	}
	if _, told := before.(gathering); err != nil && !told {
		return nil, allFaults(first.File, err)
	}
	app.Contents = app.contents()
	return httpcaddyfile.App{Name: "broker", Value: caddyconfig.JSON(app, nil)}, nil
}

const twoBlocks = "broker: this block stands here twice; keep one, with the options of both"

func parseHandler(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, read(h, handler)
}

// read reads a directive of ours. All faults of the file are told with its first, but when
// somebody gathers them who wants the rest of the configuration too.
func read(h httpcaddyfile.Helper, into caddyfile.Unmarshaler) error {
	first := next(h.Dispenser)
	err := into.UnmarshalCaddyfile(h.Dispenser)
	if _, told := h.Option(gatheringOption).(gathering); err == nil || told {
		return nil
	}
	return allFaults(first.File, err)
}

// next gives the next token, and stays before it.
func next(d *caddyfile.Dispenser) caddyfile.Token {
	d.Next()
	defer d.Reset()
	return d.Token()
}

// UnmarshalCaddyfile reads:
//
//	broker <source> {
//		path       <public path>
//		base_url   <address of the FHIR API> [<further addresses of the same>]
//		socket     <path of the source's unix socket, instead of base_url's host>
//		transport {
//			<options of Caddy's HTTP transport>
//		}
//		fail_duration, health_interval <duration>
//		health_uri <path>
//		public_url <address of path as clients know it>
//		alone {
//			name, ods, kind, telephone, timeout, max_bytes <value>
//		}
//		require_scope <one or more>
//		require_smart_scopes
//		smart {
//			authorization_endpoint, token_endpoint, issuer, jwks_uri <address>
//			scopes, capabilities <one or more>
//		}
//		cors {
//			origin <one or more>
//			private_network
//		}
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if !d.NextArg() {
		r.fault("name the source, as in: broker gp-riverside")
	} else {
		h.Source = d.Val()
	}
	if d.NextArg() {
		r.fault("one source only; take %q away", d.Val())
	}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		if h.Scopes.option(&r) {
			continue
		}
		switch d.Val() {
		case "path":
			r.text(&h.Path)
		case "base_url":
			h.BaseURL = r.list(h.BaseURL)
		case "socket":
			r.text(&h.Socket)
		case "transport":
			h.Transport = r.transport(h.Transport)
		case "fail_duration":
			r.duration(&h.FailDuration)
		case "health_uri":
			r.text(&h.HealthURI)
		case "health_interval":
			r.duration(&h.HealthInterval)
		case "public_url":
			r.text(&h.PublicURL)
		case "alone":
			h.Alone = r.alone()
		case "smart":
			h.Smart = r.smart()
		case "cors":
			r.cors(&h.CORS)
		default:
			r.unknown("path, base_url, socket, transport, fail_duration, health_uri, health_interval, public_url, alone, require_scope, require_smart_scopes, smart, cors")
		}
	}
	return r.judged(h)
}

// UnmarshalCaddyfile reads the global option block "broker"; the root Caddyfile
// shows every option with its meaning.
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if args := d.RemainingArgs(); len(args) > 0 {
		r.fault("broker: here it is the block of what all brokers share, and takes no value; take %q away, or write it into a site", strings.Join(args, " "))
	}
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch d.Val() {
		case "id":
			r.text(&a.ID)
		case "data":
			r.text(&a.Data)
		case "sources":
			r.text(&a.Sources)
		case "policies":
			r.text(&a.Policies)
		case "policies_override":
			a.Override = r.override()
		case "own_policies":
			r.ownPolicies(a)
		case "releases":
			a.Releases = r.releases()
		case "registry":
			r.registry(&a.Registry)
		case "forwarded_by":
			r.forwardedBy(a)
		case "patient":
			r.text(&a.Patient)
		case "revocations":
			r.text(&a.Revocations)
		case "identity_for":
			r.duration(&a.IdentityFor)
		case "max_held":
			r.bytes(&a.MaxHeld)
		case "walking":
			r.walking(a)
		case "trail":
			r.text(&a.Trail.Kind)
			if d.NextArg() {
				a.Trail.DSN = Address(d.Val())
			}
		case "spool":
			r.spool(&a.Spool)
		case "proof":
			r.proof(&a.Proof)
		case "retention":
			r.retention(&a.Retention)
		case "issuer":
			a.Issuers = append(a.Issuers, r.issuer())
		default:
			r.unknown("id, data, sources, policies, policies_override, releases, own_policies, registry, trail, spool, proof, retention, forwarded_by, patient, issuer, revocations, identity_for, max_held, walking")
		}
	}
	return r.judged(a)
}

// allFaults gives every fault of every directive of ours in a file: Caddy itself stops at
// the first.
func allFaults(file string, first error) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return first
	}
	written, err := Read(file, text)
	if err != nil || len(written.faults) == 0 {
		return first
	}
	return fmt.Errorf(CaddyfileHasFaults+"\n%w", errors.Join(written.faults...))
}

// CaddyfileHasFaults begins the error of a Caddyfile whose directives of ours could not be read.
const CaddyfileHasFaults = "the Caddyfile has faults:"

var (
	_ caddyfile.Unmarshaler = (*App)(nil)
	_ caddyfile.Unmarshaler = (*Handler)(nil)
)
