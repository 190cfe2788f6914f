package caddymodule

import (
	"encoding/json"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

// Place says where in the Caddyfile stands what has a path in the JSON that it became
// ("apps.broker.issuers[0].audience"). exact is false when that is not written, and the place
// is that of the block in which it could be; "" when even that cannot be said.
func (w *Written) Place(path string) (at string, exact bool) {
	steps := stepsOf(path)
	is := func(names ...string) bool {
		for i, name := range names {
			if i >= len(steps) || steps[i].name != name {
				return false
			}
		}
		return true
	}
	switch {
	case is("apps", "broker"):
		return w.within(w.global, append([]step{{name: "broker"}}, steps[2:]...))
	case is("apps", "http", "servers") && len(steps) > 3:
		return w.inServer(steps[3:])
	case is("admin", "config"):
		return w.within(w.global, []step{{name: "persist_config"}})
	case is("admin"):
		return w.within(w.global, []step{{name: "admin"}})
	case is("logging", "logs") && len(steps) > 2:
		return w.log(steps[2].name)
	}
	return "", false
}

// step is one step of a path. index is -1 where it has none.
type step struct {
	name  string
	index int
}

var oneStep = regexp.MustCompile(`^([^\[\]]*)(?:\[(\d+)\])?$`)

func stepsOf(path string) (all []step) {
	for part := range strings.SplitSeq(path, ".") {
		m := oneStep.FindStringSubmatch(part)
		if m == nil {
			return nil
		}
		s := step{m[1], -1}
		if m[2] != "" {
			s.index, _ = strconv.Atoi(m[2])
		}
		all = append(all, s)
	}
	return all
}

// called are the options whose field in JSON is called otherwise.
var called = map[string]string{
	"issuers": "issuer", "max_bytes": "max_size", "walking_most": "walking", "walking_within": "walking", "claims": "claim",
	"origins": "origin",
}

// within follows steps down the lines of a block.
func (w *Written) within(lines []line, steps []step) (at string, exact bool) {
	at, exact = w.beginning(), false
	for i, s := range steps {
		found := slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return l.name() != s.name && l.name() != called[s.name] })
		if len(found) == 0 {
			return at, false
		}
		one := found[0]
		if s.index > 0 && s.index < len(found) {
			one = found[s.index]
		}
		at, exact, lines = one.place(), true, one.lines
		if len(lines) == 0 && i+1 < len(steps) {
			return at, len(one.words) > 1 || s.name == "claims" // the value itself has parts
		}
	}
	return at, exact
}

// beginning is where the global block stands.
func (w *Written) beginning() string {
	if len(w.global) > 0 {
		return w.global[0].place()
	}
	if len(w.sites) > 0 && len(w.sites[0].addresses) > 0 {
		return whereIs(w.sites[0].addresses[0])
	}
	return ""
}

// log finds a log: those of the global block by their names, the others Caddy numbers.
func (w *Written) log(name string) (at string, exact bool) {
	for _, l := range w.global {
		if l.name() == "log" && (len(l.words) < 2 && name == "default" || len(l.words) > 1 && l.words[1].Text == name) {
			return w.within([]line{l}, []step{{"log", -1}, {"exclude", -1}})
		}
	}
	if n, numbered := strings.CutPrefix(name, "log"); numbered {
		want, err := strconv.Atoi(n)
		for _, s := range w.sites {
			for _, l := range s.lines {
				if l.name() == "log" && err == nil {
					if want == 0 {
						return l.place(), true
					}
					want--
				}
			}
		}
	}
	return w.beginning(), false
}

// makes are the directives of which Caddy makes a handler that is called otherwise.
var makes = map[string][]string{
	"reverse_proxy":   {"reverse_proxy", "forward_auth", "php_fastcgi"},
	"subroute":        {"handle", "handle_path", "route", "handle_errors"},
	"rewrite":         {"rewrite", "uri", "handle_path", "try_files", "method"},
	"static_response": {"respond", "redir", "abort"},
	"headers":         {"header", "request_header"},
	"file_server":     {"file_server", "php_fastcgi"},
}

