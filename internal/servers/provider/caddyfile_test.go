//go:build servers

package provider_test

import (
	"strings"
	"testing"
	"text/template"
)

// settings are what tests change in the Caddyfile.
type settings struct {
	Issuer string   // as the file spells it
	Lines  []string // more about the issuer
}

// caddyfile is what a source organisation writes that also hosts the console.
func (w *world) caddyfile(t *testing.T, change ...func(*settings)) string {
	t.Helper()
	s := settings{Issuer: w.Provider.Issuer}
	for _, c := range change {
		c(&s)
	}
	t.Setenv("MCR_TEST_CONSOLE_SECRET", consoleSecret)
	var text strings.Builder
	must(t, file.Execute(&text, map[string]any{
		"Settings": s, "Provider": w.Provider.Issuer, "Address": w.address, "Metrics": w.metrics, "Data": w.data, "Audience": audience,
		"Base": w.source(), "Host": strings.TrimSuffix(strings.TrimPrefix(w.source(), "http://"), "/fhir"),
	}))
	return text.String()
}

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
		reverse_proxy {{.Host}} {
			transport http {
				compression off
			}
		}
	}
	handle /console* {
		console {
			public_url http://{{.Address}}
			client_id console
			client_secret {env.MCR_TEST_CONSOLE_SECRET}
			brokers http://{{.Address}}/{source}/fhir
		}
	}
	respond 404
}

http://{{.Metrics}} {
	bind 127.0.0.1
	metrics /metrics
}
`))
