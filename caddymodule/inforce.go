package caddymodule

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/version"
)

func init() {
	caddy.RegisterModule(Admin{})
}

// inForce is the app whose configuration holds now.
var inForce atomic.Pointer[App]

// Standing is what holds now, for whoever runs the broker.
type Standing struct {
	Since       time.Time `json:"since"`
	By          string    `json:"by,omitempty"` // who asked for it, as they say themselves
	Revision    string    `json:"revision"`     // of the policies
	Digest      string    `json:"digest"`
	Fingerprint string    `json:"fingerprint"` // of all of their folder, tests and cases too
	Policies    string    `json:"policies"`    // the folder; "" are those in the program
	// Release is the release in force; nil of a broker that goes by a folder.
	Release *StandingRelease `json:"release,omitempty"`
	// LastGood names the set of data/revisions that is in force instead of the folder's;
	// Override says who answers for a set that does not pass.
	LastGood string    `json:"last_good,omitempty"`
	Override *Override `json:"override,omitempty"`
	// Own are the digests of organisations' own rules beside it, by ODS code.
	Own     map[string]string `json:"own,omitempty"`
	Tests   int               `json:"tests"` // that it passed
	Cases   int               `json:"cases"`
	Sources []string          `json:"sources"`
	// Retention is for how many days records are kept, by class; others for ever.
	Retention retention.Periods `json:"retention"`
}

// standingNow says what holds now.
func (a *App) standingNow() Standing {
	s := Standing{Since: a.since, By: a.by, Policies: a.Policies, Sources: strings.Split(a.sourceIDs(), ", "), Retention: a.periods()}
	if set := a.ruling.current(); set != nil {
		s.Revision, s.Digest, s.Fingerprint = set.Revision.Name(), set.Revision.Digest(), set.Fingerprint
		for of, o := range set.Own {
			if s.Own == nil {
				s.Own = map[string]string{}
			}
			s.Own[of] = o.Revision.Digest()
		}
		s.LastGood, s.Tests, s.Cases = set.Kept, set.Tests, set.Cases
	}
	s.Release = a.ruling.standingRelease()
	if f := a.ruling.releases; f != nil && f.since.Load() != nil {
		s.Since = *f.since.Load()
	}
	if a.ruling.inEffect() {
		s.Override = a.ruling.override
	}
	return s
}

// nowInForce notes that this configuration holds from now on, and says so. An override is in
// the trail before anything is decided by it.
func (a *App) nowInForce() error {
	overrides.Lock()
	defer overrides.Unlock()
	if err := a.recordOverride(context.Background()); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	if err := a.keepRetention(); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	if err := a.firstInForce(context.Background()); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	set := a.ruling.set.Load()
	if a.ruling.override != nil {
		a.ruling.beginOverride()
	}
	a.since = time.Now().UTC()
	if by := asking.Load(); by != nil {
		a.by = *by
	}
	a.log.Info("in force from now on", slog.String("version", version.This().Version), slog.String("commit", version.This().Commit), slog.String("policies", set.Revision.Name()), slog.String("digest", set.Revision.Digest()),
		slog.String("by", a.by), slog.Int("sources", len(a.sources)))
	if a.ruling.byLastGood() {
		a.log.Error("the last good policies are in force, since those of the folder are not fit", slog.String("folder", a.Policies),
			slog.String("kept", set.Kept), slog.Any("faults", a.ruling.refused))
	}
	a.ruling.tellOwnLastGood(a.log)
	if a.replaced = inForce.Load(); a.replaced != nil {
		a.replacedSet.Store(a.replaced.ruling.current())
	}
	a.settled.Store(a.replaced != nil) // a reload makes nobody wait
	inForce.Store(a)
	if err := a.ruling.gate.Keep(set); err != nil {
		a.ruling.unkept.Store(true)
		a.log.Error("the policies in force could not be kept: a start with a broken folder will not find them", slog.Any("error", err))
	}
	a.ruling.gate.Settle(set)
	a.settled.Store(true)
	ctx, cancel := context.WithCancel(context.Background())
	a.unwatch = cancel
	go a.watch(ctx)
	if a.ruling.releases != nil {
		go a.fetch(ctx)
	}
	for _, r := range a.reaches {
		go r.Watch(ctx)
	}
	return nil
}

