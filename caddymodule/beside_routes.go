package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/mycarerecord/mcr/caddymodule/routes"
)

// checkWhole looks at what stands beside the broker block: the rest of the global block, the
// logs, and every directive of ours in every site.
func (a *App) checkWhole(whole loading) (faults []error) {
	var declared []string
	if a.Sources != "" { // those built into the program are nobody's
		declared = slices.Collect(maps.Keys(a.sources))
	}
	kept, variables := a.kept(), secretVariables(caddyconfig.JSON(a, nil))
	for _, s := range stands(whole.AppsRaw["http"]) {
		config := caddyconfig.JSON(s.handler, nil)
		kept, variables = append(kept, secretFiles(config)...), append(variables, secretVariables(config)...)
	}
	for _, err := range takenApart(whole.check(routes.Configuration{
		Declared: func(source string) string { return a.sources[source].BaseURL }, Guarded: declared, Kept: kept, Variables: variables,
	})) {
		faults = append(faults, at(besidePath(err), err)...)
	}
	faults = append(faults, whole.checkLogs()...)
	faults = append(faults, whole.checkRedirects()...)
	for _, s := range stands(whole.AppsRaw["http"]) {
		faults = append(faults, s.disagreements()...)
		faults = append(faults, a.checkOurs(s)...)
	}
	return faults
}

// besidePath is the place in JSON of what is wrong beside the broker block.
func besidePath(err error) string {
	if fault, ok := errors.AsType[*routes.Fault](err); ok {
		return fault.Path
	}
	switch what, _, _ := strings.Cut(err.Error(), ":"); what {
	case "admin":
		return "admin.listen"
	case "persist_config":
		return "admin.config.persist"
	}
	return "apps.http"
}

// checkRedirects: where Caddy leads from http to https, whoever writes the wrong address sends
// a token in clear first, and finds that it works.
func (l loading) checkRedirects() (faults []error) {
	var app struct {
		Servers map[string]struct {
			Automatic struct {
				Disable   bool     `json:"disable"`
				Redirects bool     `json:"disable_redirects"`
				Skip      []string `json:"skip"`
			} `json:"automatic_https"`
			Routes []map[string]any `json:"routes"`
		} `json:"servers"`
	}
	if json.Unmarshal(l.AppsRaw["http"], &app) != nil {
		return nil
	}
	for _, s := range stands(l.AppsRaw["http"]) {
		name := stepsOf(s.path)[3].name
		server := app.Servers[name]
		if kind := s.handler["handler"]; kind != "broker" && kind != "collector" || server.Automatic.Disable || server.Automatic.Redirects {
			continue
		}
		for _, route := range server.Routes {
			if slices.ContainsFunc(hostsOf(route), func(host string) bool { return !slices.Contains(server.Automatic.Skip, host) }) {
				faults = append(faults, Fault{"apps.http.servers." + name + ".automatic_https", "auto_https: Caddy offers a way from http to this site, by which a token is sent in clear first; write in the global block: auto_https disable_redirects"})
				break
			}
		}
		if len(faults) > 0 {
			return faults
		}
	}
	return faults
}

// checkOurs decodes a directive of ours and looks at what it says.
func (a *App) checkOurs(s standsAt) []error {
	switch s.handler["handler"] {
	case "broker":
		h := &Handler{app: a}
		if len(a.sources) > 0 && into(s.handler, h) {
			return append(unfitTexts(s.path, h), h.check(s.path)...)
		}
	case "broker_log":
		served := new(Served)
		if into(s.handler, served) {
			return unfitTexts(s.path, served)
		}
	case "broker_logout":
		l := new(Logout)
		if into(s.handler, l) {
			return append(unfitTexts(s.path, l), at(s.path, l.check(a))...)
		}
	case "broker_revoke":
		v := new(Revoke)
		if into(s.handler, v) {
			return append(unfitTexts(s.path, v), at(s.path, v.check())...)
		}
	case "collector":
		c := new(Collector)
		if into(s.handler, c) {
			return append(unfitTexts(s.path, c), at(s.path, c.check(a))...)
		}
	case "console":
		c := new(Console)
		if into(s.handler, c) {
			return append(unfitTexts(s.path, c), at(s.path, c.check(a))...)
		}
	}
	return nil // what cannot be decoded Caddy tells
}

func into(handler map[string]any, to any) bool {
	text, err := json.Marshal(handler)
	return err == nil && json.Unmarshal(text, to) == nil
}

// check gives what is wrong with the options of a collector.
func (c *Collector) check(a *App) error {
	if len(a.sources) == 0 || a.verifier == nil || a.ruling == nil {
		return nil // what it rests on is told already
	}
	_, err := c.Brokers.collector(a, "/fhir")
	if err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	return nil
}

