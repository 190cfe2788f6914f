package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console"
	"github.com/mycarerecord/mcr/console/assets"
	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/decision/invariants"
	"github.com/mycarerecord/mcr/decision/states"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/token"
)

func init() {
	caddy.RegisterModule(Console{})
	httpcaddyfile.RegisterHandlerDirective("console", parseConsole)
	httpcaddyfile.RegisterDirectiveOrder("console", httpcaddyfile.Before, "reverse_proxy")
}

// Console is the web pages for professionals, IG teams and auditors.
type Console struct {
	// Path is where the console stands on its host. Default "/console".
	Path string `json:"path,omitempty"`
	// PublicURL is the host as browsers know it, scheme and host alone, such as
	// "https://record.wendshire.example". Required. Requests for another host are
	// not served.
	PublicURL string `json:"public_url,omitempty"`
	// Issuer is the OpenID provider exactly as it names itself. Default: the one
	// issuer of the broker block; required when that names several.
	Issuer string `json:"issuer,omitempty"`
	// ClientID is the console's at the issuer. Required. ClientSecret, or PrivateKey in PEM
	// (private_key_jwt, as NHS CIS2 asks for), proves it; neither is for a public client.
	// Write them as {env.NAME} or {file./path}: one in clear is refused.
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret Secret `json:"client_secret,omitempty"`
	PrivateKey   Secret `json:"private_key,omitempty"`
	// KeyID is the key's kid. KeyAlgorithm is what it signs with. Default: RS512, ES256, ES384,
	// ES512 or EdDSA, by the key. AssertionAudience is whom the proof is for. Default: the issuer.
	KeyID             string `json:"key_id,omitempty"`
	KeyAlgorithm      string `json:"key_algorithm,omitempty"`
	AssertionAudience string `json:"assertion_audience,omitempty"`
	// TrailRoles are the role codes (R8012) that may enter the audit trail,
	// RulesRoles those that may enter the rules. Default: the governance roles of
	// National RBAC.
	TrailRoles []string `json:"trail_roles,omitempty"`
	RulesRoles []string `json:"rules_roles,omitempty"`
	// Region are the ODS codes of the organisations at which the region's auditors
	// work, RegionRoles the role codes in which they do: who works there in one of
	// these sees the whole trail, everybody else the part about their own
	// organisation's records. One needs the other. Default: nobody.
	Region      []string `json:"region,omitempty"`
	RegionRoles []string `json:"region_roles,omitempty"`
	// OwnStaff lets an organisation see what its own staff did elsewhere, too.
	OwnStaff bool `json:"own_staff,omitempty"`
	// TrailNotice is a sentence that stands on every page of the audit trail, such as that some
	// of its records were made up for training. Default: none.
	TrailNotice string `json:"trail_notice,omitempty"`
	// VisitGap is how long a person may pause within one visit, as the trail counts
	// visits. Default 30m.
	VisitGap caddy.Duration `json:"visit_gap,omitempty"`
	// Idle is how long a session lasts that nobody uses, Longest how long any
	// lasts. Default 10m and 12h.
	Idle    caddy.Duration `json:"idle,omitempty"`
	Longest caddy.Duration `json:"longest,omitempty"`
	// Proposals lets releases of policies be approved and published on the rules' pages. Default: a
	// draft is downloaded as a release, and approved by command.
	Proposals *Proposals `json:"proposals,omitempty"`
	Brokers
	// Contents says when the files of its secrets were written last. The Caddyfile's reader
	// writes it, so that a reload sees that they changed.
	Contents string `json:"contents,omitempty"`

	secret string // what ClientSecret stands for
	key    string // what PrivateKey stands for
	// handler is made anew when other policies are in force: its pages have their words.
	handler  *atomic.Pointer[http.Handler]
	opened   *signin.Sessions
	sessions string // their key in the pool
}

// sessions are kept across reloads: a new configuration signs nobody out.
type sessions struct{ *signin.Sessions }

// Destruct forgets them; the sessions' own clock has ended those that were idle.
func (sessions) Destruct() error { return nil }

// CaddyModule describes the handler to Caddy.
func (Console) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.console", New: func() caddy.Module { return new(Console) }}
}

// Provision makes the console over the app's shared parts.
func (c *Console) Provision(ctx caddy.Context) error {
	got, err := ctx.App("broker")
	if err != nil {
		return err
	}
	app := got.(*App)
	if app.OnlyChecked {
		return nil // mcr validate has looked at it
	}
	if err := c.defaults(app); err != nil {
		return fmt.Errorf("console: %w", err)
	}
	if app.inUse != nil {
		return nil // there is nothing to serve with, and Start fails
	}
	if !assets.Built() {
		app.log.Warn("this program was built without the console's styles and scripts: pages are whole, but plain; build it with make")
	}
	if c.opened, err = c.open(); err != nil {
		return fmt.Errorf("console: %w", err)
	}
	if err := c.renew(ctx, app); err != nil {
		return errors.Join(fmt.Errorf("console: %w", err), c.Cleanup())
	}
	app.logouts.add(c.Issuer, c.opened)
	app.followDraft(ctx)
	app.ruling.afterRelease(func() {
		if err := c.renew(ctx, app); err != nil && ctx.Err() == nil {
			app.log.Error("the console goes on with the words of the policies before", "error", err)
		}
	})
	return nil
}