// noLongerInForce ends that. When this configuration was taken back at once, as when a site
// could not be opened, the one before holds still.
func (a *App) noLongerInForce() {
	a.gone.Store(true)
	if a.unwatch != nil {
		a.unwatch() // and not waited for: the disk of the folder may not answer
	}
	overrides.Lock() // what tells the trail is done, and does not begin again
	defer overrides.Unlock()
	before := a.replaced
	if before != nil && before.gone.Load() {
		before = nil
	}
	inForce.CompareAndSwap(a, before)
	a.replaced = nil
}

// mostContents bounds what is looked at of a file: none that is taken is as long.
const mostContents = 64<<20 + 1

// contents is a digest of what the configuration names and does not hold: policies,
// sources and keys. It stands in the configuration, since Caddy takes nothing over
// when that is the same as before. What cannot be read is told when it is loaded.
func (a *App) contents() string {
	sum := sha256.New()
	found := false
	add := func(path string) {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return // a pipe would be waited for
		}
		f, err := os.Open(path)
		if err != nil {
			return
		}
		defer f.Close() //nolint:errcheck // it was only read
		one := sha256.New()
		if _, err := io.Copy(one, io.LimitReader(f, mostContents)); err == nil {
			fmt.Fprintf(sum, "%q %x\n", path, one.Sum(nil))
			found = true
		}
	}
	folders := []string{a.Sources, a.Policies}
	for _, of := range slices.Sorted(maps.Keys(a.OwnPolicies)) {
		folders = append(folders, a.OwnPolicies[of])
	}
	for _, folder := range folders {
		if folder == "" {
			continue
		}
		_ = fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() { // a link to a file is read as the file
				add(filepath.Join(folder, path))
			}
			return nil
		})
	}
	for _, issuer := range a.Issuers {
		if issuer.JWKSFile != "" {
			add(issuer.JWKSFile)
		}
		if written := issuer.secretsWritten(); written != "" {
			fmt.Fprintf(sum, "secrets %q\n", written)
			found = true
		}
	}
	if a.Proof.Policy != "" {
		add(a.Proof.Policy)
	}
	if a.Releases != nil {
		add(a.Releases.Trust)
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

// Provision makes the folder of the admin socket. Caddy listens right after it, and lets go of
// what is in force later: a configuration without a broker, which none of our other modules
// sees, ends here.
func (*Admin) Provision(ctx caddy.Context) error {
	l, err := loadingNow(ctx)
	if err != nil {
		return err
	}
	if l.AppsRaw["broker"] == nil {
		return errNoBlock
	}
	address := l.adminAddress()
	if address == "" {
		address = caddy.DefaultAdminListen
	}
	return prepareSocket(address)
}

// Routes are the paths that it answers.
func (*Admin) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{
		{Pattern: "/broker", Handler: caddy.AdminHandlerFunc(standing)},
		{Pattern: "/broker/load", Handler: caddy.AdminHandlerFunc(load)},
		{Pattern: "/broker/changes", Handler: caddy.AdminHandlerFunc(changed)},
		{Pattern: "/broker/redeliver", Handler: caddy.AdminHandlerFunc(redeliver)},
		{Pattern: "/broker/look", Handler: caddy.AdminHandlerFunc(recordLook)},
	}
}

func standing(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("only GET is answered here")}
	}
	a := inForce.Load()
	if a == nil {
		return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: errors.New("no broker is in force")}
	}
	wrong, red := a.ready(r.Context())
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"version": version.This(), "in_force": a.standingNow(), "wrong": wrong, "red": red, "trail": a.trailNow()})
}

var (
	_ caddy.Provisioner = (*Admin)(nil)
	_ caddy.AdminRouter = (*Admin)(nil)
)
