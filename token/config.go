package token

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Defaults, for a field that is zero.
const (
	DefaultCacheSize    = 10_000
	DefaultRefreshEvery = time.Hour
	DefaultMaxAge       = 24 * time.Hour
	DefaultLeeway       = 30 * time.Second
	DefaultMaxLifetime  = 24 * time.Hour
)

// maxLeeway keeps a slip of the pen ("30m") from keeping dead tokens alive.
const maxLeeway = 5 * time.Minute

// Config says which tokens are accepted.
type Config struct {
	// Issuers are the issuers whose tokens are accepted; at least one.
	Issuers []Issuer
	// RevocationFile is the list of revoked tokens, sessions and users: JSON lines
	// or a JSON array of {"jti": …}, {"sid": …} or {"uid": …, "before": …} (the whole
	// form stands in revoked.go), looked at every second. Empty: no list. Once it is
	// named, a list that cannot be read, or that is an empty file, denies everything.
	RevocationFile string
	// CacheSize bounds the verified tokens held in memory, about 1 KB each;
	// 0 is DefaultCacheSize, a negative number holds none.
	CacheSize int
	// Proofs remembers the DPoP proofs that were used; nil is a memory of this verifier's own,
	// which a verifier that takes its place does not have.
	Proofs *Proofs
	// Clock tells the time; nil is time.Now.
	Clock func() time.Time
	// Client fetches keys; nil is a client of the package's own. Redirects are
	// never followed, whatever the client says.
	Client *http.Client
	// Logger is told of keys that changed or could not be fetched; nil is slog.Default.
	Logger *slog.Logger
}

// Issuer is one issuer of tokens.
type Issuer struct {
	// Name is compared with the claim iss byte for byte: a trailing slash counts.
	Name string
	// JWKSURL is where the issuer publishes its keys (RFC 7517), over HTTPS; plain
	// HTTP only on loopback. Either JWKSURL or JWKSFile, not both. A key that is the
	// only one may go without a kid, but then its replacement is noticed no sooner
	// than at the next refresh.
	JWKSURL  string
	JWKSFile string
	// Audience lists the values of aud that mean this broker; a token must carry
	// one of them. Required: without it, a token for any application would do.
	Audience []string
	// Algorithms pins the signature algorithms: RS256 RS384 RS512 PS256 PS384
	// PS512 ES256 ES384 ES512 EdDSA. Required.
	Algorithms []string
	// Preset says how identity is written in the claims: "cis2" or "generic".
	Preset string
	// Claims overrides single claim names of the preset.
	Claims ClaimNames
	// Scopes are those of which a token must have one, in scope or scp (RFC 8693 §4.2);
	// empty: none is asked for, and a token that its holder got to sign in somewhere
	// opens what a token for records does.
	Scopes []string
	// RequireBound refuses tokens that are not bound to their sender (cnf): whoever finds
	// one could use it.
	RequireBound bool
	// Organisations and Roles are the ODS codes and role codes that the issuer may
	// assert, each a code or the beginning of one and a star: "Z91001", "RXA*". Empty:
	// any. An issuer that is not the nation's has its own staff, and no other's.
	Organisations []string
	Roles         []string
	// Clients are the client ids, at this issuer, of the applications whose tokens are
	// taken; empty: any. To them signed UserInfo and logout tokens are addressed, and an
	// answer about a token that names no audience is accepted for them.
	Clients []string
	// Introspection says how the issuer is asked about tokens that are no JWTs; nil: they
	// are not accepted.
	Introspection *Introspection
	// UserInfo says that who somebody is stands in UserInfo and not in tokens; nil: it
	// stands in tokens.
	UserInfo *UserInfo
	// RefreshEvery is how often keys are fetched, give or take a tenth; 0 is an hour.
	RefreshEvery time.Duration
	// MaxAge is how long keys are used after the last good fetch; 0 is 24 hours.
	// When it has passed, no token of the issuer is accepted.
	MaxAge time.Duration
	// Leeway is the clock difference allowed for in exp, nbf and iat; 0 is 30 s,
	// at most 5 minutes.
	Leeway time.Duration
	// MaxLifetime is the longest a token may be valid, from iat (or from now) to
	// exp; 0 is 24 hours.
	MaxLifetime time.Duration
}

