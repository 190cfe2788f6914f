package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// loading is the configuration that is being loaded, as a whole: what stands beside
// the broker can undo it. Caddy shows a module only its own part, and gives away the
// rest by no method: it is read by reflection, and when a new Caddy keeps it
// elsewhere nothing starts and a test says so.
type loading struct {
	admin    string // its address; "" is Caddy's default
	adminOff bool
	autosave bool
	http     []byte // the HTTP app; nil when there is none
	logs     map[string]logged
}

func loadingNow(ctx caddy.Context) (l loading, err error) {
	config := reflect.ValueOf(ctx).FieldByName("cfg")
	if !config.IsValid() || config.Type() != reflect.TypeFor[*caddy.Config]() || config.IsNil() {
		return l, errors.New("reading the whole configuration: this version of Caddy keeps it elsewhere")
	}
	config = config.Elem()
	if app := config.FieldByName("AppsRaw").MapIndex(reflect.ValueOf("http")); app.IsValid() {
		l.http = app.Bytes()
	}
	l.autosave, l.logs = true, logsOf(config.FieldByName("Logging"))
	admin := config.FieldByName("Admin")
	if admin.IsNil() {
		return l, nil
	}
	l.admin, l.adminOff = admin.Elem().FieldByName("Listen").String(), admin.Elem().FieldByName("Disabled").Bool()
	if settings := admin.Elem().FieldByName("Config"); !settings.IsNil() {
		if persist := settings.Elem().FieldByName("Persist"); !persist.IsNil() {
			l.autosave = persist.Elem().Bool()
		}
	}
	return l, nil
}

// check refuses what would let anybody round the broker. base gives the address of a
// source as it is declared; guarded are the sources to which no proxy may lead but
// its broker's, beside those that have a broker here.
func (l loading) check(base func(source string) string, guarded []string) error {
	faults := []error{l.checkAdmin()}
	if l.autosave {
		faults = append(faults, errors.New("persist_config: missing; without the line \"persist_config off\" in the global block "+
			"Caddy writes the whole configuration to a file of its own"))
	}
	var app struct {
		Servers map[string]server `json:"servers"`
	}
	if len(l.http) > 0 {
		if err := json.Unmarshal(l.http, &app); err != nil {
			return fmt.Errorf("reading the sites: %w", err)
		}
	}
	sources := map[string][]string{}
	for _, id := range guarded {
		sources[id] = []string{base(id)}
	}
	for _, b := range brokersIn(l.http) {
		address := b.BaseURL
		if address == "" {
			address = base(b.Source)
		}
		sources[b.Source] = append(sources[b.Source], address)
	}
	return errors.Join(append(faults, checkServers(app.Servers, sources)...)...)
}

// brokersIn finds every broker in a configuration, wherever it stands.
func brokersIn(config []byte) (all []Handler) {
	var find func(any)
	find = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			if n["handler"] == "broker" {
				source, _ := n["source"].(string)
				base, _ := n["base_url"].(string)
				all = append(all, Handler{Source: source, BaseURL: base})
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

// checkAdmin: who reaches the admin address can change everything, so that it is a
// socket in the file system, for one user.
func (l loading) checkAdmin() error {
	address := l.admin
	if address == "" {
		address = caddy.DefaultAdminListen
	}
	if l.adminOff {
		return nil
	}
	if host, unix := strings.CutPrefix(address, "unix/"); unix {
		_, err := socketPath(host)
		return err
	}
	return fmt.Errorf("admin: %s lets every program on this machine, or more, read and change the configuration; "+
		"write a socket, as in: admin unix//run/mcr/admin.sock", address)
}
