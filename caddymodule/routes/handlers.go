package routes

import (
	"slices"
	"strings"
)

// ours are the broker's own handlers.
var ours = []string{"broker", "broker_front", "broker_health", "broker_log", "broker_logout", "broker_revoke", "collector", "console"}

// known are, beside ours, Caddy's handlers that neither ask another server nor hand out files, and
// those that are looked into one by one. Any other is refused: that it does neither is not known.
var known = []string{
	"authentication", "encode", "error", "headers", "log_append", "map", "metrics", "request_body", "rewrite",
	"static_response", "timeouts", "vars",
	"file_server", "intercept", "invoke", "reverse_proxy", "subroute",
	"copy_response", "copy_response_headers", // within handle_response
}

// why some are refused.
var refused = map[string]string{
	"templates":   "can read files and secrets of this process, and ask its other sites",
	"tracing":     "sends the address of each request, which may name a patient, to another machine",
	"push":        "makes requests of its own",
	"acme_server": "asks whatever server a client names",
}

// refusedFor says why a handler may not stand in a process with a broker.
func refusedFor(name string) (why string, yes bool) {
	if why, yes = refused[name]; yes {
		return why, true
	}
	return "is not known: it might lead to a source, or hand out what the broker keeps", !slices.Contains(ours, name) && !slices.Contains(known, name)
}

// harmless are the handlers that neither answer nor alter a request that is not
// theirs, nor the answer to it.
func harmless(h map[string]any, name string, matched bool) bool {
	switch name {
	case "broker_health", "broker_log", "broker_front", "encode", "log_append", "timeouts":
		return true
	case "request_body":
		_, set := h["set"]
		return !set
	case "vars": // those that say who the client is go into the trail
		return h["client_ip"] == nil && h["trusted_proxy"] == nil
	case "headers":
		_, request := h["request"]
		return !request && !weakening(object(h, "response"))
	case "static_response", "error", "metrics", "broker_logout", "broker_revoke":
		return matched // for its own path
	}
	return false
}

// weakening says whether changes of an answer's fields could let somebody keep it, or let
// pages of other origins read it: whose may, "cors" says.
func weakening(response map[string]any) bool {
	deferred, _ := response["deferred"].(bool) // else the broker writes Cache-Control afterwards
	keeps := func(name string) bool {
		return deferred && (strings.EqualFold(name, "Cache-Control") || strings.Contains(name, "*"))
	}
	if slices.ContainsFunc(texts(response["delete"]), keeps) {
		return true
	}
	for _, kind := range []string{"add", "set", "replace"} {
		for name, value := range object(response, kind) {
			if kind != "replace" && strings.EqualFold(name, "Cache-Control") && !slices.ContainsFunc(texts(value), keepable) {
				continue
			}
			if keeps(name) || strings.HasPrefix(strings.ToLower(name), "access-control-") {
				return true
			}
		}
	}
	return false
}

// keepable says whether a Cache-Control lets somebody keep the answer (RFC 9111 section 5.2.2).
func keepable(control string) bool {
	stored := true
	for one := range strings.SplitSeq(strings.ToLower(control), ",") {
		switch strings.TrimSpace(one) {
		case "no-store":
			stored = false
		case "no-cache", "private", "max-age=0", "must-revalidate":
		default: // must-understand takes no-store back
			return true
		}
	}
	return stored
}
