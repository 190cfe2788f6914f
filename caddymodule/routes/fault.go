package routes

import "strings"

// Fault is one thing that is wrong, and where: its parts are for who knows the Caddyfile's
// lines.
type Fault struct {
	// Path is where it stands in Caddy's JSON: "apps.http.servers.srv0.routes[0].handle[1]".
	Path string
	// Server is the server's name in Caddy's JSON and where it listens: "server srv0 (:8443)".
	// "" is what no server has.
	Server string
	// Route is the way to the handler: "route 1 (record.example), route 2 (/raw*)".
	Route string
	// Handler is the name of the module: "reverse_proxy", and Argument what of it is wrong,
	// such as an upstream; either may be "".
	Handler, Argument string
	// Problem is what is wrong, Remedy what to write instead.
	Problem, Remedy string
}

// Error tells all of it in one line; a form that is to be pasted follows in lines of its own.
func (f *Fault) Error() string {
	var where []string
	for _, part := range []string{f.Server, f.Route} {
		if part != "" {
			where = append(where, part)
		}
	}
	text := strings.Join(where, ", ")
	if text != "" {
		text += ": "
	}
	if f.Handler != "" {
		text += f.Handler + " "
	}
	text += f.Problem
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}
