package caddymodule

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	ofServer  = regexp.MustCompile(`^server (\S+) \(`)
	ofRoute   = regexp.MustCompile(`, (errors|route (\d+)|named route [^,:]+)`)
	ofHandler = regexp.MustCompile(`: (?:a )?(\w+) `)
)

// pathOf gives the path in JSON of what the check of all routes found (checkServers), which
// says it in words: "server srv0 (:8443), route 1 (a.example), route 2: reverse_proxy leads …".
func (l loading) pathOf(text string) string {
	switch {
	case strings.HasPrefix(text, "admin:"):
		return "admin.listen"
	case strings.HasPrefix(text, "persist_config:"):
		return "admin.config.persist"
	}
	m := ofServer.FindStringSubmatch(text)
	if m == nil {
		return "apps.http"
	}
	path := "apps.http.servers." + m[1]
	if strings.Contains(text, "are not judged before they are read") {
		return path + ".listener_wrappers"
	}
	var app struct {
		Servers map[string]map[string]any `json:"servers"`
	}
	if json.Unmarshal(l.AppsRaw["http"], &app) != nil {
		return path
	}
	var node any = app.Servers[m[1]]
	down := func(key string, index int) bool {
		inner, _ := node.(map[string]any)
		list, _ := inner[key].([]any)
		if index < 0 || index >= len(list) {
			return false
		}
		node, path = list[index], fmt.Sprintf("%s.%s[%d]", path, key, index)
		return true
	}
	// handler goes to the first handler of a route that fits.
	handler := func(fits func(map[string]any) bool) bool {
		inner, _ := node.(map[string]any)
		list, _ := inner["handle"].([]any)
		for i, item := range list {
			if h, _ := item.(map[string]any); fits(h) {
				return down("handle", i)
			}
		}
		return false
	}
	head, _, _ := strings.Cut(text, "): ")
	for i, r := range ofRoute.FindAllStringSubmatch(head, -1) {
		if r[1] == "errors" {
			inner, _ := node.(map[string]any)
			node, path = inner["errors"], path+".errors"
			continue
		}
		n, _ := strconv.Atoi(r[2])
		inside := func(h map[string]any) bool { return h["routes"] != nil }
		if i > 0 && !strings.HasSuffix(path, ".errors") && !handler(inside) {
			return path
		}
		if !down("routes", n-1) {
			return path
		}
	}
	if name := ofHandler.FindStringSubmatch(strings.TrimPrefix(text, head)); name != nil {
		handler(func(h map[string]any) bool { return h["handler"] == name[1] })
	}
	return path
}
