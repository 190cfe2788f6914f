package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/token/asking"
)

// said is what is known of a token before its claims are judged: what its issuer signed,
// or answered when it was asked.
type said struct {
	issuer *issuer
	keys   *keySet // that verified it; nil when no signature did
	reg    registered
	id     string    // of the token, for the trail
	until  time.Time // when the issuer is to be asked again; zero: never
	asked  bool      // the issuer was asked
	toKey  bool      // and said that the token is bound to a key
}

// asked is what the endpoints of all issuers share.
type asked struct {
	transport http.RoundTripper
	clock     func() time.Time
	log       *slog.Logger
	counts    *counts
}

// endpoint makes an endpoint of an issuer.
func (on asked) endpoint(i *issuer, name string, c asking.Config) *asking.Endpoint {
	c.Transport, c.Clock = on.transport, on.clock
	c.Count = func(result string) { on.counts.asked(i.Name, name, result) }
	for _, result := range []string{asking.Answered, asking.Away, asking.Busy} {
		on.counts.questions.WithLabelValues(i.Name, name, result) // an alert sees the first one, too
	}
	c.Log = func(down error) {
		if down != nil {
			on.log.Error("an issuer's endpoint does not answer as it should", "issuer", i.Name, "endpoint", name, "address", c.URL, "error", down)
			return
		}
		on.log.Info("an issuer's endpoint answers again", "issuer", i.Name, "endpoint", name)
	}
	return asking.New(c)
}

// ask makes the endpoints that an issuer is asked at.
func (i *issuer) ask(on asked) (err error) {
	if i.Introspection != nil {
		if i.introspection, err = i.introspecting(on); err != nil {
			return err
		}
	}
	if i.UserInfo != nil {
		i.userInfo = i.informing(on)
	}
	return nil
}

// endpoints visits the endpoints of all issuers.
func (v *Verifier) endpoints(visit func(issuer, name string, e *asking.Endpoint)) {
	for _, i := range v.issuers {
		if i.introspection != nil {
			visit(i.Name, "introspection", i.introspection)
		}
		if i.userInfo != nil {
			visit(i.Name, "userinfo", i.userInfo)
		}
	}
}

// Away says which issuers' endpoints did not answer when they were asked last, by what is
// asked there: "introspection", "userinfo". Tokens that were judged a moment ago, and those
// of other issuers, are accepted all the same; others are answered with 503. It names
// addresses: it is for the operator.
func (v *Verifier) Away() map[string]error {
	away := map[string]error{}
	v.endpoints(func(issuer, name string, e *asking.Endpoint) {
		if down := e.Down(); down != nil {
			away[name] = errors.Join(away[name], fmt.Errorf("asking issuer %s at %s: %w", issuer, e.URL, down))
		}
	})
	return away
}

// signed verifies that an issuer signed what p holds, with an algorithm that is pinned and
// a key that it publishes, and gives the keys.
func (i *issuer) signed(ctx context.Context, p *parsed, head jose) (*keySet, error) {
	alg := i.algs[head.alg]
	if alg == nil {
		return nil, errAlgorithm
	}
	k, set, err := i.keys.find(ctx, head.kid, head.named)
	switch {
	case err != nil:
		return nil, err
	case !k.fits(alg):
		return nil, errAlgorithm
	case alg.verify(p.signed, p.signature, k.public) != nil:
		return nil, errSignature
	}
	return set, nil
}

// taken says whether tokens of a client are taken: of any, where none is configured.
func (i *issuer) taken(client string) bool {
	return len(i.Clients) == 0 || client == "" || slices.Contains(i.Clients, client)
}

// checkAsked gives the faults of what an issuer is asked.
func (i Issuer) checkAsked() (faults []error) {
	if slices.Contains(i.Clients, "") {
		faults = append(faults, errors.New("clients: an empty value; remove it"))
	}
	faults = append(faults, i.Introspection.check()...)
	return append(faults, i.UserInfo.check(i.Clients)...)
}

// checkOpaque refuses two issuers for one kind of token.
func (c Config) checkOpaque() error {
	n := 0
	for _, i := range c.Issuers {
		if i.Introspection != nil {
			n++
		}
	}
	if n > 1 {
		return errors.New("introspection: of several issuers; a token that is no JWT does not say whose it is, and must not be shown to another: keep one")
	}
	return nil
}
