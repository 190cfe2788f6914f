package routes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// chain is what a request has passed when it comes to a handler.
type chain struct {
	broker map[string]any // the broker that answered it already, if any
	before []passed       // what could have answered or altered it
	rooted bool           // a "root" said which folder files are handed out of
}

type passed struct {
	what  string
	strip string // what it takes away from the beginning of the path: handle_path, uri strip_prefix
	path  string
	group string // of routes of which one alone is taken
	list  int    // the list of routes that the group is of
}

// spot is where something stands: in words, and its path in Caddy's JSON.
type spot struct{ words, path string }

// in is a list of routes of a handler, or of a server.
func (s spot) in(words, path string) spot {
	if words != "" {
		words = strings.TrimPrefix(s.words+", "+words, ", ")
	} else {
		words = s.words
	}
	return spot{words, s.path + "." + path}
}

// walk follows every way through the routes of a server.
type walk struct {
	places *places
	kept   files
	// variables of the environment hold the broker's secrets.
	variables []string
	server    string
	path      string         // of the server
	named     map[string]any // routes that are invoked by name
	invoked   map[string]bool
	within    []string // the names that are being followed
	metrics   []spot   // where metrics are answered
	lists     int
	ours      bool
	faults    []error
}

func (w *walk) fault(at spot, handler, argument, problem, remedy string) {
	w.faults = append(w.faults, &Fault{Path: at.path, Server: w.server, Route: at.words, Handler: handler, Argument: argument, Problem: problem, Remedy: remedy})
}

// routes follows a list. Of routes in one group the first that fits is taken; one
// that is terminal ends the list.
func (w *walk) routes(items []any, at spot, c chain) {
	w.lists++
	here := w.lists
	for i, item := range items {
		route, _ := item.(map[string]any)
		c = w.route(route, here, spot{
			strings.TrimPrefix(fmt.Sprintf("%s, route %d%s", at.words, i+1, hosts(route["match"])), ", "), fmt.Sprintf("%s[%d]", at.path, i),
		}, c)
	}
}

// route follows one of a list, and gives the chain behind it.
func (w *walk) route(route map[string]any, here int, where spot, c chain) chain {
	group := text(route, "group")
	terminal, _ := route["terminal"].(bool)
	w.matched(route["match"], where)
	_, matched := route["match"]
	own := chain{broker: c.broker, rooted: c.rooted}
	for _, p := range c.before {
		if group == "" || p.group != group || p.list != here {
			own.before = append(own.before, p)
		}
	}
	entered := len(own.before)
	for i, h := range list(route, "handle") {
		handler, _ := h.(map[string]any)
		own = w.handler(handler, where.in("", fmt.Sprintf("handle[%d]", i)), own, matched)
	}
	if terminal && matched {
		return c
	}
	for _, p := range own.before[min(entered, len(own.before)):] { // a broker begins anew
		c.before = append(c.before, passed{what: p.what, strip: p.strip, path: p.path, group: group, list: here})
	}
	if !matched {
		c.broker, c.rooted = own.broker, own.rooted
	}
	return c
}

// handler judges one handler, and gives the chain behind it.
func (w *walk) handler(h map[string]any, where spot, c chain, matched bool) chain {
	name := text(h, "handler")
	w.secrets(h, where, name)
	switch name {
	case "broker":
		w.ours = true
		for _, p := range c.before {
			remedy := "give " + p.what + " a handle block of its own"
			if p.strip != "" {
				remedy = "leave " + p.strip + " in the path: write handle instead of handle_path, and no uri strip_prefix"
			}
			w.fault(spot{where.words, p.path}, p.what, "", "stands before the broker: what the broker judges must be what the client asked, and what it answers what the client gets", remedy)
		}
		if c.broker != nil {
			w.fault(where, name, text(h, "source"), "stands behind another, which has answered already", "give each a handle block of its own")
		}
		return chain{broker: h}
	case "subroute":
		w.routes(list(h, "routes"), where.in("", "routes"), c.after())
		w.routes(list(object(h, "errors"), "routes"), where.in("errors", "errors.routes"), chain{})
		return c.after(w.altering(list(h, "routes"), where.path+".routes")...)
	case "invoke":
		return w.invoke(text(h, "name"), where, c)
	case "collector", "console":
		w.ours = true
		w.asks(h, where, name)
		return c
	case "broker_logout", "broker_revoke":
		w.ours = true
	case "metrics":
		w.metrics = append(w.metrics, where)
	case "reverse_proxy":
		w.proxy(h, where, c)
	case "file_server":
		if file := text(object(h, "browse"), "template_file"); file != "" {
			w.fault(where, name, file, "makes its lists of files by a template of its own ("+file+"), which "+refused["templates"], "write browse alone")
		}
		if root := text(h, "root"); root != "" && root != "{http.vars.root}" || !c.rooted {
			w.hands(where, name, root, text(h, "fs"))
		}
	case "vars":
		if root, ok := h["root"]; ok {
			w.hands(where, name, fmt.Sprint(root), "")
			c.rooted = true
		}
	}
	if why, refused := refusedFor(name); refused {
		w.fault(where, name, "", why, "run another Caddy for it, beside this process")
	}
	for i, answers := range list(h, "handle_response") {
		inner, _ := answers.(map[string]any)
		w.routes(list(inner, "routes"), where.in(name, fmt.Sprintf("handle_response[%d].routes", i)), chain{})
	}
	if harmless(h, name, matched) {
		return c
	}
	return c.after(passed{what: name, strip: text(h, "strip_path_prefix"), path: where.path})
}

