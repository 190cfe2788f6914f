package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/broker"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/replay"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/upstreams"
	"github.com/mycarerecord/mcr/upstreams/reach"
	"github.com/mycarerecord/mcr/vouch"
)

func init() {
	caddy.RegisterModule(new(App))
}

// App holds what every broker of this process shares. Each field's comment is
// written for the operator; the Caddyfile option of the same name sets it.
type App struct {
	// ID names this broker in every audit record. It must be unlike that of any
	// other broker of the region and never change: records are numbered under it.
	// Required.
	ID string `json:"id"`

	// Data is the folder for what must last: keys, spool, registry and (unless
	// Trail says otherwise) the trail. Default "data". It must be on a local disk.
	Data string `json:"data,omitempty"`

	// Sources is the folder of <id>.yaml files that declare the source systems.
	// Default: the sources built into the program, which are the demo's.
	Sources string `json:"sources,omitempty"`

	// Policies is the folder of the Rego policies. Default: those built into the
	// program.
	Policies string `json:"policies,omitempty"`

	// Override puts a set of policies in force that does not pass, for some days at most,
	// since somebody answers for it.
	Override *Override `json:"policies_override,omitempty"`

	// OwnPolicies are the folders of organisations' own rules, by ODS code, which restrict what the
	// policies permit to be seen at their sources. Default: none.
	OwnPolicies map[string]string `json:"own_policies,omitempty"`

	// Releases has the broker go by releases of policies that it fetches, instead of a folder.
	Releases *Releases `json:"releases,omitempty"`
	// Registry says where permissions, opt-outs, relationships and test orders are.
	Registry Registry `json:"registry,omitzero"`

	// Trail is where audit records are kept and asked.
	Trail Trail `json:"trail,omitzero"`

	// Spool bounds the durable log that records go through.
	Spool Spool `json:"spool,omitzero"`

	// Proof says how the trail is made provable to others.
	Proof Proof `json:"proof,omitzero"`

	// Retention says for how many days records are kept, by class (access, consent, emergency,
	// refusal, look, operation); a class that it does not name is kept for ever. The broker
	// takes nothing away: mcr audit retain does, by what was in force last. Default, where
	// it is not set at all: eight years, ten for consent and emergencies.
	Retention retention.Periods `json:"retention,omitzero"`

	// ForwardedBy are the collectors and consoles of other processes whose word is taken
	// for where a person asked from, which then stands in the trail: the name that the
	// trail gives each, by its public key, which stands in forwarding.pub in its data
	// folder. This process's own are believed without it.
	ForwardedBy map[string]string `json:"forwarded_by,omitempty"`

	// Patient says how the NHS number stands in audit records: "encrypted" (the
	// holder of the deployment's key can read it) or "masked" (nobody can; it is
	// still found by its keyed HMAC). Default "encrypted".
	Patient string `json:"patient,omitempty"`

	// Issuers are those whose tokens are accepted. At least one.
	Issuers []Issuer `json:"issuers,omitempty"`

	// Revocations is a file of revoked tokens, read again when it changes. When
	// it is set and cannot be read every token is refused. Default: none.
	Revocations string `json:"revocations,omitempty"`

	// IdentityFor is how long a source's patient id stays paired with an NHS
	// number in memory. Default 1m, at most 10m.
	IdentityFor caddy.Duration `json:"identity_for,omitempty"`

	// MaxHeld bounds the memory, in bytes, that all sources' answers under way take in this
	// process, with what cutting them takes. One that finds no room within a second is
	// answered 503 busy. Default 512 MiB; at least four times the largest answer, or
	// document, of a source. A collector and the console have their own (max_held).
	MaxHeld int64 `json:"max_held,omitempty"`

	// WalkingMost and WalkingWithin stop a person who is refused for more than so
	// many different patients in so long. Default 30 in 10m. A negative WalkingMost
	// turns it off: then nothing stops a person who tries every NHS number.
	WalkingMost   int            `json:"walking_most,omitempty"`
	WalkingWithin caddy.Duration `json:"walking_within,omitempty"`
	// OnlyChecked makes this a broker that is never started and opens nothing: mcr validate has
	// Caddy look at its own part of a configuration so.
	OnlyChecked bool `json:"only_checked,omitempty"`

	// Contents is a digest of the files that this names (policies, sources, keys).
	// The Caddyfile's reader writes it, so that a reload sees that they changed.
	Contents string `json:"contents,omitempty"`

	since    time.Time
	by       string
	sources  map[string]upstreams.Source
	ruling   *ruling
	live     *replay.Live // nothing, until a console has it followed
	follow   sync.Once
	verifier *token.Verifier
	logouts  logouts
	shared   *shared // nil only when inUse
	vouched  *vouch.Verifier
	reaches  []*reach.Addresses // of every broker here
	inUse    error              // why the shared parts are another process's, or are not opened
	checking bool               // it is only said what is wrong: nothing is made
	log      *slog.Logger
	replaced *App // what was in force before
	// replacedSet is the set of policies that decided until this configuration took over.
	replacedSet atomic.Pointer[gate.Set]
	gone        atomic.Bool // it was cleaned up
	settled     atomic.Bool // what is to be done at a start is done
	unwatch     context.CancelFunc
}

