package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/vouch"
)

// Source is one source system, by the broker in front of it.
type Source struct {
	ID, Name     string
	Organisation nhs.ODSCode // that holds the record
	Kind         string      // "gp", "acute", ...
	Telephone    string      // for when nothing can be shown; may be empty
	// Broker is the FHIR base of the source's broker:
	// "https://region.example/gp-riverside/fhir". The token is sent there: only a
	// broker on this machine may be asked by http.
	Broker string
	// Public is the base that the broker writes in its answers, when it is not
	// Broker: a collector inside the network asks an inner address.
	Public string
}

// base is the base that the broker writes in its answers.
func (s Source) base() string {
	if s.Public != "" {
		return s.Public
	}
	return s.Broker
}

// Verifier says who asks. It returns one of the errors of package access, wrapped.
type Verifier interface {
	Verify(ctx context.Context, by *token.Presented) (access.Subject, error)
}

// Recorder makes an audit record durable. When Append returns nil the record MUST
// survive the loss of the process and of power.
type Recorder interface {
	Append(ctx context.Context, rec *audit.Record) error
}

// Reasons tells a reason code in words; one that it does not know in general words.
type Reasons interface {
	Reason(code string) access.Reason
}

// Protector puts into an audit record what it may hold of an NHS number.
type Protector interface {
	// About puts whom a record is about into it, and nothing for the zero number.
	About(rec *audit.Record, n nhs.Number)
}

// Config is what a Collector is made from. Zero fields have the defaults stated;
// those without a default are required.
type Config struct {
	// Sources are asked at every collection. At least one; their order is the
	// order of Result.Parts.
	Sources []Source
	// Verifier judges the token of each request before anything else. It is the
	// brokers' own: whom they would not know, nobody is asked for.
	Verifier Verifier
	// Recorder keeps the record of what the collector itself refuses, Protector the
	// NHS number in it.
	Recorder  Recorder
	Protector Protector
	// Reasons tells reasons in words: those of the policies in force, as the brokers'.
	Reasons Reasons
	// Path is the FHIR base of the regional address, without a host. Default "/fhir".
	Path string
	// Signer signs for the brokers where a collection was asked from: else their records
	// name this collector's address and program. Default: nobody is told.
	Signer *vouch.Signer
	// Client asks the brokers. Redirects are never followed and cookies never
	// kept, whatever it says. Default: one with its own connections and no proxy.
	Client *http.Client
	// Within is the time for one source. Default 10 s.
	Within time.Duration
	// InAll is the time for a whole collection. Default 12 s.
	InAll time.Duration
	// MaxBytes bounds what one source may answer to one collection, all searches
	// together. Default 8 MiB. What comes after is cut, and the part says so.
	MaxBytes int64
	// MaxHeld bounds the answers of all collections in memory at once, with what
	// reading them takes: the process takes about a tenth more for them. Default
	// 512 MiB. A source whose answer finds no room has failed.
	MaxHeld int64
	// Pages bounds the pages of one search, of 200 entries each. Default 10.
	Pages int
	// AtOnce bounds the requests to one source at a time in one collection.
	// Default 6.
	AtOnce int
	// Collections bounds the collections at a time. Default 128. One more is
	// answered with 503 and Retry-After.
	Collections int
	// EachPerson bounds the collections of one person at a time, by their user id.
	// Default 6. One more is answered with 429 and Retry-After.
	EachPerson int
	// Apart are the categories that are asked for one by one when a broker
	// refuses the whole: what some rule opens by itself. Each that is not open
	// costs a refused request in the trail. Default: DefaultApart.
	Apart []string
	Clock func() time.Time // default time.Now
	Log   *slog.Logger     // default: discarded
}

// DefaultApart is what the region's rules open by themselves: what a GP
// routinely sees, and what a test order opens. A new rule that opens another
// category alone needs it in Config.Apart.
var DefaultApart = []string{"appointments", "conditions", "demographics", "imaging", "laboratory", "medications"}

const (
	defaultPath        = "/fhir"
	defaultWithin      = 10 * time.Second
	defaultInAll       = 12 * time.Second
	defaultMaxBytes    = 8 << 20
	defaultMaxHeld     = 512 << 20
	defaultPages       = 10
	defaultAtOnce      = 6
	defaultCollections = 128
	defaultEachPerson  = 6
)

// withDefaults fills in what is zero and tells all that is wrong, at once.
func (cfg Config) withDefaults() (Config, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if cfg.Path == "" {
		cfg.Path = defaultPath
	}
	if !strings.HasPrefix(cfg.Path, "/") || strings.HasSuffix(cfg.Path, "/") || strings.Contains(cfg.Path, "//") {
		fault("path: begin with one slash and end without, as in /fhir")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	faults = append(faults, whole("within", &cfg.Within, defaultWithin), whole("in_all", &cfg.InAll, defaultInAll),
		whole("max_bytes", &cfg.MaxBytes, defaultMaxBytes), whole("max_held", &cfg.MaxHeld, defaultMaxHeld),
		whole("pages", &cfg.Pages, defaultPages), whole("at_once", &cfg.AtOnce, defaultAtOnce),
		whole("collections", &cfg.Collections, defaultCollections), whole("each_person", &cfg.EachPerson, defaultEachPerson))
	if cfg.Verifier == nil {
		fault("verifier: missing: nobody could be told from anybody else")
	}
	if cfg.Reasons == nil {
		fault("reasons: missing: nobody could be told why")
	}
	if cfg.Recorder == nil || cfg.Protector == nil {
		fault("recorder and protector: missing: what is refused must be recorded")
	}
	if cfg.Apart == nil {
		cfg.Apart = DefaultApart
	}
	for _, category := range cfg.Apart {
		if _, ok := searchesOf[category]; !ok {
			fault("apart: %q is no category", category)
		}
	}
	if len(cfg.Sources) == 0 {
		fault("sources: name at least one")
	}
	cfg.Sources = slices.Clone(cfg.Sources)
	seen, bases := map[string]bool{}, map[string]bool{}
	for i, s := range cfg.Sources {
		if s.ID == "" {
			fault("source %d: id is missing", i+1)
		} else if seen[s.ID] {
			fault("source %s: named twice", s.ID)
		}
		seen[s.ID] = true
		if s.Name == "" {
			fault("source %s: name is missing: people must be told whose record it is", s.ID)
		}
		if s.Organisation.IsZero() {
			fault("source %s: organisation is missing", s.ID)
		}
		if why := badBroker(s.Broker); why != "" {
			fault("source %s: broker: %s", s.ID, why)
		} else if bases[s.Broker] {
			fault("source %s: broker: is another source's too", s.ID)
		}
		bases[s.Broker] = true
		if why := badBase(s.Public); s.Public != "" && why != "" {
			fault("source %s: public: %s", s.ID, why)
		}
	}
	return cfg, errors.Join(faults...)
}

// whole gives a bound its default when it is zero; less is a fault.
func whole[T int | int64 | time.Duration](name string, bound *T, otherwise T) error {
	if *bound == 0 {
		*bound = otherwise
	}
	if *bound < 0 {
		return fmt.Errorf("%s: must not be negative", name)
	}
	return nil
}