// inServer finds a handler of a server, its site, or what the global block says of servers.
func (w *Written) inServer(steps []step) (at string, exact bool) {
	server, _ := w.object("apps", "http", "servers", steps[0].name)
	if len(steps) > 1 && steps[1].name == "listener_wrappers" {
		return w.within(w.global, []step{{"servers", -1}, {"listener_wrappers", -1}})
	}
	if len(steps) > 1 && steps[1].name == "automatic_https" {
		return w.within(w.global, []step{{"auto_https", -1}})
	}
	var node any = server
	var handler map[string]any
	var rest []step
	var hosts []string
	for i, s := range steps[1:] {
		m, _ := node.(map[string]any)
		node = m[s.name]
		if list, ok := node.([]any); ok && s.index >= 0 && s.index < len(list) {
			node = list[s.index]
		}
		if m, ok := node.(map[string]any); ok {
			if m["handler"] != nil {
				handler, rest = m, steps[i+2:]
			}
			hosts = append(hosts, hostsOf(m)...)
		}
	}
	sites := w.sitesOf(server, hosts)
	name, _ := handler["handler"].(string)
	if ours[name] != nil {
		var all []line
		for _, s := range sites {
			w.each(s.lines, func(l line) {
				if l.name() == name {
					all = append(all, l)
				}
			})
		}
		for _, exactly := range []bool{true, false} {
			for _, l := range all {
				if !exactly || l.became(handler) {
					return w.within([]line{l}, append([]step{{name, -1}}, rest...))
				}
			}
		}
	}
	places := find(sites, name, handler)
	if len(places) == 1 {
		return places[0], true
	}
	for _, s := range sites {
		if len(s.addresses) > 0 {
			return whereIs(s.addresses[0]), false
		}
	}
	return w.beginning(), false
}

// became says whether a directive of ours became a handler.
func (l line) became(handler map[string]any) bool {
	read, _ := l.read()
	text, err := json.Marshal(read)
	var is map[string]any
	if err != nil || json.Unmarshal(text, &is) != nil {
		return false
	}
	same := func(a, b any) bool {
		one, _ := json.Marshal(a)
		other, _ := json.Marshal(b)
		return string(one) == string(other)
	}
	for key, value := range handler {
		if key != "handler" && key != "contents" && !same(value, is[key]) {
			return false
		}
	}
	return true
}

// find finds a directive of Caddy's own by the handler that it became; several places when
// several could be meant.
func find(sites []site, name string, handler map[string]any) (places []string) {
	names := makes[name]
	if names == nil {
		names = []string{name}
	}
	text, _ := json.Marshal(handler)
	var all, fitting []string
	var look func(lines []line)
	look = func(lines []line) {
		for _, l := range lines {
			if ours[l.name()] != nil {
				continue
			}
			if slices.Contains(names, l.name()) {
				all = append(all, l.place())
				if fits := slices.ContainsFunc(l.words[1:], func(w caddyfile.Token) bool { return strings.Contains(string(text), strconv.Quote(w.Text)) }); fits {
					fitting = append(fitting, l.place())
				}
			}
			look(l.lines)
		}
	}
	for _, s := range sites {
		look(s.lines)
	}
	if len(fitting) > 0 {
		return fitting
	}
	return all
}

// sitesOf gives the sites that a server is made of; those of some hosts, where it has hosts.
func (w *Written) sitesOf(server map[string]any, hosts []string) (all []site) {
	ports := map[string]bool{}
	listen, _ := server["listen"].([]any)
	for _, one := range listen {
		text, _ := one.(string)
		if _, port, err := net.SplitHostPort(text[strings.IndexByte(text, '/')+1:]); err == nil {
			ports[port] = true
		}
	}
	for _, s := range w.sites {
		for _, t := range s.addresses {
			address, err := httpcaddyfile.ParseAddress(t.Text)
			if err != nil {
				continue
			}
			port := address.Port
			if port == "" && address.Scheme == "http" {
				port = "80"
			} else if port == "" {
				port = "443"
			}
			if ports[port] && (len(hosts) == 0 || slices.Contains(hosts, strings.ToLower(address.Host))) {
				all = append(all, s)
				break
			}
		}
	}
	return all
}

func hostsOf(route map[string]any) (hosts []string) {
	sets, _ := route["match"].([]any)
	for _, set := range sets {
		matchers, _ := set.(map[string]any)
		list, _ := matchers["host"].([]any)
		for _, host := range list {
			if text, ok := host.(string); ok {
				hosts = append(hosts, strings.ToLower(text))
			}
		}
	}
	return hosts
}

// object gives an object of the configuration.
func (w *Written) object(path ...string) (map[string]any, bool) {
	at := w.config
	for _, name := range path {
		inner, ok := at[name].(map[string]any)
		if !ok {
			return nil, false
		}
		at = inner
	}
	return at, true
}

// told is how a fault of a configuration begins its line, wherever Caddy has put it.
var told = regexp.MustCompile(`(^|[\s:])at ((?:apps|admin|logging)(?:\.[\w\-]+(?:\[\d+\])?)*(?:\[\d+\])?): `)

// Tell puts lines of the Caddyfile where a text names places of its configuration.
func (w *Written) Tell(text string) string {
	return told.ReplaceAllStringFunc(text, func(found string) string {
		m := told.FindStringSubmatch(found)
		if at, _ := w.Place(m[2]); at != "" {
			return m[1] + at + ": "
		}
		return found
	})
}

// Tell puts lines of a Caddyfile where an error names places of the configuration that it
// became. A file that cannot be read gives the error as it is.
func Tell(file string, text []byte, err string) string {
	written, cannot := Read(file, text)
	if cannot != nil {
		return err
	}
	if _, cannot := written.adapt(file, text); cannot != nil {
		return err
	}
	return written.Tell(err)
}
