package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/token"
)

// Verifier says who an access token is for: what the brokers will see.
type Verifier interface {
	Verify(ctx context.Context, by *token.Presented) (access.Subject, error)
}

// Config is all that signing in needs. Fields without a stated default are required.
type Config struct {
	// Base is the console's path on its host, such as "/console".
	Base string
	// PublicURL is the host as browsers know it, scheme and host alone. Requests for
	// another host are not served. Over plain http cookies are not Secure: for this
	// machine alone.
	PublicURL string

	// Issuer is the OpenID provider, byte for byte as it names itself.
	Issuer string
	// Client is who the console is at the issuer.
	Client token.Client
	// RedirectURL is where the issuer leads back. Default PublicURL + Base + "/callback".
	RedirectURL string
	// HTTP asks the issuer. Default: the package's own, through the environment's proxy.
	// Redirects are never followed.
	HTTP *http.Client
	// Verifier verifies access tokens as the brokers do.
	Verifier Verifier

	// Complete adds what the rooms know of who is there: the areas that are open to
	// them, what they are warned of, whom they have looked up. Default: nothing.
	Complete func(r *http.Request, who *page.Person)
	// Keep makes what the rooms keep with a session that begins. Default: nothing.
	Keep func() page.Kept

	// Sessions are those of the console before this one, whose times count. Default:
	// none yet, of Idle and Longest.
	Sessions *Sessions
	// Idle is how long a session lasts that nobody uses. Default DefaultIdle.
	Idle time.Duration
	// Longest is how long any session lasts. Default DefaultLongest.
	Longest time.Duration
	// Clock tells the time. Default time.Now.
	Clock func() time.Time
	// Log is told why signing in failed. Default slog.Default.
	Log *slog.Logger
}

// How long a session lasts when the configuration does not say: without use, and
// at all.
const (
	DefaultIdle    = 10 * time.Minute
	DefaultLongest = 12 * time.Hour
)

// complete fills in defaults and gives every fault at once.
func (cfg *Config) complete() error {
	var faults []error
	missing := func(absent bool, field, remedy string) {
		if absent {
			faults = append(faults, fmt.Errorf("%s: missing; %s", field, remedy))
		}
	}
	at, err := url.Parse(cfg.PublicURL)
	if err != nil || at.Host == "" || at.Path != "" || at.RawQuery != "" || at.Fragment != "" || at.User != nil {
		faults = append(faults, errors.New(`public url: give scheme and host alone, such as "https://record.example"`))
	} else if !guarded(cfg.PublicURL) {
		faults = append(faults, errors.New("public url: use https (http only for this machine)"))
	}
	missing(cfg.Issuer == "", "issuer", "give the address by which the OpenID provider names itself")
	if cfg.Issuer != "" && !guarded(cfg.Issuer) {
		faults = append(faults, errors.New("issuer: use https (http only for this machine)"))
	}
	missing(cfg.Client.ID == "", "client id", "give the console's id at the issuer")
	if cfg.Client.Key != "" && cfg.Client.ID != "" {
		faults = append(faults, cfg.Client.Check()...)
	}
	missing(cfg.Verifier == nil, "verifier", "give what verifies access tokens")
	if cfg.Idle < 0 || cfg.Longest < 0 {
		faults = append(faults, errors.New("idle, longest: negative; leave them out for the default"))
	}
	if cfg.RedirectURL == "" {
		cfg.RedirectURL = cfg.PublicURL + cfg.Base + "/callback"
	}
	if cfg.Complete == nil {
		cfg.Complete = func(*http.Request, *page.Person) {}
	}
	if cfg.Keep == nil {
		cfg.Keep = func() page.Kept { return nil }
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Sessions == nil {
		cfg.Sessions = newSessions(cfg.Idle, cfg.Longest, cfg.Clock)
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return errors.Join(faults...)
}
