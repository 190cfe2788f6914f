package caddymodule

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// leads says where a proxy leads.
type leads struct {
	sources  map[string][]string // base addresses by the source's id
	resolved map[string][]netip.Addr
}

func newLeads(sources map[string][]string) *leads {
	return &leads{sources: sources, resolved: map[string][]netip.Addr{}}
}

// past says why a reverse_proxy leads past a broker; "" when it does not. broker is
// the source whose broker its requests have passed, if any.
func (l *leads) past(proxy map[string]any, broker string) string {
	if _, rewrites := proxy["rewrite"]; rewrites && broker != "" {
		return "rewrites what the broker has judged; take the rewriting away"
	}
	if _, dynamic := proxy["dynamic_upstreams"]; dynamic && broker == "" {
		return "finds out where it leads while it runs: it may be a source, and no broker stands before it"
	}
	upstreams, _ := proxy["upstreams"].([]any)
	for _, u := range upstreams {
		upstream, _ := u.(map[string]any)
		dial, _ := upstream["dial"].(string)
		if why := l.leadsPast(dial, broker); why != "" {
			return why
		}
	}
	return ""
}

func (l *leads) leadsPast(dial, broker string) string {
	dial = caddy.NewReplacer().ReplaceKnown(dial, "")
	if strings.Contains(dial, "{") {
		if broker == "" {
			return "leads to " + dial + ", which is known only while it runs: it may be a source, and no broker stands before it"
		}
		return ""
	}
	to := func(base string) bool { return l.same(dial, base) }
	if slices.ContainsFunc(l.sources[broker], to) {
		return ""
	}
	for _, id := range slices.Sorted(maps.Keys(l.sources)) {
		if slices.ContainsFunc(l.sources[id], to) {
			if broker != "" {
				return fmt.Sprintf("leads to %s, the source %s, behind the broker of %s", dial, id, broker)
			}
			return fmt.Sprintf("leads to %s, the source %s, and no broker stands before it in its route", dial, id)
		}
	}
	return ""
}

// same says whether an upstream is where a base address is.
func (l *leads) same(dial, base string) bool {
	address, err := caddy.ParseNetworkAddressWithDefaults(dial, "tcp", 80)
	if err != nil || address.IsUnixNetwork() {
		return false
	}
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		port = 80
		if u.Scheme == "https" {
			port = 443
		}
	}
	if uint(port) < address.StartPort || uint(port) > address.EndPort {
		return false
	}
	one, other := strings.Trim(address.Host, "[]"), u.Hostname()
	if strings.EqualFold(strings.TrimSuffix(one, "."), strings.TrimSuffix(other, ".")) {
		return true
	}
	theirs := l.addresses(other)
	return slices.ContainsFunc(l.addresses(one), func(a netip.Addr) bool { return slices.Contains(theirs, a) })
}

// this is what every address of this machine is taken for.
var this = netip.MustParseAddr("127.0.0.1")

// addresses gives where a name leads now. A name that leads nowhere is no other's.
func (l *leads) addresses(host string) []netip.Addr {
	if found, ok := l.resolved[host]; ok {
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
		found[i] = a.Unmap()
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
	l.resolved[host] = found
	return found
}