// CaddyModule describes the app to Caddy.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "broker", New: func() caddy.Module { return new(App) }}
}

// Provision makes or finds every part, and reports all that is wrong at once. What needs a
// restart is told first, and before anything is made.
func (a *App) Provision(ctx caddy.Context) error {
	withoutWords()
	a.log = slog.New(legible.Log(ctx.Slogger().Handler()))
	a.defaults()
	if a.OnlyChecked {
		a.inUse = errOnlyChecked
		return nil
	}
	if err := a.needsRestart(); err != nil {
		return err
	}
	// A reload makes folders and files that are not there: not where they were taken away.
	if now := inForce.Load(); now != nil && now.shared != nil && now.shared.places != nil {
		if err := now.shared.places.Now(); err != nil {
			return fmt.Errorf("configuring the broker: nothing is taken over until all is in its place: %w", err)
		}
	}
	whole, err := loadingNow(ctx)
	if err != nil {
		return fmt.Errorf("configuring the broker: %w", err)
	}
	if faults := a.read(ctx, &whole); len(faults) > 0 {
		return fmt.Errorf("configuring the broker:\n%w", errors.Join(faults...))
	}
	parts, err := a.open()
	if errors.Is(err, spool.ErrLocked) {
		// Another broker runs on the same folder. Start says so.
		a.inUse = err
		return nil
	}
	if err != nil {
		return fmt.Errorf("configuring the broker: %w", err)
	}
	a.shared = parts
	a.live = a.liveDraft()
	a.verifier.Heed(parts.ended)
	if a.vouched, err = a.believed(); err != nil {
		return fmt.Errorf("configuring the broker: %w", err)
	}
	return registerMetrics(ctx.GetMetricsRegistry(), a)
}

// read reads all that is named, and gives everything that is wrong with this and with what
// stands beside it, where that is known. It makes nothing but the verdict on policies.
func (a *App) read(ctx context.Context, whole *loading) (faults []error) {
	faults = append(faults, a.check()...)
	faults = append(faults, at(inBroker+".retention", a.checkRetention())...)
	faults = append(faults, a.loadSources()...)
	faults = append(faults, a.checkOwnPolicies(whole)...)
	faults = append(faults, at(inBroker+".policies", a.loadPolicies(ctx))...)
	faults = append(faults, a.loadVerifier()...)
	if whole != nil {
		faults = append(faults, a.checkWhole(*whole)...)
	}
	return faults
}

func (a *App) defaults() {
	if a.Data == "" {
		a.Data = "data"
	}
	if a.Patient == "" {
		a.Patient = "encrypted"
	}
	if a.IdentityFor == 0 {
		a.IdentityFor = caddy.Duration(time.Minute)
	}
	if a.MaxHeld == 0 {
		a.MaxHeld = broker.MostHeld
	}
	if a.WalkingMost == 0 {
		a.WalkingMost = 30
	}
	if a.WalkingWithin == 0 {
		a.WalkingWithin = caddy.Duration(10 * time.Minute)
	}
	a.Spool.defaults()
	a.Trail.defaults(a.Data)
	a.Proof.defaults()
}

// masked is the Patient of a broker whose records show nobody an NHS number.
const masked = "masked"

