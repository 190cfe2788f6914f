package caddymodule

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/mycarerecord/mcr/caddymodule/routes"
)

// loading is the configuration that is being loaded, as a whole: what stands beside
// the broker can undo it. Caddy shows a module only its own part, and gives away the
// rest by no method: it is found by reflection, and when a new Caddy keeps it
// elsewhere nothing starts and a test says so.
type loading struct{ *caddy.Config }

func loadingNow(ctx caddy.Context) (loading, error) {
	config := reflect.ValueOf(ctx).FieldByName("cfg")
	if !config.IsValid() || config.Type() != reflect.TypeFor[*caddy.Config]() || config.IsNil() {
		return loading{}, errors.New("reading the whole configuration: this version of Caddy keeps it elsewhere")
	}
	return loading{(*caddy.Config)(config.UnsafePointer())}, nil
}

// adminAddress is where the admin address is; "" is Caddy's default.
func (l loading) adminAddress() string {
	if l.Admin == nil {
		return ""
	}
	return l.Admin.Listen
}

// check refuses what would let anybody round the broker.
func (l loading) check(c routes.Configuration) error {
	faults := []error{l.checkAdmin(), l.checkApps()}
	if l.Admin == nil || l.Admin.Config == nil || l.Admin.Config.Persist == nil || *l.Admin.Config.Persist {
		faults = append(faults, errors.New("persist_config: missing; without the line \"persist_config off\" in the global block "+
			"Caddy writes the whole configuration to a file of its own"))
	}
	// What Caddy has made something of already it has let go of: this is all that is left.
	c.HTTP, c.Others = l.AppsRaw["http"], map[string][]byte{}
	for _, name := range []string{"tls", "pki"} {
		if raw := l.AppsRaw[name]; len(raw) > 0 {
			c.Others[name] = raw
		}
	}
	return errors.Join(append(faults, c.Check()...)...)
}

// apps are Caddy's own whose doings are known.
var apps = []string{"broker", "http", "tls", "pki", "events", "caddy.filesystems"}

func (l loading) checkApps() error {
	for _, name := range slices.Sorted(maps.Keys(l.AppsRaw)) {
		if !slices.Contains(apps, name) {
			return fmt.Errorf("apps: %s is not known: it might lead to a source; run another Caddy for it, beside this process", name)
		}
	}
	return nil
}

// checkAdmin: who reaches the admin address can change everything, so that it is a
// socket in the file system, for one user.
func (l loading) checkAdmin() error {
	address := l.adminAddress()
	if address == "" {
		address = caddy.DefaultAdminListen
	}
	if l.Admin != nil && l.Admin.Remote != nil {
		return errors.New("admin: remote lets other machines read and change the configuration; take it away")
	}
	if l.Admin != nil && l.Admin.Config != nil && len(l.Admin.Config.LoadRaw) > 0 {
		return errors.New("admin: load takes the configuration from elsewhere, unseen; take it away, and use mcr reload")
	}
	if l.Admin != nil && l.Admin.Disabled {
		return nil
	}
	if host, unix := strings.CutPrefix(address, "unix/"); unix {
		_, err := socketPath(host)
		return err
	}
	return fmt.Errorf("admin: %s lets every program on this machine, or more, read and change the configuration; "+
		"write a socket, as in: admin unix//run/mcr/admin.sock", address)
}

// kept are the folders and files of the broker that no site may hand out.
func (a *App) kept() []string {
	all := append([]string{a.Data}, a.Registry.kept(a.Data)...)
	for _, path := range []string{a.Sources, a.Policies, a.Revocations} {
		if path != "" {
			all = append(all, path)
		}
	}
	if a.Trail.Kind == "sqlite" && a.Trail.DSN != "" && !strings.Contains(string(a.Trail.DSN), "{") {
		all = append(all, filepath.Clean(string(a.Trail.DSN)))
	}
	return append(all, secretFiles(caddyconfig.JSON(a, nil))...)
}

// secretFiles are the files that a part of the configuration of ours takes secrets from: those
// that placeholders name, and the private keys by which a broker is known to its source.
func secretFiles(config []byte) (all []string) {
	for _, m := range inFile.FindAllSubmatch(config, -1) {
		all = append(all, string(m[1]))
	}
	return all
}

// secretVariables are the variables of the environment that it takes secrets from.
func secretVariables(config []byte) (all []string) {
	for _, m := range inEnvironment.FindAllSubmatch(config, -1) {
		all = append(all, string(m[1]))
	}
	return all
}

var inEnvironment = regexp.MustCompile(`\{env\.([^{}"]+)\}`)

var inFile = regexp.MustCompile(`(?:\{file\.|"client_certificate_key_file":")([^{}"]+)["}]`)
