package routes

import (
	"fmt"
	"slices"
	"strings"
)

// read are the names of Caddy's JSON by which the checks go. Caddy takes them in any case
// ("Upstreams", as encoding/json does), and these checks would pass over one in another.
var read = []string{
	"active", "add", "addresses", "automatic_https", "base_url", "brokers", "browse", "deferred", "default_logger_name", "delete", "dial",
	"disable", "disable_redirects", "dynamic_upstreams", "errors", "forward_proxy_url", "from", "fs", "group", "handle", "handle_response",
	"health_checks", "listen", "listener_wrappers", "logger_names", "logs", "match", "name", "named_routes", "network_proxy", "passive", "path",
	"port", "protocol", "replace", "request", "resolver", "response", "root", "routes", "set", "skip", "socket", "source", "sources",
	"template_file", "terminal", "tls", "transport", "upstream", "upstreams", "url",
}

// free are objects whose names are somebody's own: of headers, parameters, variables, servers.
var free = []string{
	"add", "env", "header", "header_regexp", "headers", "logger_names", "named_routes", "query", "replace", "servers", "set", "vars", "vars_regexp",
}

// misspelt finds names that Caddy understands and the checks do not. of is the name of what
// node is the value of, and path where it stands.
func misspelt(node any, of, path string) (faults []error) {
	switch n := node.(type) {
	case map[string]any:
		own := slices.Contains(free, of) || n["handler"] == "vars"
		for _, key := range sortedKeys(n) {
			where := path + "." + key
			if !own && !slices.Contains(read, key) {
				if i := slices.IndexFunc(read, func(name string) bool { return strings.EqualFold(name, key) }); i >= 0 {
					faults = append(faults, &Fault{Path: where, Argument: key, Problem: key + " is written otherwise than Caddy does", Remedy: "write " + read[i]})
				}
			}
			faults = append(faults, misspelt(n[key], key, where)...)
		}
	case []any:
		for i, inner := range n {
			faults = append(faults, misspelt(inner, of, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return faults
}
