package routes

import (
	"regexp"
	"slices"
)

// stored are Caddy's placeholders for what stands in the environment or in a file. Caddy puts
// no placeholder into another, so that a name is always written out.
var stored = regexp.MustCompile(`\{(env|file)\.([^{}]*)`)

// secrets judges the placeholders of a handler. What the broker takes a secret from, and its
// files, stand nowhere else. Any other that could come into an answer is refused: a process
// that has secrets has them in its environment and in files.
func (w *walk) secrets(h map[string]any, where spot, name string) {
	if slices.Contains(ours, name) {
		return // they say themselves where a secret may stand
	}
	each(h, func(kind, of string) {
		if w.keptSecret(where, name, kind, of) || !answers(h, name, kind, of) {
			return
		}
		placeholder := "{" + kind + "." + of + "}"
		remedy := "write {$" + of + "}, which is put in when the Caddyfile is read, if it is no secret"
		if kind == "file" {
			remedy = "write the text itself, or hand out a folder: root * /srv/pages, file_server"
		}
		w.fault(where, name, placeholder, "could answer with "+placeholder+", and the environment and files of this process hold secrets", remedy)
	})
}

// keptSecret refuses a placeholder for what the broker keeps secret.
func (w *walk) keptSecret(where spot, name, kind, of string) bool {
	if kind == "env" && slices.Contains(w.variables, of) {
		w.fault(where, name, of, "holds the variable "+of+", from which the broker takes a secret", "take {env."+of+"} away")
		return true
	}
	if kind == "file" && w.kept.at(of) != "" {
		w.fault(where, name, of, "holds the file "+of+", which the broker keeps", "take {file."+of+"} away")
		return true
	}
	return false
}

// matched judges the placeholders by which a route is chosen: what a pattern takes out of a
// text can be answered.
func (w *walk) matched(match any, where spot) {
	each(match, func(kind, of string) { w.keptSecret(where, "a matcher", kind, of) })
}

// answers says whether a placeholder of a handler could come into an answer, by whatever way:
// what is put into the request, or into a variable, can be answered by another handler.
func answers(h map[string]any, name, kind, of string) bool {
	said := any(h)
	switch name {
	case "authentication", "file_server":
		return false
	case "reverse_proxy": // what the other server is told is its own
		said = object(h, "headers")["response"]
	case "vars": // which folder files are handed out of is judged where it stands
		rest := map[string]any{}
		for key, value := range h {
			if key != "root" {
				rest[key] = value
			}
		}
		said = rest
	}
	found := false
	each(said, func(k, o string) { found = found || k == kind && o == of })
	return found
}

// each gives the placeholders in the texts of a node, names of members too, in their order, each
// once. The routes of a handler are left out: they are judged themselves.
func each(node any, one func(kind, of string)) {
	seen := map[string]bool{}
	var find func(node any)
	text := func(s string) {
		for _, m := range stored.FindAllStringSubmatch(s, -1) {
			if !seen[m[0]] {
				seen[m[0]] = true
				one(m[1], m[2])
			}
		}
	}
	find = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			for _, key := range sortedKeys(n) {
				text(key)
				if key != "routes" && key != "handle_response" && key != "errors" {
					find(n[key])
				}
			}
		case []any:
			for _, inner := range n {
				find(inner)
			}
		case string:
			text(n)
		}
	}
	find(node)
}
