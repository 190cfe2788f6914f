package caddymodule

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// server is one HTTP server of the configuration, as far as it is looked at here.
type server struct {
	Listen   []string `json:"listen"`
	Wrappers []struct {
		Wrapper string `json:"wrapper"`
	} `json:"listener_wrappers"`
	Routes []any `json:"routes"`
	Errors *struct {
		Routes []any `json:"routes"`
	} `json:"errors"`
	Named map[string]any `json:"named_routes"`
}

// guarded says whether the guard stands there, and reads what TLS has decrypted.
func (s server) guarded() bool {
	at := func(name string) int {
		return slices.IndexFunc(s.Wrappers, func(w struct {
			Wrapper string `json:"wrapper"`
		}) bool {
			return w.Wrapper == name
		})
	}
	return at("broker") > at("tls")
}

// checkServers looks at every route of every server: the way to a source leads
// through its broker alone, and nothing changes a request on either side of it.
func checkServers(servers map[string]server, sources map[string][]string) (faults []error) {
	used := false
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		s := servers[name]
		w := walk{leads: newLeads(sources)}
		path := "server " + name + " (" + strings.Join(s.Listen, ", ") + ")"
		w.routes(s.Routes, path, chain{})
		if s.Errors != nil {
			w.routes(s.Errors.Routes, path+", errors", chain{})
		}
		for _, named := range slices.Sorted(maps.Keys(s.Named)) {
			w.routes([]any{s.Named[named]}, path+", named route "+named, chain{})
		}
		faults, used = append(faults, w.faults...), used || w.ours
		if w.ours && !s.guarded() {
			faults = append(faults, fmt.Errorf("%s: its requests are not judged before they are read; "+
				"write in the global block: servers { listener_wrappers { broker } }, after tls if that stands there", path))
		}
	}
	faults = append(faults, checkListen(servers)...)
	if !used {
		faults = append(faults, errors.New("no site uses the broker: write a broker, collector or console directive"))
	}
	return faults
}

// checkListen refuses two servers at one address. Caddy does too, but not where only one of
// them is behind a door (doors.go): half of the connections would go to each.
func checkListen(servers map[string]server) (faults []error) {
	at := map[string]string{}
	replace := caddy.NewReplacer()
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		for _, text := range servers[name].Listen {
			all, err := caddy.ParseNetworkAddress(replace.ReplaceAll(text, ""))
			if err != nil {
				continue // Caddy says what is wrong with it
			}
			for _, address := range all.Expand() {
				if other, taken := at[address.String()]; taken {
					faults = append(faults, fmt.Errorf("server %s listens at %s, as server %s does", name, address, other))
				}
				at[address.String()] = name
			}
		}
	}
	return faults
}

// chain is what a request has passed when it comes to a handler.
type chain struct {
	broker string   // the source whose broker it has passed
	before []passed // what could have answered or altered it
}

type passed struct {
	what  string
	group string // of routes of which one alone is taken
	list  int    // the list of routes that the group is of
}

// walk follows every way through the routes of a server.
type walk struct {
	leads  *leads
	lists  int
	ours   bool
	faults []error
}

// routes follows a list. Of routes in one group the first that fits is taken; one
// that is terminal ends the list.
func (w *walk) routes(list []any, path string, c chain) {
	w.lists++
	here := w.lists
	for i, item := range list {
		route, _ := item.(map[string]any)
		group, _ := route["group"].(string)
		terminal, _ := route["terminal"].(bool)
		_, matched := route["match"]
		own := chain{broker: c.broker}
		for _, p := range c.before {
			if group == "" || p.group != group || p.list != here {
				own.before = append(own.before, p)
			}
		}
		entered := len(own.before)
		handlers, _ := route["handle"].([]any)
		where := fmt.Sprintf("%s, route %d%s", path, i+1, hosts(route["match"]))
		for _, h := range handlers {
			handler, _ := h.(map[string]any)
			own = w.handler(handler, where, own, matched)
		}
		if terminal && matched {
			continue
		}
		for _, p := range own.before[min(entered, len(own.before)):] { // a broker begins anew
			c.before = append(c.before, passed{what: p.what, group: group, list: here})
		}
		if !matched {
			c.broker = own.broker
		}
	}
}