// renew makes its pages by the policies in force.
func (c *Console) renew(ctx context.Context, app *App) error {
	handler, err := c.make(ctx, app)
	if err != nil {
		return err
	}
	if c.handler == nil {
		c.handler = new(atomic.Pointer[http.Handler])
	}
	c.handler.Store(&handler)
	return nil
}

// Cleanup gives the sessions back; the last to do so forgets them.
func (c *Console) Cleanup() error {
	if c.sessions == "" {
		return nil
	}
	_, err := pool.Delete(c.sessions)
	c.sessions = ""
	return err
}

// open finds the sessions of the configuration before, if it was of the same
// issuer and the same times; otherwise people sign in again.
func (c *Console) open() (*signin.Sessions, error) {
	key := fmt.Sprintf("sessions %s %s %s %s %s", c.PublicURL, c.Path, c.Issuer, time.Duration(c.Idle), time.Duration(c.Longest))
	value, _, err := pool.LoadOrNew(key, func() (caddy.Destructor, error) {
		return sessions{signin.NewSessions(time.Duration(c.Idle), time.Duration(c.Longest))}, nil
	})
	if err != nil {
		return nil, err
	}
	c.sessions = key
	return value.(sessions).Sessions, nil
}

func (c *Console) defaults(app *App) error {
	err := checkTexts(c)
	if err != nil {
		return err
	}
	if c.secret, err = secret("client_secret", string(c.ClientSecret)); err != nil {
		return err
	}
	if c.key, err = secretKey("private_key", string(c.PrivateKey)); err != nil {
		return err
	}
	if err := c.proven(); err != nil {
		return err
	}
	if c.Issuer == "" && len(app.Issuers) == 1 {
		c.Issuer = app.Issuers[0].Name
	}
	for _, issuer := range app.Issuers {
		if issuer.Name == c.Issuer && issuer.RequireBound {
			return fmt.Errorf("issuer: %s has require_bound, and the console's tokens are plain ones: sign in at another issuer, or take require_bound away", c.Issuer)
		}
		if issuer.Name == c.Issuer {
			return nil
		}
	}
	return fmt.Errorf("issuer: %q is none of the broker block's, whose tokens alone the brokers accept", c.Issuer)
}

// proven gives what is wrong with how the console proves itself to the issuer.
func (c *Console) proven() error {
	if c.key != "" { // a client id that is missing is told beside it
		return errors.Join(token.Client{ID: "console", Secret: c.secret, Key: c.key, Algorithm: c.KeyAlgorithm}.Check()...)
	}
	var faults []error
	for _, of := range [][2]string{{"key_id", c.KeyID}, {"key_algorithm", c.KeyAlgorithm}, {"assertion_audience", c.AssertionAudience}} {
		if of[1] != "" {
			faults = append(faults, fmt.Errorf("%s: it goes with a private_key, which is missing; give one, or take it away", of[0]))
		}
	}
	return errors.Join(faults...)
}

func (c *Console) make(ctx context.Context, app *App) (http.Handler, error) {
	collector, collectorErr := c.Brokers.collector(app, "/fhir")
	trailRoles, trailErr := roles("trail_roles", c.TrailRoles)
	rulesRoles, rulesErr := roles("rules_roles", c.RulesRoles)
	region, regionErr := organisations("region", c.Region)
	regionRoles, regionRolesErr := roles("region_roles", c.RegionRoles)
	proposals, proposalsErr := c.proposals(app)
	if err := errors.Join(collectorErr, trailErr, rulesErr, regionErr, regionRolesErr, proposalsErr); err != nil {
		return nil, err
	}
	trail, ok := app.shared.store.(audit.Trail)
	if !ok {
		return nil, errors.New("the trail's store cannot be asked")
	}
	return console.New(console.Config{
		Path: c.Path, PublicURL: c.PublicURL, Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.secret,
		ClientKey: c.key, KeyID: c.KeyID, KeyAlgorithm: c.KeyAlgorithm, AssertionAudience: c.AssertionAudience,
		Verifier: app.verifier, Collector: collector, Engine: app.ruling.engine, Gatherer: app.shared.registry,
		Complete: app.shared.complete,
		Trail:    trail, Proofs: app.shared.follower, Recorder: recorder{app.shared}, Protector: app.shared.protector, BrokerID: app.ID,
		Policies: app.ruling.shown(), PreviousPolicies: app.ruling.before, Warning: app.ruling.warning,
		PoliciesFolder: app.ruling.candidate(), PoliciesInForce: app.ruling.asJudged, DecidedBy: app.ruling.decidedBy, Own: app.ruling.ownNow,
		Desk: app.desk(), Live: app.live, Proposals: proposals,
		Lasts: ctx, Prove: rules.Prove, Mutants: rules.Survivors, States: states.All(invariants.Beside),
		TrailRoles: trailRoles, RulesRoles: rulesRoles, Sessions: c.opened,
		RegionOrganisations: region, RegionRoles: regionRoles, OwnStaff: c.OwnStaff, TrailNotice: c.TrailNotice, VisitGap: time.Duration(c.VisitGap),
		Idle: time.Duration(c.Idle), Longest: time.Duration(c.Longest), Log: app.log,
	})
}