// after is the chain behind further handlers.
func (c chain) after(more ...passed) chain {
	c.before = append(slices.Clone(c.before), more...)
	return c
}

// invoke follows a route by its name, as if it stood there.
func (w *walk) invoke(name string, where spot, c chain) chain {
	w.invoked[name] = true
	route, _ := w.named[name].(map[string]any)
	if slices.Contains(w.within, name) || route == nil {
		return c // it goes round in circles, or there is none: Caddy says so
	}
	w.within = append(w.within, name)
	defer func() { w.within = w.within[:len(w.within)-1] }()
	w.lists++
	w.route(route, w.lists, spot{where.words + ", named route " + name, w.pathOfNamed(name)}, c.after())
	return c.after(w.alteringOf(route, w.pathOfNamed(name))...)
}

// proxy judges a reverse_proxy, of whatever transport.
func (w *walk) proxy(h map[string]any, where spot, c chain) {
	if c.broker != nil {
		w.fault(where, "reverse_proxy", "", "stands behind the broker of "+text(c.broker, "source")+", which asks the source itself",
			"write instead of both:\n"+w.newForm(c.broker, h))
		return
	}
	for _, l := range w.places.leads(h) {
		w.fault(where, "reverse_proxy", l.to, l.why, l.remedy)
	}
}

// asks judges where a collector or a console asks: brokers, and no source. One gateway may
// offer both by one name, so that the path counts as well.
func (w *walk) asks(h map[string]any, where spot, name string) {
	addresses := map[string]bool{}
	for id, address := range object(h, "sources") {
		addresses[strings.ReplaceAll(fmt.Sprint(address), "{source}", id)] = true
	}
	for id := range w.places.sources {
		addresses[strings.ReplaceAll(text(h, "brokers"), "{source}", id)] = true
	}
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		if id := w.places.below(address); id != "" {
			w.fault(where, name, address, "asks "+address+", which is the source "+id+" and not its broker", "name the address of its broker")
		}
	}
}

// counted judges metrics on a server that clients ask, at whatever host. They name the sources'
// addresses, of ours and, of a reverse_proxy, Caddy's; and who asks before and after a request
// of somebody's sees by which reasons it was decided.
func (w *walk) counted() {
	for _, where := range w.metrics {
		w.fault(where, "metrics", "", "stands on the server of a broker, and tells its clients the sources' addresses, and how others' requests were decided",
			"give metrics an address of their own, which Prometheus alone can reach, as in: http://127.0.0.1:9180 { metrics /metrics }")
	}
}

// altering gives what in a list of routes could answer or alter a request that goes
// on behind it.
func (w *walk) altering(items []any, path string) (all []passed) {
	for i, item := range items {
		route, _ := item.(map[string]any)
		all = append(all, w.alteringOf(route, fmt.Sprintf("%s[%d]", path, i))...)
	}
	return all
}

func (w *walk) alteringOf(route map[string]any, path string) (all []passed) {
	_, matched := route["match"]
	for i, h := range list(route, "handle") {
		handler, _ := h.(map[string]any)
		here := fmt.Sprintf("%s.handle[%d]", path, i)
		switch name := text(handler, "handler"); name {
		case "subroute":
			all = append(all, w.altering(list(handler, "routes"), here+".routes")...)
		case "invoke":
			if named := text(handler, "name"); !slices.Contains(w.within, named) {
				w.within = append(w.within, named)
				all = append(all, w.alteringOf(object(w.named, named), w.pathOfNamed(named))...)
				w.within = w.within[:len(w.within)-1]
			}
		case "broker", "collector", "console":
		default:
			if !harmless(handler, name, matched) {
				all = append(all, passed{what: name, strip: text(handler, "strip_path_prefix"), path: here})
			}
		}
	}
	return all
}

func (w *walk) pathOfNamed(name string) string { return w.path + ".named_routes." + name }

// hosts names the sites of a route, for messages.
func hosts(match any) string {
	var names []string
	sets, _ := match.([]any)
	for _, set := range sets {
		matchers, _ := set.(map[string]any)
		for _, key := range []string{"host", "path"} {
			names = append(names, texts(matchers[key])...)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// sortedKeys are those of an object, so that what is said does not change from run to run.
func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
