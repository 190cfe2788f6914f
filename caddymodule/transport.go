package caddymodule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/mycarerecord/mcr/upstreams"
	"github.com/mycarerecord/mcr/upstreams/direct"
	"github.com/mycarerecord/mcr/upstreams/reach"
)

// What holds for the way to a source where the Caddyfile does not say otherwise.
const (
	handshakeWithin = 5 * time.Second
	mostHeaderBytes = 256 << 10
)

// reaching makes what carries the broker's questions to the source.
func (h *Handler) reaching(ctx caddy.Context, source upstreams.Source) (*reach.Addresses, error) {
	carrier, err := h.carrier(ctx, source)
	if err != nil {
		return nil, err
	}
	return reach.New(h.way(source, carrier))
}

func (h *Handler) bases(source upstreams.Source) []string {
	if len(h.BaseURL) == 0 {
		return []string{source.BaseURL}
	}
	return h.BaseURL
}

func (h *Handler) way(source upstreams.Source, carrier http.RoundTripper) reach.Config {
	return reach.Config{
		Source: source.ID, Bases: h.bases(source), Transport: carrier, FailDuration: time.Duration(h.FailDuration),
		HealthURI: h.HealthURI, HealthInterval: time.Duration(h.HealthInterval), Log: h.app.log,
	}
}

// checkWay gives what is wrong with the options of the way to the source, and opens nothing.
func (h *Handler) checkWay(source upstreams.Source) error {
	var err error
	if len(h.BaseURL) > 1 || upstreams.CheckBase(source.BaseURL) == nil { // else it is told already
		_, err = reach.New(h.way(source, nil))
	}
	t, wrong := filledIn(h.Transport)
	if wrong == nil {
		wrong = errors.Join(checkTransport(t, overTLS(h.bases(source))), h.checkSocket(h.bases(source)))
	}
	return errors.Join(err, wrong)
}

// tryTransport lets Caddy look at the transport's options, and at the files that they name.
func (h *Handler) tryTransport(ctx caddy.Context) error {
	t, err := filledIn(h.Transport)
	if err != nil {
		return nil // it is told
	}
	if _, err := ctx.LoadModuleByID("http.reverse_proxy.transport.http", caddyconfig.JSON(t, nil)); err != nil {
		return fmt.Errorf("broker %s: transport: %w", h.Source, err)
	}
	return nil
}

func overTLS(bases []string) bool {
	return slices.ContainsFunc(bases, func(base string) bool { return strings.HasPrefix(base, "https:") })
}

// carrier is Caddy's own HTTP transport, with defaults that send a patient's data nowhere but
// to the source.
func (h *Handler) carrier(ctx caddy.Context, source upstreams.Source) (http.RoundTripper, error) {
	bases := h.bases(source)
	t, err := filledIn(h.Transport)
	if err != nil {
		return nil, err
	}
	secure := overTLS(bases)
	if err := errors.Join(checkTransport(t, secure), h.checkSocket(bases)); err != nil {
		return nil, err
	}
	if t.DialTimeout == 0 {
		t.DialTimeout = caddy.Duration(3 * time.Second)
	}
	if t.ResponseHeaderTimeout == 0 { // so that there is time for the next address
		t.ResponseHeaderTimeout = caddy.Duration(source.Timeout / time.Duration(len(bases)))
	}
	if t.MaxResponseHeaderSize == 0 {
		t.MaxResponseHeaderSize = mostHeaderBytes
	}
	if secure && t.TLS == nil {
		t.TLS = new(reverseproxy.TLSConfig)
	}
	if secure && t.TLS.HandshakeTimeout == 0 {
		t.TLS.HandshakeTimeout = caddy.Duration(handshakeWithin)
	}
	t.Compression = new(bool)
	if t.ForwardProxyURL == "" && len(t.NetworkProxyRaw) == 0 { // else one that the environment names
		t.NetworkProxyRaw = json.RawMessage(noProxy)
	}
	module, err := ctx.LoadModuleByID("http.reverse_proxy.transport.http", caddyconfig.JSON(t, nil))
	if err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	made := module.(*reverseproxy.HTTPTransport)
	if h.Socket != "" {
		dialer := net.Dialer{Timeout: time.Duration(t.DialTimeout)}
		made.Transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", h.Socket)
		}
	}
	if unsecured(t, secure) {
		lines := direct.New(direct.Config{
			Dial: made.Transport.DialContext, HeaderWithin: time.Duration(t.ResponseHeaderTimeout), HeaderBytes: t.MaxResponseHeaderSize,
			IdleFor: time.Duration(made.KeepAlive.IdleConnTimeout), MostIdle: made.KeepAlive.MaxIdleConnsPerHost,
			Unasked: func(address string) {
				reach.Unasked(source.ID)
				h.app.log.Warn("the source sent what nobody asked for: the connection is closed, and nothing of it was read",
					slog.String("source", source.ID), slog.String("address", address))
			},
		})
		ctx.OnCancel(lines.CloseIdleConnections)
		return carrier{lines}, nil
	}
	return carrier{made}, nil
}

// unsecured reports whether the way is HTTP/1.1 without TLS, and has no option that is for Go's own
// transport alone.
func unsecured(t *reverseproxy.HTTPTransport, secure bool) bool {
	return !secure && !slices.Contains(t.Versions, "h2c") && string(t.NetworkProxyRaw) == noProxy && t.ForwardProxyURL == "" &&
		t.MaxConnsPerHost == 0 && t.ReadTimeout == 0 && t.WriteTimeout == 0 &&
		(t.KeepAlive == nil || (t.KeepAlive.Enabled == nil || *t.KeepAlive.Enabled) && t.KeepAlive.MaxIdleConns == 0)
}