func roles(option string, texts []string) (codes []nhs.RoleCode, err error) {
	var faults []error
	for _, text := range texts {
		code, err := nhs.ParseRoleCode(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %q is not a role code such as R8012", option, text))
		}
		codes = append(codes, code)
	}
	return codes, errors.Join(faults...)
}

func organisations(option string, texts []string) (codes []nhs.ODSCode, err error) {
	var faults []error
	for _, text := range texts {
		code, err := nhs.ParseODSCode(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %q is not an ODS code such as RXA01", option, text))
		}
		codes = append(codes, code)
	}
	return codes, errors.Join(faults...)
}

// ServeHTTP answers with a page. Caddy's access log is left out: who looked at
// what stands in the audit trail.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if c.handler == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
	(*c.handler.Load()).ServeHTTP(w, fromClient(r))
	return nil
}

func parseConsole(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	c := new(Console)
	if err := read(h, c); err != nil {
		return nil, err
	}
	c.Contents = secretWritten(c.ClientSecret) + secretWritten(c.PrivateKey)
	if c.Proposals != nil {
		c.Contents += fileWritten(c.Proposals.Trust)
	}
	return c, nil
}

// UnmarshalCaddyfile reads the block "console"; the root Caddyfile shows every
// option with its meaning.
func (c *Console) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	r := reader{Dispenser: d}
	d.Next()
	if d.NextArg() {
		r.fault("console takes no value; take %q away", d.Val())
	}
	var half *misplaced // what is missing where one of region and region_roles stands alone
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch d.Val() {
		case "path":
			r.text(&c.Path)
		case "public_url":
			r.text(&c.PublicURL)
		case "issuer":
			r.text(&c.Issuer)
		case "client_id":
			r.text(&c.ClientID)
		case "client_secret":
			r.text((*string)(&c.ClientSecret))
		case "private_key":
			r.text((*string)(&c.PrivateKey))
		case "key_id":
			r.text(&c.KeyID)
		case "key_algorithm":
			r.text(&c.KeyAlgorithm)
		case "assertion_audience":
			r.text(&c.AssertionAudience)
		case "trail_roles":
			c.TrailRoles = r.codes(c.TrailRoles, "role code such as R8012", isRole)
		case "rules_roles":
			c.RulesRoles = r.codes(c.RulesRoles, "role code such as R8012", isRole)
		case "region":
			half = r.at("region: give region_roles too: the roles of the region's auditors there, as in: region_roles R8012")
			c.Region = r.codes(c.Region, "ODS code such as RXA01", isOrganisation)
		case "region_roles":
			half = r.at("region_roles: give region too: the organisations at which these roles see the whole trail")
			c.RegionRoles = r.codes(c.RegionRoles, "role code such as R8012", isRole)
		case "own_staff":
			c.OwnStaff = true
		case "trail_notice":
			r.text(&c.TrailNotice)
		case "visit_gap":
			r.duration(&c.VisitGap)
		case "idle":
			r.duration(&c.Idle)
		case "longest":
			r.duration(&c.Longest)
		case "proposals":
			c.Proposals = r.proposals()
		default:
			if !c.Brokers.option(&r) {
				r.unknown("path, public_url, issuer, client_id, client_secret, private_key, key_id, key_algorithm, assertion_audience, trail_roles, rules_roles, region, region_roles, own_staff, trail_notice, visit_gap, idle, longest, proposals, " + brokersOptions)
			}
		}
	}
	if half != nil && (len(c.Region) == 0 || len(c.RegionRoles) == 0) {
		r.faults = append(r.faults, *half)
	}
	return r.judged(c)
}

func isRole(text string) bool {
	_, err := nhs.ParseRoleCode(text)
	return err == nil
}

func isOrganisation(text string) bool {
	_, err := nhs.ParseODSCode(text)
	return err == nil
}

var (
	_ caddy.Provisioner           = (*Console)(nil)
	_ caddy.CleanerUpper          = (*Console)(nil)
	_ caddyhttp.MiddlewareHandler = (*Console)(nil)
	_ caddyfile.Unmarshaler       = (*Console)(nil)
)