// handler judges one handler, and gives the chain behind it.
func (w *walk) handler(h map[string]any, where string, c chain, matched bool) chain {
	name, _ := h["handler"].(string)
	switch name {
	case "broker":
		w.ours = true
		for _, p := range c.before {
			w.fault("%s: %s stands before the broker: what the broker judges must be what the client asked; give it a handle block of its own", where, p.what)
		}
		if c.broker != "" {
			w.fault("%s: a broker stands behind another", where)
		}
		source, _ := h["source"].(string)
		return chain{broker: source}
	case "subroute":
		inner := chain{broker: c.broker, before: slices.Clone(c.before)}
		list, _ := h["routes"].([]any)
		w.routes(list, where, inner)
		if failing, ok := h["errors"].(map[string]any); ok {
			list, _ := failing["routes"].([]any)
			w.routes(list, where+", errors", chain{broker: c.broker})
		}
		c.before = append(slices.Clone(c.before), w.altering(list)...)
		return c
	case "reverse_proxy":
		if why := w.leads.past(h, c.broker); why != "" {
			w.fault("%s: reverse_proxy %s", where, why)
		}
	case "collector", "console":
		w.ours = true
		return c
	}
	w.nested(h, where, c.broker)
	if !harmless(h, name, matched) {
		if c.broker != "" && name != "reverse_proxy" {
			w.fault("%s: %s stands behind the broker: what the source is asked must be what the broker judged", where, name)
		}
		c.before = append(slices.Clone(c.before), passed{what: name})
	}
	return c
}

// nested looks for proxies within a handler that is not known here.
func (w *walk) nested(node any, where, broker string) {
	switch n := node.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(n)) {
			if list, ok := n[key].([]any); ok && key == "routes" {
				w.routes(list, where, chain{broker: broker})
				continue
			}
			w.nested(n[key], where, broker)
		}
	case []any:
		for _, item := range n {
			w.nested(item, where, broker)
		}
	}
}

// altering gives what in a list of routes could answer or alter a request that goes
// on behind it.
func (w *walk) altering(list []any) (all []passed) {
	for _, item := range list {
		route, _ := item.(map[string]any)
		_, matched := route["match"]
		handlers, _ := route["handle"].([]any)
		for _, h := range handlers {
			handler, _ := h.(map[string]any)
			name, _ := handler["handler"].(string)
			if inner, ok := handler["routes"].([]any); ok && name == "subroute" {
				all = append(all, w.altering(inner)...)
			} else if name != "broker" && name != "collector" && name != "console" && !harmless(handler, name, matched) {
				all = append(all, passed{what: name})
			}
		}
	}
	return all
}

// harmless are the handlers that neither answer nor alter a request that is not
// theirs.
func harmless(h map[string]any, name string, matched bool) bool {
	switch name {
	case "broker_health", "broker_log", "broker_front", "vars", "encode", "tracing", "log_append", "request_body":
		return true
	case "headers":
		_, request := h["request"]
		return !request
	case "static_response", "error", "metrics", "broker_logout":
		return matched // for its own path
	}
	return false
}

func (w *walk) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Errorf(format, args...))
}

// hosts names the sites of a route, for messages.
func hosts(match any) string {
	var names []string
	sets, _ := match.([]any)
	for _, set := range sets {
		matchers, _ := set.(map[string]any)
		list, _ := matchers["host"].([]any)
		for _, host := range list {
			names = append(names, fmt.Sprint(host))
		}
		paths, _ := matchers["path"].([]any)
		for _, path := range paths {
			names = append(names, fmt.Sprint(path))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}