// check looks at the values themselves.
func (a *App) check() (faults []error) {
	fault := func(field, format string, args ...any) {
		faults = append(faults, Fault{inBroker + "." + field, fmt.Sprintf(format, args...)})
	}
	faults = append(faults, unfitTexts(inBroker, a)...)
	faults = append(faults, at(inBroker+".id", checkID("id", a.ID))...)
	if a.Patient != "encrypted" && a.Patient != masked {
		fault("patient", "patient: %q is neither encrypted nor masked; write one of the two", a.Patient)
	}
	if a.IdentityFor < 0 || time.Duration(a.IdentityFor) > 10*time.Minute {
		fault("identity_for", "identity_for: must be at most 10m")
	}
	if a.WalkingWithin < 0 {
		fault("walking_within", "walking: the time is negative; write it as in: walking 30 10m")
	}
	if a.MaxHeld < 0 {
		fault("max_held", "max_held: is negative; write it as in: max_held 512MiB")
	}
	if len(a.Issuers) == 0 {
		fault("issuers", "issuer: missing; name at least one token issuer")
	}
	if a.Releases != nil {
		faults = append(faults, under(inBroker+".releases", []string{"from", "trust", "every", "too_old"}, a.Releases.check(a))...)
	}
	if a.Override != nil {
		faults = append(faults, under(inBroker+".policies_override", []string{"fingerprint", "by", "reason", "until"}, a.Override.check(time.Now()))...)
	}
	for key, name := range a.ForwardedBy {
		if _, err := vouch.ParseKey(key); err != nil || checkID("", name) != nil {
			fault("forwarded_by", "forwarded_by: %q: give a name and the key in forwarding.pub in that collector's data folder, as in: forwarded_by wend-region 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", name)
		}
	}
	faults = append(faults, folder("sources", a.Sources)...)
	if a.checking { // a start without it may go by the last good set
		faults = append(faults, folder("policies", a.Policies)...)
	}
	if a.checking || inForce.Load() != nil { // a start goes on without it, and refuses every token meanwhile
		faults = append(faults, file("revocations", a.Revocations)...)
	}
	return append(faults, slices.Concat(a.Registry.check(), a.Spool.check(), at(inBroker+".trail", a.Trail.check()), under(inBroker+".proof", []string{"origin", "every", "heartbeat", "policy"}, a.Proof.check()))...)
}

// believed is whose word is taken for where a person asked from: those who are named, and
// this process itself.
func (a *App) believed() (*vouch.Verifier, error) {
	names := maps.Clone(a.ForwardedBy)
	if names == nil {
		names = map[string]string{}
	}
	names[a.shared.signer.PublicKey()] = a.ID
	return vouch.NewVerifier(names, a.shared.seen, nil)
}

// Start says whether Provision had the data folder to itself, and what holds now:
// what has to be ready is made there, since Caddy starts apps in no given order.
func (a *App) Start() error {
	if a.OnlyChecked {
		return fmt.Errorf("starting the broker: %w", errOnlyChecked)
	}
	if a.inUse != nil {
		return fmt.Errorf("starting the broker: %w: another mcr runs on %s", a.inUse, a.Data)
	}
	return a.nowInForce()
}

// Stop does nothing: brokers of the old configuration may still be finishing
// requests; Cleanup comes after them.
func (a *App) Stop() error { return nil }

// Cleanup gives the shared parts back; the last to do so closes them.
func (a *App) Cleanup() error {
	a.noLongerInForce()
	withoutWords()
	var faults []error
	if a.verifier != nil {
		faults = append(faults, a.verifier.Close())
	}
	if a.shared != nil {
		_, err := pool.Delete(a.shared.key)
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// ready says what is not ready and why, by part, and what is red though the broker serves;
// both are empty when all is well. It names addresses and files: it is for the admin
// address and the log.
func (a *App) ready(ctx context.Context) (wrong, red map[string]string) {
	wrong, red = map[string]string{}, map[string]string{}
	note := func(part string, err error) {
		if err != nil {
			wrong[part] = err.Error()
		}
	}
	if a.inUse != nil {
		note("data", a.inUse)
		return wrong, red
	}
	if now := inForce.Load(); now == nil || !now.settled.Load() { // Caddy may serve before it has started everything
		note("start", errors.New("the broker is starting"))
	}
	seen, undecided := a.ruling.state()
	note("policies", undecided)
	for part, err := range seen {
		red[part] = err.Error()
	}
	for part, err := range a.shared.spoolRed() {
		red[part] = err.Error()
	}
	note("tokens", a.verifier.Ready())
	for part, err := range a.unanswered() {
		red[part] = err.Error()
	}
	note(a.shared.knows(ctx))
	if a.shared.postgres != nil {
		if err := a.shared.postgres.Kept(); err != nil {
			red["registry-seen"] = err.Error()
		}
	}
	if err := a.shared.registry.Unwritten(); err != nil {
		red["registry-unwritten"] = err.Error()
	}
	note("trail", a.shared.recording())
	for part, err := range a.shared.follower.Red() {
		red[part] = err.Error()
	}
	note("in-place", a.shared.inPlace())
	for part, why := range a.shared.kept() {
		red[part] = why
	}
	if why := a.passedBy(); why != "" {
		red["source-address"] = why
	}
	return wrong, red
}

var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