const noProxy = `{"from":"none"}`

// carrier hides Caddy's variables from its transport, which writes to them: they belong to
// the client's request, which may ask the source several things at a time.
type carrier struct{ http.RoundTripper }

// RoundTrip asks once.
func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.RoundTripper.RoundTrip(r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, nil)))
	if dial, ok := errors.AsType[reverseproxy.DialError](err); ok {
		err = fmt.Errorf("%w: %w", reach.ErrDial, dial)
	}
	return answer, err
}

// filledIn puts in what placeholders stand for. One that only a request could tell is a fault:
// where a question goes to is no client's to say.
func filledIn(t *reverseproxy.HTTPTransport) (*reverseproxy.HTTPTransport, error) {
	out := new(reverseproxy.HTTPTransport)
	if t == nil {
		return out, nil
	}
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	var faults []error
	replacer := caddy.NewReplacer()
	var put func(name string, node any) any
	put = func(name string, node any) any {
		switch n := node.(type) {
		case map[string]any:
			for key, inner := range n {
				n[key] = put(key, inner)
			}
		case []any:
			for i, inner := range n {
				n[i] = put(name, inner)
			}
		case string:
			text := replacer.ReplaceKnown(n, "")
			switch {
			case withPassword.MatchString(latePart.ReplaceAllString(n, "")):
				faults = append(faults, fmt.Errorf("transport: %s: the address holds a password, which stands in clear in the configuration; write {env.NAME} or {file./path} for it", name))
			case strings.Contains(text, "{"):
				faults = append(faults, fmt.Errorf("transport: %s: %s is known only while it runs; write it out, or {env.NAME}", name, n))
			case text != n && noAddress(text): // of which Caddy would tell with all that it holds
				faults = append(faults, fmt.Errorf("transport: %s: what %s stands for is no address", name, n))
			}
			return text
		}
		return node
	}
	put("", whole)
	if text, err = json.Marshal(whole); err != nil {
		return nil, err
	}
	return out, errors.Join(append(faults, json.Unmarshal(text, out))...)
}

var (
	latePart     = regexp.MustCompile(`\{(env|file)\.[^{}]+\}`)
	withPassword = regexp.MustCompile(`://[^/?#@]*:[^/?#]+@`)
)

// noAddress says that a text would be an address, and cannot be read as one.
func noAddress(text string) bool {
	_, err := url.Parse(text)
	return err != nil && strings.Contains(text, "://")
}

// checkTransport refuses what would weaken the way to the source, or cannot be meant.
func checkTransport(t *reverseproxy.HTTPTransport, secure bool) error {
	var faults []error
	fault := func(wrong bool, what string) {
		if wrong {
			faults = append(faults, errors.New("transport: "+what))
		}
	}
	fault(t.TLS != nil && t.TLS.InsecureSkipVerify,
		"tls_insecure_skip_verify: anybody could be the source; give the certificate of who signed the source's: tls_trust_pool file /etc/mcr/source-ca.pem")
	fault(t.TLS != nil && !secure, "tls: base_url begins with http://, so that there is none; write https:// there")
	fault(t.TLS != nil && len(t.TLS.ExceptPorts) > 0, "tls_except_ports: base_url says whether there is TLS; take it away")
	fault(t.TLS != nil && t.TLS.Renegotiation == "freely", "tls_renegotiation: write never or once")
	fault(slices.Contains(t.Versions, "3"), "versions: 3 is an experiment of Caddy's; write 1.1 2")
	fault(slices.Contains(t.Versions, "h2c") && secure, "versions: h2c is without TLS, and base_url begins with https://; take it away")
	fault(t.ProxyProtocol != "", "proxy_protocol: it would tell the source the client's address; the trail has it. Take it away")
	fault(t.Compression != nil && *t.Compression, "compression: what is read of an answer is bounded by its bytes; write compression off, or nothing")
	return errors.Join(faults...)
}

func (h *Handler) checkSocket(bases []string) error {
	if h.Socket != "" && len(bases) > 1 {
		return errors.New("socket: there is one, and base_url names several addresses")
	}
	if h.Socket != "" && !strings.HasPrefix(h.Socket, "/") {
		return fmt.Errorf("socket: %s is no whole path; write it as in: socket /run/fhir/fhir.sock", h.Socket)
	}
	return nil
}

// transport reads the options of Caddy's HTTP transport, by its own reader.
func (r *reader) transport(before *reverseproxy.HTTPTransport) *reverseproxy.HTTPTransport {
	if before != nil {
		r.fault("transport: it stands there twice")
	}
	t := new(reverseproxy.HTTPTransport)
	segment := r.NewFromNextSegment()
	if segment.Next(); segment.NextArg() {
		r.faults = append(r.faults, segment.Errf("transport: write its options in a block and nothing before it, as in: transport { dial_timeout 3s }"))
		return t
	}
	segment.Reset()
	if err := t.UnmarshalCaddyfile(segment); err != nil {
		r.faults = append(r.faults, err)
	}
	return t
}

// Bases are the addresses of one source's FHIR API: in JSON a text, or a list of them.
type Bases []string

// MarshalJSON writes one alone as a text.
func (b Bases) MarshalJSON() ([]byte, error) {
	if len(b) == 1 {
		return json.Marshal(b[0])
	}
	return json.Marshal([]string(b))
}

// UnmarshalJSON reads either.
func (b *Bases) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*b = Bases{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(b))
}

// passedBy says which addresses of which sources are passed by, in words for the admin address.
func (a *App) passedBy() string {
	var all []string
	for _, r := range a.reaches {
		if hosts := r.PassedBy(); r.Watched() && len(hosts) > 0 {
			all = append(all, r.Source()+": "+strings.Join(hosts, ", "))
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "; ")
}
