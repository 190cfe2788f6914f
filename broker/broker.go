package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/cors"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/upstreams"
	"github.com/mycarerecord/mcr/vouch"
)

// Verifier says who asks. It returns one of the errors of package access, wrapped.
type Verifier interface {
	Verify(ctx context.Context, by *token.Presented) (access.Subject, error)
}

// Gatherer says what is known. What it cannot look up is Unavailable.
type Gatherer interface {
	Gather(ctx context.Context, q access.Question) access.Facts
}

// Decider says whether they may, and how far; and what a reason code means.
type Decider interface {
	Decide(ctx context.Context, q access.Question, f access.Facts) access.Decision
	Reason(code string) access.Reason
}

// Replaceable is a Decider whose rules can be replaced while it is asked. A request is answered,
// from its beginning to its end, by what Now gives, and a permission that does not say how long
// it runs does so for as long as these rules say: no request mixes two sets of rules.
type Replaceable interface {
	Decider
	Now() (rules Decider, permissionFor time.Duration)
}

// Recorder makes an audit record durable. When Append returns nil the record
// MUST survive the loss of the process and of power.
type Recorder interface {
	Append(ctx context.Context, rec *audit.Record) error
}

// Prepare prepares the change of the registry that a Statement asks for. The
// change MUST have no effect before Commit.
type Prepare func(ctx context.Context, q access.Question, id string) (Change, error)

// Change is a prepared change of the registry. Rollback after Commit does nothing.
type Change interface {
	ID() string
	Commit() error
	Rollback()
}

// Preparing makes a Prepare of a method that gives its own kind of Change.
func Preparing[C Change](prepare func(context.Context, access.Question, string) (C, error)) Prepare {
	return func(ctx context.Context, q access.Question, id string) (Change, error) {
		change, err := prepare(ctx, q, id)
		if err != nil {
			return nil, err
		}
		return change, nil
	}
}

// Protector puts into an audit record what it may hold of an NHS number.
type Protector interface {
	// About puts whom a record is about into it, and nothing for the zero number.
	About(rec *audit.Record, n nhs.Number)
}

// Counter counts the answers that left: when the request came in, whose records were
// asked for, and whether its record is durable. It must not wait for anything.
type Counter interface {
	Served(came time.Time, organisation string, recorded bool)
}

// Next sends a request to the source and writes the source's answer: Through over what
// carries requests, as Caddy's HTTP transport, or Proxy over any http.Handler.
type Next func(w http.ResponseWriter, r *http.Request) error

// Proxy makes a Next of a plain http.Handler, such as a httputil.ReverseProxy.
func Proxy(h http.Handler) Next {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}