// withDefaults fills what is zero.
func (i Issuer) withDefaults() Issuer {
	set := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	set(&i.RefreshEvery, DefaultRefreshEvery)
	set(&i.MaxAge, DefaultMaxAge)
	set(&i.Leeway, DefaultLeeway)
	set(&i.MaxLifetime, DefaultMaxLifetime)
	if i.Introspection != nil {
		in := *i.Introspection
		set(&in.Keep, DefaultAskedFor)
		i.Introspection = &in
	}
	if i.UserInfo != nil {
		info := *i.UserInfo
		set(&info.Keep, DefaultInformedFor)
		i.UserInfo = &info
	}
	return i
}

// check gives every fault of the configuration at once.
func (c Config) check() error {
	var faults []error
	if len(c.Issuers) == 0 {
		faults = append(faults, errors.New("issuers: none; name at least one issuer whose tokens are accepted"))
	}
	seen := map[string]bool{}
	for n, iss := range c.Issuers {
		name := iss.Name
		if name == "" {
			name = fmt.Sprintf("number %d", n+1)
		}
		for _, err := range iss.withDefaults().check() {
			faults = append(faults, fmt.Errorf("issuer %s: %w", name, err))
		}
		if iss.Name != "" && seen[iss.Name] {
			faults = append(faults, fmt.Errorf("issuer %s: named twice; keep one", name))
		}
		seen[iss.Name] = true
	}
	faults = append(faults, c.checkOpaque())
	return errors.Join(faults...)
}

func (i Issuer) check() (faults []error) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if i.Name == "" {
		add("name: missing; give the exact value of the claim iss")
	}
	switch {
	case i.JWKSURL == "" && i.JWKSFile == "":
		add("jwks: missing; give a JWKS URL or a JWKS file")
	case i.JWKSURL != "" && i.JWKSFile != "":
		add("jwks: both a URL and a file; keep one")
	case i.JWKSURL != "":
		if err := checkURL(i.JWKSURL); err != nil {
			faults = append(faults, err)
		}
	}
	if len(i.Audience) == 0 {
		add("audience: missing; give the value of aud that means this broker, or a token for any application would be accepted")
	}
	for _, aud := range i.Audience {
		if aud == "" {
			add("audience: an empty value; remove it")
		}
	}
	if len(i.Algorithms) == 0 {
		add("algorithms: missing; name the algorithms that the issuer signs with, such as ES256")
	}
	for _, alg := range i.Algorithms {
		if _, ok := algorithms[alg]; !ok {
			add("algorithms: %q is not offered; use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA (never none or a symmetric one)", alg)
		}
	}
	faults = append(faults, i.checkLimits()...)
	faults = append(faults, i.checkAsked()...)
	if _, err := claimNames(i.Preset, i.Claims); err != nil {
		faults = append(faults, err)
	}
	if i.RefreshEvery < 0 || i.MaxAge < 0 || i.Leeway < 0 || i.MaxLifetime < 0 {
		add("durations: negative; use a positive one, or leave it out for the default")
	} else if i.MaxAge < i.RefreshEvery {
		add("max age: %s is shorter than the refresh of %s, so keys would run out between two; raise it", i.MaxAge, i.RefreshEvery)
	}
	if i.Leeway > maxLeeway {
		add("leeway: %s is longer than %s; set the clocks right instead", i.Leeway, maxLeeway)
	}
	return faults
}

// checkURL keeps keys from being fetched where anyone on the way could change them.
func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "":
		return errors.New("jwks url: not an absolute URL; write https://host/path")
	case u.User != nil:
		return errors.New("jwks url: holds a user name or password; remove it")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	default:
		return fmt.Errorf("jwks url: scheme %q; use https (http only for localhost)", u.Scheme)
	}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
