package caddymodule

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
)

func init() {
	caddy.RegisterModule(Admin{})
}

// inForce is the app whose configuration holds now.
var inForce atomic.Pointer[App]

// Standing is what holds now, for whoever runs the broker.
type Standing struct {
	Since    time.Time `json:"since"`
	Revision string    `json:"revision"` // of the policies
	Digest   string    `json:"digest"`
	Policies string    `json:"policies"` // the folder; "" are those in the program
	Sources  []string  `json:"sources"`
}

// nowInForce notes that this configuration holds from now on, and says so.
func (a *App) nowInForce() {
	revision := a.engine.Revision()
	a.standing = Standing{
		Since: time.Now().UTC(), Revision: revision.Name(), Digest: revision.Digest(), Policies: a.Policies,
		Sources: strings.Split(a.sourceIDs(), ", "),
	}
	a.log.Info("in force from now on", slog.String("policies", revision.Name()), slog.String("digest", revision.Digest()),
		slog.Int("sources", len(a.sources)))
	inForce.Store(a)
}

// contents is a digest of what the configuration names and does not hold: policies,
// sources and keys. It stands in the configuration, since Caddy takes nothing over
// when that is the same as before. What cannot be read is told when it is loaded.
func (a *App) contents() string {
	sum := sha256.New()
	found := false
	add := func(path string) {
		if text, err := os.ReadFile(path); err == nil {
			fmt.Fprintf(sum, "%q %d\n%s\n", path, len(text), text)
			found = true
		}
	}
	for _, folder := range []string{a.Sources, a.Policies} {
		if folder == "" {
			continue
		}
		_ = fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				add(filepath.Join(folder, path))
			}
			return nil
		})
	}
	for _, issuer := range a.Issuers {
		if issuer.JWKSFile != "" {
			add(issuer.JWKSFile)
		}
	}
	if !found {
		return ""
	}
	return fmt.Sprintf("sha256:%x", sum.Sum(nil))
}

// Admin answers GET /broker at the admin address: what holds now, and what is not
// ready and why, in full. Strangers are told in words alone (Health).
type Admin struct{}

// CaddyModule describes the admin routes to Caddy.
func (Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.broker", New: func() caddy.Module { return new(Admin) }}
}

// Provision makes the folder of the admin socket. Caddy listens right after it.
func (*Admin) Provision(ctx caddy.Context) error {
	l, err := loadingNow(ctx)
	if err != nil {
		return err
	}
	address := l.admin
	if address == "" {
		address = caddy.DefaultAdminListen
	}
	return prepareSocket(address)
}

// Routes are the paths that it answers.
func (*Admin) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: "/broker", Handler: caddy.AdminHandlerFunc(standing)}}
}

func standing(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("only GET is answered here")}
	}
	a := inForce.Load()
	if a == nil {
		return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: errors.New("no broker is in force")}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"in_force": a.standing, "wrong": a.ready(r.Context())})
}

var (
	_ caddy.Provisioner = (*Admin)(nil)
	_ caddy.AdminRouter = (*Admin)(nil)
)
