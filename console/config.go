package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/console/signin"
	"github.com/mycarerecord/mcr/console/trail"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/draft"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/replay"
	"github.com/mycarerecord/mcr/vouch"
)

// Gatherer says what is on record of a patient.
type Gatherer interface {
	Gather(ctx context.Context, q access.Question) access.Facts
}

// Recorder makes an audit record durable.
type Recorder interface {
	Append(ctx context.Context, rec *audit.Record) error
}

// Collector asks the brokers of all sources, with the professional's own token.
type Collector interface {
	Collect(ctx context.Context, bearer string, q collect.Question, each func(collect.Part)) collect.Result
	Open(ctx context.Context, bearer string, from vouch.Person, source, link string) (*collect.Document, error)
	// Sign signs, in a request for a broker, where the person's own came from.
	Sign(r *http.Request, from vouch.Person)
	Sources() []collect.Source
}

// Config is all that a console needs. Fields without a stated default are required.
type Config struct {
	// Path is where the console stands on its host. Default "/console".
	Path string
	// PublicURL is the host as browsers know it, scheme and host alone, such as
	// "https://record.wendshire.example". Requests for another host are not served.
	// Over plain http cookies are not Secure: for this machine alone.
	PublicURL string

	// Issuer is the OpenID provider, byte for byte as it names itself.
	Issuer string
	// ClientID is the console's at the issuer; ClientSecret is empty for a public client.
	ClientID, ClientSecret string
	// ClientKey, a private key in PEM, stands instead of ClientSecret: the console proves itself
	// by an assertion that it signs (private_key_jwt, RFC 7523, OpenID Connect Core §9), as NHS
	// CIS2 asks for. KeyID is the key's kid at the issuer; default none. KeyAlgorithm is what it
	// signs with; default RS512, ES256, ES384, ES512 or EdDSA, by the key. AssertionAudience is
	// whom the assertion is for; default the issuer's name.
	ClientKey, KeyID, KeyAlgorithm, AssertionAudience string
	// RedirectURL is where the issuer leads back. Default PublicURL + Path + "/callback".
	RedirectURL string
	// Client asks the issuer and sends patients' answers to brokers. Default: the
	// package's own, which asks brokers through no proxy, and the issuer through the
	// environment's. Redirects are never followed.
	Client *http.Client

	// Verifier verifies access tokens as the brokers do.
	Verifier signin.Verifier
	// Collector asks the sources' brokers: a *collect.Collector.
	Collector Collector
	// Engine gives the texts of reasons and the settings, and says whether an emergency on
	// record opens anything; it lets nobody in.
	Engine *decision.Engine
	// Gatherer says what a professional recorded of a patient, whichever session, console or
	// broker it came from: the answers, so that they count everywhere and can be withdrawn,
	// and the emergencies that run. It says whether a test was ordered from them, so that the
	// record comes before asking; nothing else is asked of it. Without one, each session
	// knows what it recorded itself.
	Gatherer Gatherer

	// Trail is where the records are; without it there is no room for auditors.
	Trail audit.Trail
	// Complete compares requests, records and rows, for the trail's room. Without it
	// there is no such page.
	Complete trail.Complete
	// Proofs proves records to others; nil when this process keeps no logs.
	Proofs trail.Proofs
	// Recorder records that somebody looked at the trail.
	Recorder Recorder
	// Protector turns an NHS number into what the trail holds.
	Protector *protect.Protector
	// BrokerID names this process in the trail.
	BrokerID string

	// Policies are the policies in force, for the room that explains them; without
	// them there is none. PreviousPolicies gives those before, with their name.
	Policies         fs.FS
	PreviousPolicies func() (fsys fs.FS, name string, ok bool)
	// Warning is what everybody who is signed in is told on every page, such as that the
	// rules in force do not pass their own checks; "" when all is well. Default: never.
	Warning func() string
	// PoliciesFolder is the folder on disk, from which the next set comes; without it the
	// policies are those in the program. PoliciesInForce gives the set in force as it was when
	// it came into force, for the page that says what the folder would change.
	PoliciesFolder  fs.FS
	PoliciesInForce func() (fsys fs.FS, ok bool)
	// Desk keeps the draft of the next policies, which is changed in the browser. Without one
	// nothing is changed there.
	Desk *draft.Desk
	// Live tries the draft on the requests of now. Without it there is no such page.
	Live *replay.Live
	// Proposals lets releases of the policies be approved and published on the rules' pages. Without it
	// what is proposed is downloaded.
	Proposals *rules.Proposals
	// Own gives organisations' own rules that are in force beside the policies, by ODS code. Nil: there are none.
	Own func() map[string]*decision.Revision
	// DecidedBy gives the policies by which recorded decisions were made; nil where they
	// are not kept. Nil: none are.
	DecidedBy func(ctx context.Context, by decision.DecidedBy) *decision.Revision
	// Prove proves the invariants of policies, Mutants tells whether small faults in them would
	// be noticed, States compares all states. Without one the pages say that it is not run here.
	// What is being worked out of it ends with Lasts; default: it lasts as long as the process.
	Lasts   context.Context
	Prove   rules.Prover
	Mutants rules.Mutants
	States  book.States

	// TrailRoles and RulesRoles may enter those rooms. Default DefaultTrailRoles,
	// DefaultRulesRoles.
	TrailRoles, RulesRoles []nhs.RoleCode
	// RegionOrganisations are where the region's auditors work, RegionRoles as what:
	// who works there in one of these roles sees the whole trail, everybody else the
	// part of their own organisation. One without the other is a fault, and so is a
	// role that is none of TrailRoles. Default: nobody.
	RegionOrganisations []nhs.ODSCode
	RegionRoles         []nhs.RoleCode
	// OwnStaff lets an organisation see what its own staff did elsewhere, too.
	OwnStaff bool
	// TrailNotice is a sentence that stands on every page of the trail. Default: none.
	TrailNotice string

	// VisitGap is how long a person may pause within one visit, as the trail counts visits
	// (audit.Visit). Default 30 min.
	VisitGap time.Duration
	// Idle is how long a session lasts that nobody uses. Default 10 min.
	Idle time.Duration
	// Longest is how long any session lasts. Default 12 h.
	Longest time.Duration
	// Sessions are those of a console before this one; Idle and Longest are then
	// theirs. Default: none yet.
	Sessions *signin.Sessions
	// Clock tells the time. Default time.Now.
	Clock func() time.Time
	// Log is told what went wrong, without identifiers of patients. Default slog.Default.
	Log *slog.Logger
}

