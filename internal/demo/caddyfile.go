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
	// Workshop is where the policies are approved and published, from which the brokers fetch them; nil:
	// they go by Policies.
	Workshop *Workshop
	// Global are further lines for the global broker block.
	Global []string
	// ID is what the broker is called in its records. Default BrokerID.
	ID string
	// At are the addresses, host and port, of other processes that have the brokers of sources, by
	// the source's id: this one has none for these, and collector and console ask there.
	At map[string]string
	// Only are the sources whose brokers are in this process, without collector, console and
	// hostile source; nil are all that are not At another address.
	Only []string
	// Metrics is the address that metrics are offered at, host and port: one of its own,
	// since they name every source's address (attack 153). Default: they are not offered.
	Metrics string
	// TrailNotice is what each page of the trail says besides; "" for nothing.
	TrailNotice string
}

// BrokerID is what the region's broker is called in its records.
const BrokerID = "demo-region"

// Caddyfile writes the configuration of a process with the region's brokers: one for each
// source at <listen>/<id>/fhir, and one in front of the hostile source.
func (r *Region) Caddyfile(opt CaddyfileOptions) (string, error) {
	host, port, err := net.SplitHostPort(opt.Listen)
	if err != nil {
		return "", fmt.Errorf("writing the Caddyfile: listen: %w", err)
	}
	if opt.Admin == "" {
		opt.Admin = "off"
	}
	if opt.ID == "" {
		opt.ID = BrokerID
	}
	opt.Admin = Word(opt.Admin)
	if opt.TrailNotice != "" {
		opt.TrailNotice = Word(opt.TrailNotice)
	}
	metricsHost, _, err := net.SplitHostPort(opt.Metrics)
	if opt.Metrics != "" && err != nil {
		return "", fmt.Errorf("writing the Caddyfile: metrics: %w", err)
	}
	switch {
	case opt.Workshop != nil:
		opt.Global = append(slices.Clone(opt.Global), opt.Workshop.global()...)
	case opt.Policies != "":
		opt.Global = append(slices.Clone(opt.Global), "policies "+Word(opt.Policies))
	}
	type broker struct{ ID, Base, Public string }
	var here, elsewhere []broker
	for _, s := range r.sources {
		switch at, other := opt.At[s.ID]; {
		case other:
			elsewhere = append(elsewhere, broker{s.ID, s.Base, "http://" + at + "/" + s.ID + "/fhir"})
		case opt.Only == nil || slices.Contains(opt.Only, s.ID):
			here = append(here, broker{s.ID, s.Base, "http://" + opt.Listen + "/" + s.ID + "/fhir"})
		}
	}
	var proposals []string
	if opt.Workshop != nil {
		proposals = []string{"trust " + Word(opt.Workshop.Trust), "to " + Word(opt.Workshop.Site)}
	}
	var text strings.Builder
	err = caddyfile.Execute(&text, map[string]any{
		"Hostile": r.hostile, "Options": opt, "Data": Word(opt.Data), "Host": host, "MetricsHost": metricsHost, "Site": site(host, port), "Brokers": here, "Elsewhere": elsewhere, "Pages": opt.Only == nil,
		"Proposals": proposals, "Region": r.host(), "RegionRole": auditing, "Issuer": r.issuerURL, "JWKS": r.issuer.JWKSURL(),
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

// Word writes a text as one token of a Caddyfile.
func Word(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n\"`{}#\\") {
		return s
	}
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
}
