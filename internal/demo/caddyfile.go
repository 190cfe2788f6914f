package demo

import (
	_ "embed"
	"fmt"
	"net"
	"slices"
	"strings"
	"text/template"
)

//go:embed Caddyfile.tmpl
var caddyfileText string

var caddyfile = template.Must(template.New("Caddyfile").Parse(caddyfileText))

// CaddyfileOptions are what the region itself does not know of its brokers.
type CaddyfileOptions struct {
	// Listen is the address that the brokers listen on, host and port. Required.
	Listen string
	// Admin is the address of Caddy's admin endpoint, a socket, or "off".
	// Default "off".
	Admin string
	// Data is the folder of registry, spool and trail. Required.
	Data string
	// Policies is the folder of the policies; "" are those in the program.
	Policies string
	// Global are further lines for the global broker block.
	Global []string
	// Metrics is the address that metrics are offered at, host and port: one of its own,
	// since they name every source's address (attack 153). Default: they are not offered.
	Metrics string
}

// Caddyfile writes the configuration of the region's brokers: one for each
// source at <listen>/<id>/fhir, and one in front of the hostile source.
func (r *Region) Caddyfile(opt CaddyfileOptions) (string, error) {
	host, port, err := net.SplitHostPort(opt.Listen)
	if err != nil {
		return "", fmt.Errorf("writing the Caddyfile: listen: %w", err)
	}
	if opt.Admin == "" {
		opt.Admin = "off"
	}
	opt.Admin = word(opt.Admin)
	metricsHost, _, err := net.SplitHostPort(opt.Metrics)
	if opt.Metrics != "" && err != nil {
		return "", fmt.Errorf("writing the Caddyfile: metrics: %w", err)
	}
	if opt.Policies != "" {
		opt.Global = append(slices.Clone(opt.Global), "policies "+word(opt.Policies))
	}
	type broker struct{ ID, Base, Public string }
	var brokers []broker
	for _, s := range r.sources {
		brokers = append(brokers, broker{s.ID, s.Base, "http://" + opt.Listen + "/" + s.ID + "/fhir"})
	}
	var text strings.Builder
	err = caddyfile.Execute(&text, map[string]any{
		"Hostile": r.hostile, "Options": opt, "Data": word(opt.Data), "Host": host, "MetricsHost": metricsHost, "Site": site(host, port), "Brokers": brokers,
		"Region": r.host(), "RegionRole": auditing, "Issuer": r.issuerURL, "JWKS": r.issuer.JWKSURL(),
	})
	return text.String(), err
}

// site are the addresses by which the brokers are asked: any other host's name gets
// 421. Where every network is listened on, nobody knows the names.
func site(host, port string) string {
	ip := net.ParseIP(host)
	switch {
	case ip != nil && ip.IsLoopback() || host == "localhost":
		return "http://127.0.0.1:" + port + ", http://localhost:" + port + ", http://[::1]:" + port
	case host == "" || ip != nil && ip.IsUnspecified():
		return "http://:" + port
	}
	return "http://" + net.JoinHostPort(host, port)
}

// hostOf gives host and port of a source's base.
func hostOf(base string) string {
	return strings.TrimSuffix(strings.TrimPrefix(base, "http://"), "/fhir")
}

// hosting is the source whose organisation hosts the shared record for the region,
// auditing the role in which somebody there sees the whole trail: the
// regional-auditor of the cast does, and the host's ig-officer sees the host's part.
const (
	hosting  = "acute-northmoor"
	auditing = "R8012"
)

func (r *Region) host() string {
	for _, s := range r.sources {
		if s.ID == hosting {
			return s.ODS.String()
		}
	}
	return ""
}

// word writes a text as one token of a Caddyfile.
func word(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n\"`{}#\\") {
		return s
	}
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
}
