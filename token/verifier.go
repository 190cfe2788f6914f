package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/token/asking"
	"github.com/mycarerecord/mcr/token/ended"
)

// Verifier verifies access tokens. Make one with New and Close it in the end.
type Verifier struct {
	issuers map[string]*issuer
	cache   *cache
	revoked *revocations
	ended   atomic.Pointer[ended.List]
	opaque  *issuer // whose tokens are no JWTs; or nil
	proofs  *Proofs
	clock   func() time.Time
	counts  *counts
	idle    func()
}

// issuer is a configured issuer at work.
type issuer struct {
	Issuer
	algs     map[string]*algorithm
	mapping  mapping
	keys     *keyring
	log      *slog.Logger
	accepted tally
	ways     map[string]tally // accepted, by binding

	introspection, userInfo *asking.Endpoint // nil where it has none
}

// name is the issuer's name; "" of none.
func (i *issuer) name() string {
	if i == nil {
		return ""
	}
	return i.Name
}

// New checks the configuration and gives a verifier; all faults come at once. Key
// files are read here. Keys behind a URL are fetched in the background, so an
// issuer that is down does not keep the broker from starting: see Ready.
func New(cfg Config) (*Verifier, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuring tokens: %w", err)
	}
	v := &Verifier{issuers: map[string]*issuer{}, clock: cfg.Clock, counts: newCounts(), idle: func() {}}
	if v.clock == nil {
		v.clock = time.Now
	}
	log, httpc, size := cfg.Logger, cfg.Client, cfg.CacheSize
	if log == nil {
		log = slog.Default()
	}
	if httpc == nil {
		httpc = newClient()
		v.idle = httpc.CloseIdleConnections
	}
	if size == 0 {
		size = DefaultCacheSize
	}
	if v.proofs = cfg.Proofs; v.proofs == nil {
		v.proofs = NewProofs(v.clock())
	}
	v.cache = newCache(size)
	v.revoked = newRevocations(cfg.RevocationFile, v.clock())
	on := asked{clock: v.clock, log: log, counts: v.counts}
	if cfg.Client != nil {
		on.transport = cfg.Client.Transport
	}
	var faults []error
	for _, c := range cfg.Issuers {
		iss := newIssuer(c.withDefaults(), httpc, v.clock, log, v.counts)
		v.issuers[c.Name] = iss
		faults = append(faults, iss.ask(on))
		if iss.introspection != nil {
			v.opaque = iss
		}
		if len(c.Clients) > 0 { // to them it sends logout tokens
			v.counts.logouts.WithLabelValues(c.Name, codeAccepted)
		}
		if c.JWKSFile != "" {
			faults = append(faults, iss.keys.load(context.Background()))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("configuring tokens: %w", err)
	}
	for _, iss := range v.issuers {
		iss.keys.start()
	}
	return v, nil
}

func newIssuer(c Issuer, client *http.Client, clock func() time.Time, log *slog.Logger, counts *counts) *issuer {
	source := fromFile(c.JWKSFile)
	if c.JWKSURL != "" {
		source = fromURL(client, c.JWKSURL)
	}
	iss := &issuer{Issuer: c, log: log, algs: map[string]*algorithm{}, accepted: counts.accepted(c.Name), ways: counts.ways(c.Name)}
	for _, alg := range c.Algorithms {
		iss.algs[alg] = algorithms[alg]
	}
	iss.mapping, _ = claimNames(c.Preset, c.Claims) // checked by now
	iss.keys = newKeyring(c, source, clock, log, counts)
	return iss
}

// Ready says whether tokens of every issuer can be verified now; the error names
// what is missing, for the operator.
func (v *Verifier) Ready() error {
	var faults []error
	for _, iss := range v.issuers {
		faults = append(faults, iss.keys.ready())
	}
	faults = append(faults, v.revoked.ready(v.clock()))
	return errors.Join(faults...)
}

// Close ends the fetching of keys and waits for it. Verify goes on with the keys
// that are there, so requests under way can end, until those are too old.
func (v *Verifier) Close() error {
	for _, iss := range v.issuers {
		iss.keys.close()
	}
	v.endpoints(func(_, _ string, e *asking.Endpoint) { e.Close() })
	v.idle()
	return nil
}
