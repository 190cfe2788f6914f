// Package routes judges what stands beside the brokers in Caddy's configuration: nothing but
// a broker leads to a source, nothing changes a request on its way to a broker or the answer on
// its way back, and no site hands out the broker's own files or secrets.
//
// It is pure but for two things: names are looked up, since one machine has many, and links in
// the file system are followed. What a name will mean tomorrow it cannot know.
package routes

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Configuration is what is judged.
type Configuration struct {
	// HTTP is the configuration of Caddy's HTTP app; nil when there is none.
	HTTP []byte
	// Others are the other parts of the configuration that are known, by their names: "tls".
	Others map[string][]byte
	// Declared gives the address of a source as it is declared: "" when it is not.
	Declared func(source string) string
	// Guarded are the sources to which nothing but a broker may lead, beside those that have a
	// broker here.
	Guarded []string
	// Kept are folders and files that no site may hand out.
	Kept []string
	// Variables are those of the environment from which the broker takes secrets.
	Variables []string
}

// Check gives all that is wrong, each a *Fault but where the configuration cannot be read.
func (c Configuration) Check() []error {
	var app struct {
		Servers map[string]server `json:"servers"`
	}
	if len(c.HTTP) > 0 {
		if err := json.Unmarshal(c.HTTP, &app); err != nil {
			return []error{fmt.Errorf("reading the sites: %w", err)}
		}
	}
	var names any
	if len(c.HTTP) > 0 {
		if err := json.Unmarshal(c.HTTP, &names); err != nil {
			return []error{fmt.Errorf("reading the sites: %w", err)}
		}
	}
	at := newPlaces(c.sources())
	faults := append(misspelt(names, "", "apps.http"), checkServers(app.Servers, at, files(c.Kept), c.Variables)...)
	for _, name := range slices.Sorted(maps.Keys(c.Others)) {
		var whole any
		if err := json.Unmarshal(c.Others[name], &whole); err != nil {
			return append(faults, fmt.Errorf("reading %s: %w", name, err))
		}
		faults = append(faults, at.named(whole, name, "apps."+name, "")...)
	}
	return faults
}

// sources gives all addresses of every source.
func (c Configuration) sources() map[string][]string {
	all := map[string][]string{}
	for _, id := range c.Guarded {
		all[id] = []string{c.Declared(id)}
	}
	for _, b := range brokersIn(c.HTTP) {
		bases := texts(b["base_url"])
		if len(bases) == 0 {
			bases = []string{c.Declared(text(b, "source"))}
		}
		if socket := text(b, "socket"); socket != "" {
			bases = append(bases, "unix/"+socket)
		}
		all[text(b, "source")] = append(all[text(b, "source")], bases...)
	}
	return all
}

// brokersIn finds every broker in a configuration, wherever it stands.
func brokersIn(config []byte) (all []map[string]any) {
	var find func(any)
	find = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			if n["handler"] == "broker" {
				all = append(all, n)
			}
			for _, inner := range n {
				find(inner)
			}
		case []any:
			for _, inner := range n {
				find(inner)
			}
		}
	}
	var whole any
	if json.Unmarshal(config, &whole) == nil {
		find(whole)
	}
	return all
}

// text gives a text of a JSON object; "" when there is none.
func text(object map[string]any, key string) string {
	value, _ := object[key].(string)
	return value
}

// object gives an object within one; nil when there is none.
func object(of map[string]any, key string) map[string]any {
	value, _ := of[key].(map[string]any)
	return value
}

// list gives a list within an object; nil when there is none.
func list(of map[string]any, key string) []any {
	value, _ := of[key].([]any)
	return value
}

// texts gives a text, or a list of them, as a list.
func texts(node any) (all []string) {
	switch n := node.(type) {
	case string:
		return []string{n}
	case []any:
		for _, item := range n {
			if s, ok := item.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}
