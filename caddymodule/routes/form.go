package routes

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// newForm writes the broker directive that asks the source itself, of a broker and the
// reverse_proxy that stood behind it until now, as it is written in a Caddyfile.
func (w *walk) newForm(broker, proxy map[string]any) string {
	out := form{lost: []string{}}
	out.block("broker "+word(text(broker, "source")), func() {
		out.option("path", broker["path"])
		out.option("base_url", w.bases(broker, proxy))
		out.option("public_url", broker["public_url"])
		checks := object(proxy, "health_checks")
		out.option("health_uri", object(checks, "active")["uri"])
		out.option("health_interval", duration(object(checks, "active")["interval"]))
		out.option("fail_duration", duration(object(checks, "passive")["fail_duration"]))
		out.transport(object(proxy, "transport"))
		for _, name := range []string{"alone", "smart", "cors"} {
			out.object(name, object(broker, name))
		}
	})
	for _, key := range sortedKeys(proxy) {
		if !slices.Contains([]string{"handler", "upstreams", "transport", "health_checks"}, key) {
			out.lost = append(out.lost, key)
		}
	}
	if len(out.lost) > 0 {
		out.line("# Left out, since the broker has no such thing: " + strings.Join(out.lost, ", ") + " (docs/operating.md).")
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// bases are the addresses to which the reverse_proxy leads, as base addresses; nil where they
// are what is declared.
func (w *walk) bases(broker, proxy map[string]any) (all []any) {
	declared := texts(broker["base_url"])
	stated := len(declared) > 0
	if !stated {
		declared = w.places.sources[text(broker, "source")]
	}
	scheme, path := "http", "/fhir"
	if object(object(proxy, "transport"), "tls") != nil {
		scheme = "https"
	}
	if len(declared) > 0 {
		if u, err := url.Parse(declared[0]); err == nil && u.Host != "" {
			path = u.EscapedPath()
		}
	}
	for _, u := range list(proxy, "upstreams") {
		upstream, _ := u.(map[string]any)
		dial := text(upstream, "dial")
		if i := slices.IndexFunc(declared, func(base string) bool { return w.places.same(dial, base, false) }); i >= 0 {
			all = append(all, declared[i])
			continue
		}
		at, err := caddy.ParseNetworkAddressWithDefaults(dial, "tcp", 80)
		if err != nil || at.IsUnixNetwork() {
			continue
		}
		host := net.JoinHostPort(strings.Trim(at.Host, "[]"), strconv.Itoa(int(at.StartPort)))
		if at.Host == "" {
			host = "localhost" + host
		}
		all = append(all, scheme+"://"+host+path)
	}
	if !stated && len(all) == 1 && slices.Contains(declared, all[0].(string)) {
		return nil
	}
	return all
}

// form is a part of a Caddyfile as it is being written.
type form struct {
	strings.Builder
	depth int
	lost  []string
}

func (f *form) line(text string) { f.WriteString(strings.Repeat("\t", f.depth) + text + "\n") }

func (f *form) block(name string, inner func()) {
	f.line(name + " {")
	f.depth++
	inner()
	f.depth--
	f.line("}")
}

// option writes a name and its values, if it has any.
func (f *form) option(name string, value any) {
	var words []string
	switch v := value.(type) {
	case nil:
		return
	case []any:
		for _, item := range v {
			words = append(words, word(fmt.Sprint(item)))
		}
	case float64:
		words = []string{strconv.FormatFloat(v, 'f', -1, 64)}
	default:
		words = []string{word(fmt.Sprint(v))}
	}
	if len(words) > 0 && !slices.Equal(words, []string{`""`}) {
		f.line(name + " " + strings.Join(words, " "))
	}
}

// object writes one of the broker's own blocks, whose options are named as in JSON.
func (f *form) object(name string, options map[string]any) {
	if len(options) == 0 {
		return
	}
	f.block(name, func() {
		for _, key := range sortedKeys(options) {
			option := key
			if key == "origins" {
				option = "origin"
			}
			f.option(option, options[key])
		}
	})
}

// word quotes what a Caddyfile would take for several words, or none.
func word(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\n\"`#{}") {
		return strconv.Quote(s)
	}
	return s
}

// duration is Caddy's number of nanoseconds as it is written.
func duration(value any) any {
	n, ok := value.(float64)
	if !ok || n == 0 {
		return nil
	}
	return time.Duration(n).String()
}

// times and plain are the options of Caddy's HTTP transport that are written as they are
// named in JSON, or otherwise.
var (
	times = [][2]string{
		{"dial_timeout", "dial_timeout"}, {"dial_fallback_delay", "dial_fallback_delay"},
		{"response_header_timeout", "response_header_timeout"}, {"expect_continue_timeout", "expect_continue_timeout"},
		{"read_timeout", "read_timeout"}, {"write_timeout", "write_timeout"},
	}
	plain = [][2]string{
		{"max_response_header_size", "max_response_header"}, {"read_buffer_size", "read_buffer"}, {"write_buffer_size", "write_buffer"},
		{"max_conns_per_host", "max_conns_per_host"}, {"versions", "versions"},
	}
	ofTLS = [][2]string{{"server_name", "tls_server_name"}, {"renegotiation", "tls_renegotiation"}, {"curves", "tls_curves"}}
	alive = [][2]string{{"max_idle_conns", "keepalive_idle_conns"}, {"max_idle_conns_per_host", "keepalive_idle_conns_per_host"}}
)

// transport writes the options of the reverse_proxy's transport.
func (f *form) transport(t map[string]any) {
	inner := form{depth: f.depth + 1}
	done := map[string]bool{"protocol": true, "compression": true, "keep_alive": true, "tls": true, "network_proxy": true, "forward_proxy_url": true, "resolver": true}
	for _, o := range times {
		done[o[0]] = true
		inner.option(o[1], duration(t[o[0]]))
	}
	for _, o := range plain {
		done[o[0]] = true
		inner.option(o[1], t[o[0]])
	}
	keep := object(t, "keep_alive")
	if enabled, ok := keep["enabled"].(bool); ok && !enabled {
		inner.option("keepalive", "off")
	}
	inner.option("keepalive", duration(keep["idle_timeout"]))
	inner.option("keepalive_interval", duration(keep["probe_interval"]))
	for _, o := range alive {
		inner.option(o[1], keep[o[0]])
	}
	inner.option("resolvers", object(t, "resolver")["addresses"])
	proxy := text(t, "forward_proxy_url")
	if by := object(t, "network_proxy"); by["from"] == "url" {
		proxy = text(by, "url")
	}
	if proxy != "" {
		inner.option("network_proxy", []any{"url", proxy})
	}
	f.lost = append(f.lost, inner.tls(object(t, "tls"))...)
	for _, key := range sortedKeys(t) {
		if !done[key] {
			f.lost = append(f.lost, "transport "+key)
		}
	}
	if inner.Len() > 0 {
		f.block("transport", func() { f.WriteString(inner.String()) })
	}
}

// tls writes the options of TLS, and gives those that are not there any more.
func (f *form) tls(t map[string]any) (lost []string) {
	done := map[string]bool{"client_certificate_file": true, "client_certificate_key_file": true, "client_certificate_automate": true,
		"handshake_timeout": true, "root_ca_pem_files": true, "ca": true}
	if file := text(t, "client_certificate_file"); file != "" {
		f.option("tls_client_auth", []any{file, text(t, "client_certificate_key_file")})
	}
	f.option("tls_client_auth", t["client_certificate_automate"])
	f.option("tls_timeout", duration(t["handshake_timeout"]))
	for _, o := range ofTLS {
		done[o[0]] = true
		f.option(o[1], t[o[0]])
	}
	if pem := list(t, "root_ca_pem_files"); len(pem) > 0 {
		f.option("tls_trust_pool", append([]any{"file"}, pem...))
	}
	if ca := object(t, "ca"); ca["provider"] == "file" && len(ca) == 2 {
		f.option("tls_trust_pool", append([]any{"file"}, list(ca, "pem_files")...))
	} else if ca != nil {
		lost = append(lost, "tls_trust_pool "+text(ca, "provider")+" (write it into transport as it is)")
	}
	for _, key := range sortedKeys(t) {
		if !done[key] {
			lost = append(lost, "tls "+key)
		}
	}
	return lost
}