// Config is all that a broker in front of one source needs. Every field without
// a stated default is required.
type Config struct {
	// Broker names this broker in the trail.
	Broker string
	// Source is the source system behind it.
	Source upstreams.Source
	// Path is the public path under which the source's FHIR API is offered.
	// Default "/fhir".
	Path string
	// PublicURL is the address of Path as clients know it, for the links in
	// answers. Default: from each request's Host.
	PublicURL string

	// Scopes are what tokens must be for. Default: what their issuer asks for alone.
	Scopes Scopes
	// Smart says where applications have people sign in. Default: it is not said.
	Smart *Smart
	// Origins are those whose pages may read answers in a browser, each exactly as
	// browsers write it: "https://app.example". Default: none.
	Origins []string
	// PrivateNetwork lets their pages ask from the public network where this broker is on a
	// private one (WICG, Private Network Access). Default: no.
	PrivateNetwork bool

	// OrganisationKinds are the kinds of organisations, as far as they are known (upstreams.KindsOf).
	// Default: none is.
	OrganisationKinds map[nhs.ODSCode]string

	Verifier  Verifier
	Gatherer  Gatherer
	Decider   Decider
	Recorder  Recorder
	Prepare   Prepare
	Protector Protector
	Pages     *Pages
	// Walking notices who tries one patient after another, Directory who reads one
	// entry of the directory after another. Default: nobody is noticed.
	Walking   *Walking
	Directory *Walking
	// Hour counts how often each person asks, for the rules. Default: nobody is counted, and rules
	// see 0.
	Hour *Hour
	// Documents bounds the documents in memory. Default: 16, 4 of them one person's.
	Documents *Places
	// Wholes bounds the batches and $everythings in memory. Default: 8, 2 of them one
	// person's.
	Wholes *Places

	// Vouched judges what the collector says of where a person asked from, for the record.
	// Default: nobody is believed.
	Vouched *vouch.Verifier

	// Room bounds the memory of all sources' answers under way. Default: 512 MiB. It must
	// be at least four times the largest answer of a source.
	Room *room.Room

	// Counter counts what was answered. Default: nobody counts.
	Counter Counter

	// IdentityFor is how long a source's patient id stays paired with an NHS
	// number in memory. Default 60 s; at most 10 min.
	IdentityFor time.Duration
	// PermissionFor is how long a permission runs that does not say. Default 24 h. A Replaceable
	// decider says it itself.
	PermissionFor time.Duration
	// PermissionLongest is how long a permission on record counts, by the policies in force,
	// whatever it says: for telling when access ends. It decides nothing. Default: nobody
	// knows; a permission is then told to end when it says so. Zero, too, means that.
	PermissionLongest func() time.Duration
	// AppendWithin bounds the wait for a durable record. Default 5 s.
	AppendWithin time.Duration
	// Clock is the time; default time.Now.
	Clock func() time.Time
	// Log takes one line a request, with the record id and no patient identifier.
	// Default: none.
	Log *slog.Logger
}

// How much memory the sources' answers under way may take when nobody says otherwise, and
// how long one that finds no room waits for it.
const (
	MostHeld   = 512 << 20
	RoomWithin = time.Second
)

// Broker answers for one source.
type Broker struct {
	Config
	address
	identities *identities
	cors       *cors.Policy
}

// New checks a configuration and reports all that is wrong with it at once.
func New(cfg Config) (*Broker, error) {
	var faults []error
	need := func(ok bool, what string) {
		if !ok {
			faults = append(faults, errors.New("broker: "+what))
		}
	}
	faults = append(faults, cfg.Check())
	need(cfg.Verifier != nil && cfg.Gatherer != nil && cfg.Decider != nil && cfg.Recorder != nil &&
		cfg.Prepare != nil && cfg.Protector != nil && cfg.Pages != nil, "a part is missing")
	if cfg.Path == "" {
		cfg.Path = "/fhir"
	}
	cfg.Path = strings.TrimSuffix(cfg.Path, "/")
	if cfg.IdentityFor == 0 {
		cfg.IdentityFor = time.Minute
	}
	need(cfg.IdentityFor > 0 && cfg.IdentityFor <= 10*time.Minute, "identity_for must be between 0 and 10m")
	if cfg.PermissionFor == 0 {
		cfg.PermissionFor = 24 * time.Hour
	}
	if cfg.Documents == nil {
		cfg.Documents = NewPlaces(MostDocuments, DocumentsEach)
	}
	if cfg.Wholes == nil {
		cfg.Wholes = NewPlaces(MostWholes, WholesEach)
	}
	if cfg.Room == nil {
		cfg.Room = room.New(MostHeld, RoomWithin)
	}
	if cfg.Source.MaxDocumentBytes == 0 {
		cfg.Source.MaxDocumentBytes = upstreams.DefaultMaxDocumentBytes
	}
	if cfg.AppendWithin == 0 {
		cfg.AppendWithin = 5 * time.Second
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	at, err := newAddress(cfg.Source)
	if err != nil {
		return nil, fmt.Errorf("broker: source %s: %w", cfg.Source.ID, err)
	}
	return &Broker{
		Config: cfg, address: at,
		identities: newIdentities(cfg.IdentityFor, cfg.Clock),
		cors:       crossOrigin(cfg),
	}, nil
}

// Handler puts the broker in front of next.
func (b *Broker) Handler(next http.Handler) http.Handler {
	proxy := Proxy(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.Serve(w, r, proxy) })
}