// check gives what is wrong with the options of a console.
func (c *Console) check(a *App) error {
	faults := []error{c.defaults(a)}
	if c.ClientID == "" {
		faults = append(faults, errors.New("client_id: missing; give the console's id at the issuer"))
	}
	if c.PublicURL == "" {
		faults = append(faults, errors.New(`public_url: missing; give scheme and host as browsers know it, as in https://record.example`))
	}
	if len(a.sources) > 0 && a.verifier != nil && a.ruling != nil {
		_, err := c.Brokers.collector(a, "/fhir")
		faults = append(faults, err)
	}
	_, trail := roles("trail_roles", c.TrailRoles)
	_, rules := roles("rules_roles", c.RulesRoles)
	_, region := organisations("region", c.Region)
	_, regionRoles := roles("region_roles", c.RegionRoles)
	var said []error
	for _, one := range takenApart(errors.Join(append(faults, trail, rules, region, regionRoles, c.Proposals.check())...)) {
		said = append(said, fmt.Errorf("console: %w", one))
	}
	return errors.Join(said...)
}

// standsAt is a handler of ours in a configuration.
type standsAt struct {
	path     string // in JSON
	handler  map[string]any
	matched  [][]string // of each route that leads to it and has paths: those
	stripped string     // what a rewrite before it takes from the beginning of the path
	behind   string     // the name of one of ours that answers everything before it
}

// stands finds every handler of ours in the servers of a configuration.
func stands(http []byte) (all []standsAt) {
	var app struct {
		Servers map[string]map[string]any `json:"servers"`
	}
	if json.Unmarshal(http, &app) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(app.Servers)) {
		look(app.Servers[name], standsAt{path: "apps.http.servers." + name}, &all)
	}
	return all
}

// look follows every way to a handler, whatever the handlers on it are.
func look(node any, s standsAt, all *[]standsAt) {
	switch n := node.(type) {
	case map[string]any:
		name, _ := n["handler"].(string)
		if ours[name] != nil {
			s.handler = n
			*all = append(*all, s)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(n)) {
			inner := s
			inner.path += "." + key
			if list, ok := n[key].([]any); ok && key == "routes" {
				lookAtRoutes(list, inner, all)
				continue
			}
			look(n[key], inner, all)
		}
	case []any:
		for i, item := range n {
			inner := s
			inner.path = fmt.Sprintf("%s[%d]", s.path, i)
			look(item, inner, all)
		}
	}
}

func lookAtRoutes(list []any, s standsAt, all *[]standsAt) {
	for i, item := range list {
		route, _ := item.(map[string]any)
		inner := s
		inner.path = fmt.Sprintf("%s[%d]", s.path, i)
		if paths := pathsOf(route["match"]); len(paths) > 0 {
			inner.matched = append(slices.Clone(s.matched), paths)
		}
		handlers, _ := route["handle"].([]any)
		for j, h := range handlers {
			handler, _ := h.(map[string]any)
			if strip, ok := handler["strip_path_prefix"].(string); ok {
				inner.stripped, s.stripped = strip, strip
			}
			before := len(*all)
			one := inner
			one.path = fmt.Sprintf("%s.handle[%d]", inner.path, j)
			look(handler, one, all)
			if name, _ := handler["handler"].(string); len(*all) > before && route["match"] == nil && (name == "collector" || name == "console") {
				inner.behind, s.behind = name, name
			}
		}
	}
}

// pathsOf gives the paths of a route; none when it takes others as well.
func pathsOf(match any) (paths []string) {
	sets, _ := match.([]any)
	for _, set := range sets {
		matchers, _ := set.(map[string]any)
		list, ok := matchers["path"].([]any)
		if !ok {
			return nil
		}
		for _, path := range list {
			paths = append(paths, fmt.Sprint(path))
		}
	}
	return paths
}

// disagreements says where a directive would never be asked by the path that it answers.
func (s standsAt) disagreements() (faults []error) {
	name, _ := s.handler["handler"].(string)
	if name == "broker_health" || name == "broker_log" || name == "broker_logout" || name == "broker_revoke" {
		return nil // they leave other paths alone, and stand where they stand
	}
	path, _ := s.handler["path"].(string)
	if path == "" {
		path = map[string]string{"console": "/console"}[name]
	}
	if path == "" {
		path = "/fhir"
	}
	if s.behind != "" {
		faults = append(faults, at(s.path, fmt.Errorf("%s: a %s before it in the same block answers everything, and this one is never asked; keep one, or give each a handle block", name, s.behind))...)
	}
	if s.stripped != "" && name != "broker" { // package routes tells it of a broker
		faults = append(faults, at(s.path+".path", fmt.Errorf("%s: handle_path takes %s away from the path before %s sees it; write handle", name, s.stripped, name))...)
	}
	asked := strings.TrimSuffix(path, "/") + "/Patient"
	for _, patterns := range s.matched {
		if !slices.ContainsFunc(patterns, func(pattern string) bool { return takes(pattern, asked) }) {
			faults = append(faults, at(s.path+".path", fmt.Errorf("%s: it answers %s, and its block is asked for %s alone; write the same path in both, as in: handle %s/* { %s { path %s } }",
				name, path, strings.Join(patterns, ", "), path, name, path))...)
		}
	}
	return faults
}

// takes says whether a path matcher of Caddy takes a path. One whose stars are not at its end
// is not judged.
func takes(pattern, path string) bool {
	pattern, path = strings.ToLower(pattern), strings.ToLower(path)
	beginning, star := strings.CutSuffix(pattern, "*")
	if strings.ContainsAny(beginning, "*{") {
		return true
	}
	return pattern == path || star && strings.HasPrefix(path, beginning)
}
