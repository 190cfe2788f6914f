package caddymodule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// logged is what one log of the configuration takes.
type logged struct{ include, exclude []string }

// logsOf gives the logs of a configuration, that which Caddy makes by itself too.
func logsOf(logging *caddy.Logging) map[string]logged {
	all := map[string]logged{}
	if logging != nil {
		for name, log := range logging.Logs {
			if log != nil {
				all[name] = logged{log.Include, log.Exclude}
			}
		}
	}
	if _, has := all["default"]; !has {
		all["default"] = logged{} // Caddy makes it
	}
	return all
}

// ofSite says that it is the log of a site, where nothing can be excluded.
func (l logged) ofSite() bool {
	return len(l.include) > 0 && !slices.ContainsFunc(l.include, func(name string) bool { return !strings.HasPrefix(name, "http.log.access.") })
}

// takes says whether a log takes what a logger says, by Caddy's own rule: the longest name
// that fits decides.
func (l logged) takes(logger string) bool {
	longest := func(names []string) (length int) {
		for _, name := range names {
			if name == "*" || strings.HasPrefix(logger+".", name+".") {
				length = max(length, len(name))
			}
		}
		return length
	}
	in, out := longest(l.include), longest(l.exclude)
	if len(l.include) > 0 && in == 0 {
		return false
	}
	return out == 0 || in > out
}

// talkative are Caddy's handlers that log the addresses of requests when debug is on, and that
// a request for a broker may come through. (One that rewrites is refused on its way.)
var talkative = []string{"reverse_proxy"}

// checkLogs: an address may name a patient, by NHS number too. A log that would take those of
// a server on which the broker stands is a fault. The broker logs one line a request itself.
func (l loading) checkLogs() (faults []error) {
	var app struct {
		Servers map[string]json.RawMessage `json:"servers"`
	}
	if json.Unmarshal(l.AppsRaw["http"], &app) != nil {
		return nil
	}
	loggers := map[string]bool{}
	for _, raw := range app.Servers {
		if len(stands([]byte(`{"servers":{"one":`+string(raw)+`}}`))) == 0 {
			continue
		}
		var server struct {
			Logs *struct {
				Default string         `json:"default_logger_name"`
				Names   map[string]any `json:"logger_names"`
			} `json:"logs"`
		}
		_ = json.Unmarshal(raw, &server)
		for _, kind := range []string{"access", "error"} {
			loggers["http.log."+kind] = true
			if server.Logs == nil {
				continue
			}
			for _, name := range append([]string{server.Logs.Default}, namesIn(server.Logs.Names)...) {
				if name != "" {
					loggers["http.log."+kind+"."+name] = true
				}
			}
		}
		for _, handler := range talkative {
			if strings.Contains(string(raw), `"handler":"`+handler+`"`) {
				loggers["http.handlers."+handler] = true
			}
		}
	}
	logs := logsOf(l.Logging)
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		var takes []string
		for _, logger := range slices.Sorted(maps.Keys(loggers)) {
			if logs[name].takes(logger) {
				takes = append(takes, logger)
			}
		}
		if len(takes) > 0 {
			remedy := "write in it: exclude " + strings.Join(takes, " ")
			if logs[name].ofSite() {
				remedy = "take it away: a site on a server with a broker has no log of its own; the broker logs one line a request"
			}
			faults = append(faults, Fault{"logging.logs." + name, fmt.Sprintf("log %s: it takes addresses, which may name patients; %s", name, remedy)})
		}
	}
	return faults
}

// namesIn gives the texts in a value of Caddy's that is one name or several.
func namesIn(node any) (all []string) {
	switch n := node.(type) {
	case string:
		return []string{n}
	case []any:
		for _, item := range n {
			all = append(all, namesIn(item)...)
		}
	case map[string]any:
		for _, item := range n {
			all = append(all, namesIn(item)...)
		}
	}
	return all
}
