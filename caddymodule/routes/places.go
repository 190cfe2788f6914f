package routes

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// places are where the sources are.
type places struct {
	sources  map[string][]string // addresses by the source's id: FHIR bases, and unix/<path>
	resolved map[string][]netip.Addr
}

func newPlaces(sources map[string][]string) *places {
	return &places{sources: sources, resolved: map[string][]netip.Addr{}}
}

// lead is where something of a reverse_proxy leads that it may not.
type lead struct{ to, why, remedy string }

const askBroker = "a broker asks it, and nothing else may: take it away, or send clients to the broker's own path"

// leads gives what of a reverse_proxy leads to a source, or may.
func (p *places) leads(proxy map[string]any) (all []lead) {
	to := func(address, how string) {
		if why, remedy := p.judge(address); why != "" {
			all = append(all, lead{address, how + why, remedy})
		}
	}
	if _, dynamic := proxy["dynamic_upstreams"]; dynamic {
		all = append(all, lead{"dynamic", "finds out where it leads while it runs: it may be a source", "write its upstreams out"})
	}
	for _, u := range list(proxy, "upstreams") {
		upstream, _ := u.(map[string]any)
		to(text(upstream, "dial"), "")
		if port := object(object(proxy, "health_checks"), "active")["port"]; port != nil {
			to(atPort(text(upstream, "dial"), port), "asks for health and ")
		}
	}
	to(text(object(object(proxy, "health_checks"), "active"), "upstream"), "asks for health and ")
	transport := object(proxy, "transport")
	if _, own := transport["resolver"]; own {
		all = append(all, lead{"resolvers", "asks name servers of its own where it leads: it may be a source", "take resolvers away, or write addresses"})
	}
	to(text(transport, "forward_proxy_url"), "goes by way of another proxy and ")
	switch by := object(transport, "network_proxy"); {
	case by == nil || by["from"] == "none":
	case by["from"] == "url":
		to(text(by, "url"), "goes by way of another proxy and ")
	default:
		all = append(all, lead{text(by, "from"), "goes by way of a proxy that is not known here", "write network_proxy none"})
	}
	if protocol := text(transport, "protocol"); protocol != "" && protocol != "http" && protocol != "fastcgi" {
		all = append(all, lead{protocol, "has a transport that is not known here: " + protocol, "use http"})
	}
	return all
}

// judge says why an address may not be led to; "" when it may.
func (p *places) judge(address string) (why, remedy string) {
	known := caddy.NewReplacer().ReplaceKnown(address, "")
	if strings.Contains(known, "{") {
		return "leads to " + address + ", which is known only while it runs: it may be a source", "write the address out"
	}
	if id := p.at(known, true); id != "" {
		return "leads to " + known + ", the source " + id + ", past its broker", askBroker
	}
	return "", ""
}

// of gives the source that is at an address: host:port, a URL, or unix/<path>.
func (p *places) of(address string) string { return p.at(address, false) }

// at is of, of any port of a source's host where anyPort is: servers offer one API at several.
// This machine has too many others for that.
func (p *places) at(address string, anyPort bool) string {
	if address == "" {
		return ""
	}
	for _, id := range slices.Sorted(maps.Keys(p.sources)) {
		if slices.ContainsFunc(p.sources[id], func(base string) bool { return base != "" && p.same(address, base, anyPort) }) {
			return id
		}
	}
	return ""
}

// below gives the source of which an address is the base, or stands below it or above.
func (p *places) below(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	for _, id := range slices.Sorted(maps.Keys(p.sources)) {
		for _, base := range p.sources[id] {
			b, err := url.Parse(base)
			if err != nil || b.Host == "" || !p.same(address, base, false) {
				continue
			}
			one, other := strings.TrimSuffix(u.Path, "/")+"/", strings.TrimSuffix(b.Path, "/")+"/"
			if strings.HasPrefix(one, other) || strings.HasPrefix(other, one) {
				return id
			}
		}
	}
	return ""
}

// named finds addresses of sources in a part of the configuration that has nothing to do with
// them: who asks for certificates, keeps files, or writes the log.
func (p *places) named(node any, part, base, path string) (faults []error) {
	switch n := node.(type) {
	case map[string]any:
		for _, key := range sortedKeys(n) {
			faults = append(faults, p.named(n[key], part, base, strings.TrimPrefix(path+"."+key, "."))...)
		}
	case []any:
		for _, inner := range n {
			faults = append(faults, p.named(inner, part, base, path)...)
		}
	case string:
		if !strings.Contains(n, ":") {
			return nil
		}
		if id := p.of(caddy.NewReplacer().ReplaceKnown(n, "")); id != "" {
			return []error{&Fault{Path: base + "." + path, Server: part, Route: path, Argument: n, Problem: "leads to " + n + ", the source " + id + ", past its broker", Remedy: askBroker}}
		}
	}
	return faults
}

// same says whether an address is where one of a source's is.
func (p *places) same(address, base string, anyPort bool) bool {
	if strings.Contains(address, "://") {
		u, err := url.Parse(address)
		if err != nil {
			return false
		}
		address = net.JoinHostPort(u.Hostname(), portOf(u))
	}
	at, err := caddy.ParseNetworkAddressWithDefaults(address, "tcp", 80)
	if err != nil {
		return false
	}
	socket, unix := strings.CutPrefix(base, "unix/")
	if unix || at.IsUnixNetwork() {
		return unix && at.IsUnixNetwork() && sameFile(at.Host, socket)
	}
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	port, err := strconv.ParseUint(portOf(u), 10, 16)
	one, other := strings.Trim(at.Host, "[]"), u.Hostname()
	if err != nil || (uint(port) < at.StartPort || uint(port) > at.EndPort) && (!anyPort || slices.Contains(p.addresses(other), this)) {
		return false
	}
	if strings.EqualFold(strings.TrimSuffix(one, "."), strings.TrimSuffix(other, ".")) {
		return true
	}
	theirs := p.addresses(other)
	return slices.ContainsFunc(p.addresses(one), func(a netip.Addr) bool { return slices.Contains(theirs, a) })
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// atPort is an address with another port.
func atPort(address string, port any) string {
	number, _ := port.(float64)
	host := address
	if at, err := caddy.ParseNetworkAddressWithDefaults(address, "tcp", 80); err == nil {
		host = at.Host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(int(number)))
}

// sameFile says whether two paths of sockets are one.
func sameFile(one, other string) bool {
	if whole(one) == whole(other) {
		return true
	}
	a, err := os.Stat(one)
	b, err2 := os.Stat(other)
	return err == nil && err2 == nil && os.SameFile(a, b)
}

// this is what every address of this machine is taken for.
var this = netip.MustParseAddr("127.0.0.1")

// addresses gives where a name leads now. A name that leads nowhere is no other's.
func (p *places) addresses(host string) []netip.Addr {
	if found, ok := p.resolved[host]; ok {
		return found
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var found []netip.Addr
	if host == "" {
		found = []netip.Addr{this}
	} else {
		found, _ = net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	mine, _ := net.InterfaceAddrs()
	for i, a := range found {
		found[i] = a.Unmap().WithZone("") // [fe80::1%eth0] is this machine, too
		local := found[i].IsLoopback() || found[i].IsUnspecified()
		for _, m := range mine {
			if prefix, err := netip.ParsePrefix(m.String()); err == nil && prefix.Addr().Unmap() == found[i] {
				local = true
			}
		}
		if local {
			found[i] = this
		}
	}
	p.resolved[host] = found
	return found
}
