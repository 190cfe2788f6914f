package caddymodule

import (
	"errors"
	"fmt"
	"os"

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

func parseApp(d *caddyfile.Dispenser, _ any) (any, error) {
	file := fileOf(d)
	app := new(App)
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, allFaults(file, err)
	}
	app.Contents = app.contents()
	return httpcaddyfile.App{Name: "broker", Value: caddyconfig.JSON(app, nil)}, nil
}

func parseHandler(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	file := fileOf(h.Dispenser)
	handler := new(Handler)
	if err := handler.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, allFaults(file, err)
	}
	return handler, nil
}

// fileOf gives the file that the next token stands in.
func fileOf(d *caddyfile.Dispenser) string {
	d.Next()
	defer d.Reset()
	return d.File()
}

// UnmarshalCaddyfile reads:
//
//	broker <source> {
//		path       <public path>
//		base_url   <address of the FHIR API behind the reverse_proxy>
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
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if h.Scopes.option(&r) {
			continue
		}
		switch d.Val() {
		case "path":
			r.text(&h.Path)
		case "base_url":
			r.text(&h.BaseURL)
		case "public_url":
			r.text(&h.PublicURL)
		case "alone":
			h.Alone = r.alone()
		case "smart":
			h.Smart = r.smart()
		case "cors":
			r.cors(&h.CORS)
		default:
			r.unknown("path, base_url, public_url, alone, require_scope, require_smart_scopes, smart, cors")
		}
	}
	return errors.Join(r.faults...)
}

// UnmarshalCaddyfile reads the global option block "broker"; the root Caddyfile
// shows every option with its meaning.
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	for nesting := d.Nesting(); d.NextBlock(nesting); {
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
		case "registry":
			r.text(&a.Registry)
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
				a.Trail.DSN = d.Val()
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
			r.unknown("id, data, sources, policies, policies_override, registry, trail, spool, proof, retention, forwarded_by, patient, issuer, revocations, identity_for, max_held, walking")
		}
	}
	return errors.Join(r.faults...)
}

// ours are the directives of this package that have options.
var ours = map[string]func() caddyfile.Unmarshaler{
	"broker":        func() caddyfile.Unmarshaler { return new(Handler) },
	"broker_log":    func() caddyfile.Unmarshaler { return new(Served) },
	"collector":     func() caddyfile.Unmarshaler { return new(Collector) },
	"broker_logout": func() caddyfile.Unmarshaler { return new(Logout) },
	"console":       func() caddyfile.Unmarshaler { return new(Console) },
}

// allFaults reads the rest of the file as well, so that an operator sees every
// fault of every broker directive at once. Caddy itself stops at the first.
func allFaults(file string, first error) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return first
	}
	tokens, err := caddyfile.Tokenize(text, file)
	if err != nil {
		return first
	}
	var faults []error
	depth := 0
	for i, token := range tokens {
		switch token.Text {
		case "{":
			depth++
			continue
		case "}":
			depth--
			continue
		}
		startsLine := i == 0 || tokens[i-1].Line != token.Line
		global := depth == 1 && globalBlock(tokens) > i
		part := ours[token.Text]
		if token.Text == "broker" && global {
			part = func() caddyfile.Unmarshaler { return new(App) }
		}
		if part == nil || !startsLine || (global && token.Text != "broker") {
			continue
		}
		d := caddyfile.NewDispenser(tokens[i:])
		d.Next()
		faults = append(faults, part().UnmarshalCaddyfile(d.NewFromNextSegment()))
	}
	if all := errors.Join(faults...); all != nil {
		return fmt.Errorf("the Caddyfile has faults:\n%w", all)
	}
	return first
}

// globalBlock gives the index of the token that ends the global option block.
func globalBlock(tokens []caddyfile.Token) int {
	if len(tokens) == 0 || tokens[0].Text != "{" {
		return 0
	}
	depth := 0
	for i, token := range tokens {
		switch token.Text {
		case "{":
			depth++
		case "}":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(tokens)
}

var (
	_ caddyfile.Unmarshaler = (*App)(nil)
	_ caddyfile.Unmarshaler = (*Handler)(nil)
)
