//go:build servers

package provider_test

import (
	"strings"
	"testing"
	"text/template"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// settings are what tests change in the Caddyfile.
type settings struct {
	Issuer  string   // as the file spells it
	Lines   []string // more about the issuer
	Console string   // the console's client at the provider
	Proof   string   // how the console proves that it is; a secret where nothing is said
	Anew    string   // makes the file another one
	Data    string   // the world's folder
	Plain   bool     // the broker knows no more than a JWT says: nobody is asked, and nobody logs out
}

// asks is how the broker asks the provider about tokens that are no JWTs.
func asks(issuer string) string {
	return "introspection " + issuer + "/token/introspection {\n client_id broker\n client_secret {env.MCR_TEST_BROKER_SECRET}\n keep 1s\n}"
}

// caddyfile is what a source organisation writes that also hosts the console.
func (w *world) caddyfile(t *testing.T, change ...func(*settings)) string {
	t.Helper()
	s := settings{Issuer: w.Provider.Issuer, Console: "console", Proof: "client_secret {env.MCR_TEST_CONSOLE_SECRET}", Data: w.data}
	for _, c := range change {
		c(&s)
	}
	if !s.Plain && s.Lines == nil {
		s.Lines = []string{"clients console application signing ps256 opaque dpop dpop-opaque certificate machine", asks(s.Issuer)}
	}
	t.Setenv("MCR_TEST_CONSOLE_SECRET", consoleSecret)
	t.Setenv("MCR_TEST_BROKER_SECRET", brokerSecret)
	var text strings.Builder
	must(t, file.Execute(&text, map[string]any{
		"Settings": s, "Provider": w.Provider.Issuer, "Address": w.address, "Metrics": w.metrics, "Secure": w.port(), "Data": w.data, "Audience": audience,
		"Base": w.source(), "Host": strings.TrimSuffix(strings.TrimPrefix(w.source(), "http://"), "/fhir"),
	}))
	return string(caddyfile.Format([]byte(text.String())))
}

// port is that of the broker where clients show certificates. Caddy serves what is asked by
// the name that TLS was begun with, and that is never an address.
func (w *world) port() string { return strings.TrimPrefix(w.secure, "127.0.0.1:") }

// source is the FHIR API of Riverside Surgery.
func (w *world) source() string {
	for _, s := range w.region.Sources() {
		if s.ID == "gp-riverside" {
			return s.Base
		}
	}
	return ""
}

var file = template.Must(template.New("Caddyfile").Parse(`{
	admin off
	persist_config off
	auto_https off
	metrics
	servers {
		listener_wrappers {
			broker
		}
		protocols h1
	}
	log default {
		output file {{.Data}}/log
		exclude http.handlers.reverse_proxy http.log.error http.log.access
	}
	broker {
		# {{.Settings.Anew}}
		id riverside-1
		data {{.Data}}
		issuer {{.Settings.Issuer}} {
			jwks_url {{.Provider}}/jwks
			audience {{.Audience}}
			algorithms ES256 PS256
			preset cis2
			scopes nationalrbacaccess
			{{- range .Settings.Lines}}
			{{.}}
			{{- end}}
		}
	}
}

http://{{.Address}} {
	bind 127.0.0.1
	broker_health
	handle /gp-riverside/fhir* {
		broker gp-riverside {
			path /gp-riverside/fhir
			base_url {{.Base}}
			public_url http://{{.Address}}/gp-riverside/fhir
			smart {
				issuer {{.Provider}}
				authorization_endpoint {{.Provider}}/auth
				token_endpoint {{.Provider}}/token
				jwks_uri {{.Provider}}/jwks
				scopes openid profile nationalrbacaccess
			}
		}
	}
	handle /console* {
		console {
			public_url http://{{.Address}}
			client_id {{.Settings.Console}}
			{{.Settings.Proof}}
			brokers http://{{.Address}}/{source}/fhir
		}
	}
	{{- if not .Settings.Plain}}
	handle /logout {
		broker_logout
	}
	handle /revoke {
		broker_revoke
	}
	{{- end}}
	respond 404
}

# Where applications show a certificate (RFC 8705), and have scopes for what they ask.
https://localhost:{{.Secure}} {
	bind 127.0.0.1
	tls {{.Data}}/broker.crt {{.Data}}/broker.key {
		client_auth {
			mode request
		}
	}
	handle /gp-riverside/fhir* {
		broker gp-riverside {
			path /gp-riverside/fhir
			base_url {{.Base}}
			public_url https://localhost:{{.Secure}}/gp-riverside/fhir
			require_smart_scopes
		}
	}
	respond 404
}

http://{{.Metrics}} {
	bind 127.0.0.1
	metrics /metrics
}
`))