// DefaultTrailRoles and DefaultRulesRoles are the governance roles of National RBAC:
// privacy officer, information officer, audit manager, Caldicott guardian, health
// records manager.
var (
	DefaultTrailRoles = roleCodes("R0001", "R1978", "R5100", "R5105", "R8012", "R8013")
	DefaultRulesRoles = DefaultTrailRoles
)

func roleCodes(texts ...string) (codes []nhs.RoleCode) {
	for _, text := range texts {
		code, err := nhs.ParseRoleCode(text)
		if err != nil {
			panic("role code " + text + ": " + err.Error())
		}
		codes = append(codes, code)
	}
	return codes
}

// complete fills in defaults and gives every fault at once.
func (cfg *Config) complete() error {
	var faults []error
	missing := func(absent bool, field, remedy string) {
		if absent {
			faults = append(faults, fmt.Errorf("%s: missing; %s", field, remedy))
		}
	}
	if cfg.Path == "" {
		cfg.Path = "/console"
	}
	if !strings.HasPrefix(cfg.Path, "/") || strings.HasSuffix(cfg.Path, "/") || strings.ContainsAny(cfg.Path, "?#%;{} ") || strings.Contains(cfg.Path, "//") {
		faults = append(faults, errors.New(`path: write it as "/console"`))
	}
	missing(cfg.Collector == nil, "collector", "give what asks the sources")
	missing(cfg.Engine == nil, "engine", "give the policies' engine")
	missing(cfg.Trail != nil && cfg.Recorder == nil, "recorder", "looks at the trail are recorded")
	missing(cfg.Trail != nil && cfg.Protector == nil, "protector", "a patient is looked up in the trail by it")
	if cfg.VisitGap < 0 {
		faults = append(faults, errors.New("visit gap: negative; leave it out for the default"))
	}
	if cfg.TrailRoles == nil {
		cfg.TrailRoles = DefaultTrailRoles
	}
	if cfg.RulesRoles == nil {
		cfg.RulesRoles = DefaultRulesRoles
	}
	faults = append(faults, cfg.region()...)
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Warning == nil {
		cfg.Warning = func() string { return "" }
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return errors.Join(faults...)
}

// region gives what is wrong with who sees the whole trail.
func (cfg *Config) region() (faults []error) {
	if len(cfg.RegionOrganisations) > 0 && len(cfg.RegionRoles) == 0 {
		faults = append(faults, errors.New("region_roles: missing; name the roles of the region's auditors, or take region away"))
	}
	if len(cfg.RegionRoles) > 0 && len(cfg.RegionOrganisations) == 0 {
		faults = append(faults, errors.New("region: missing; name the organisations at which the region_roles count, or take region_roles away"))
	}
	for _, role := range cfg.RegionRoles {
		if !slices.Contains(cfg.TrailRoles, role) {
			faults = append(faults, fmt.Errorf("region_roles: %s may not enter the trail; add it to trail_roles, or take it away", role))
		}
	}
	return faults
}
