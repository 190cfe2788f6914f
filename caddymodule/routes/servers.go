package routes

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// server is one HTTP server of the configuration: its JSON object.
type server map[string]any

func (s server) listen() []string { return texts(s["listen"]) }

// onLoopback says whether this machine alone reaches all its addresses.
func (s server) onLoopback() bool {
	return !slices.ContainsFunc(s.listen(), func(text string) bool {
		address, err := caddy.ParseNetworkAddress(caddy.NewReplacer().ReplaceAll(text, ""))
		if err != nil || address.IsUnixNetwork() {
			return err != nil
		}
		ip, err := netip.ParseAddr(address.Host)
		return address.Host != "localhost" && (err != nil || !ip.Unmap().IsLoopback())
	})
}

// guarded says whether the guard stands there, and reads what TLS has decrypted.
func (s server) guarded() bool {
	at := func(name string) int {
		return slices.IndexFunc(list(s, "listener_wrappers"), func(w any) bool {
			wrapper, _ := w.(map[string]any)
			return wrapper["wrapper"] == name
		})
	}
	return at("broker") > at("tls")
}

// checkServers looks at every route of every server.
func checkServers(servers map[string]server, at *places, kept files, variables []string) (faults []error) {
	used := false
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		s := servers[name]
		w := walk{
			places: at, kept: kept, variables: variables, server: "server " + name + " (" + strings.Join(s.listen(), ", ") + ")",
			path: "apps.http.servers." + name, named: object(s, "named_routes"), invoked: map[string]bool{},
		}
		here := spot{path: w.path}
		w.routes(list(s, "routes"), here.in("", "routes"), chain{})
		w.routes(list(object(s, "errors"), "routes"), here.in("errors", "errors.routes"), chain{})
		for _, route := range slices.Sorted(maps.Keys(w.named)) {
			if !w.invoked[route] {
				w.lists++
				w.route(object(w.named, route), w.lists, spot{"named route " + route, w.pathOfNamed(route)}, chain{})
			}
		}
		if w.ours && !s.guarded() {
			w.fault(here.in("", "listener_wrappers"), "", "", "its requests are not judged before they are read",
				"write in the global block: servers { listener_wrappers { broker } }, after tls if that stands there")
		}
		if w.ours && !s.onLoopback() {
			w.counted()
		}
		rest := maps.Clone(s)
		for _, key := range []string{"listen", "routes", "errors", "named_routes"} {
			delete(rest, key)
		}
		faults = append(append(faults, w.faults...), at.named(map[string]any(rest), w.server, w.path, "")...)
		used = used || w.ours
	}
	faults = append(faults, checkListen(servers)...)
	if !used {
		faults = append(faults, &Fault{Path: "apps.http", Problem: "no site uses the broker", Remedy: "write a broker, collector or console directive"})
	}
	return faults
}

// checkListen refuses two servers at one address. Caddy does too, but not where only one of
// them is behind a door (caddymodule/doors.go): half of the connections would go to each.
func checkListen(servers map[string]server) (faults []error) {
	at := map[string]string{}
	replace := caddy.NewReplacer()
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		for _, text := range servers[name].listen() {
			all, err := caddy.ParseNetworkAddress(replace.ReplaceAll(text, ""))
			if err != nil {
				continue // Caddy says what is wrong with it
			}
			for _, address := range all.Expand() {
				if other, taken := at[address.String()]; taken {
					faults = append(faults, &Fault{Path: "apps.http.servers." + name + ".listen", Server: "server " + name, Argument: address.String(),
						Problem: "listens at " + address.String() + ", as server " + other + " does", Remedy: "give one of them another"})
				}
				at[address.String()] = name
			}
		}
	}
	return faults
}
