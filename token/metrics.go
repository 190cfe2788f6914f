package token

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mycarerecord/mcr/token/asking"
)

// counts are the package's metrics. Labels name issuers and results, never a
// person, a token or a client.
//
//	mcr_token_cache_total{result}                 tokens looked up in the cache: hit, miss
//	mcr_token_cache_evictions_total               verified tokens put out before they expired, to make room
//	mcr_token_cache_entries                       verified tokens held now
//	mcr_token_verifications_total{issuer,result}  tokens judged; result is "accepted" or a fault's code; issuer "" when not known
//	mcr_token_accepted_total{issuer,binding}      tokens accepted, by what they are bound to: none, dpop, mtls
//	mcr_token_proofs_remembered                   DPoP proofs that were used and could be used again: at most 131072 in a minute and a half
//	mcr_token_key_refreshes_total{issuer,result}  fetches of keys: changed, unchanged, failed, limited (asked for too often)
//	mcr_token_keys_age_seconds{issuer}            since the last good fetch; absent before the first
//	mcr_token_keys{issuer}                        usable keys of an issuer
//	mcr_token_revocation_list_ok                  1 when the list could be read, 0 when everything is denied; absent without one
//	mcr_token_revocation_entries                  entries on the list
//	mcr_token_asked_total{issuer,endpoint,result} questions to an issuer about tokens: answered, away (it does not answer as it should), busy (asked too often, and not asked)
//	mcr_token_endpoint_up{issuer,endpoint}        0 when the last question was not answered as it should be
//	mcr_token_logouts_total{issuer,result}        logout tokens; result is "accepted", a fault's code, or "not-kept"
//	mcr_token_revocations_total{issuer,result}    tokens that somebody wanted revoked; result is "accepted", the code of why it meant nothing here, "client-other", or "not-kept"
//	mcr_token_ended_sessions                      sessions, people and tokens on the list of what has ended
//	mcr_token_ended_sessions_kept                 0 when the last one could not be kept
//	mcr_token_ended_sessions_untold               those of which the other brokers may not know yet
type counts struct {
	lookups       *prometheus.CounterVec
	hits, misses  prometheus.Counter
	evictions     prometheus.Counter
	verifications *prometheus.CounterVec
	bindings      *prometheus.CounterVec
	refreshes     *prometheus.CounterVec
	questions     *prometheus.CounterVec
	logouts       *prometheus.CounterVec
	revocations   *prometheus.CounterVec
}

func newCounts() *counts {
	lookups := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_token_cache_total", Help: "Tokens looked up in the cache of verified tokens."}, []string{"result"})
	return &counts{
		lookups:       lookups,
		hits:          lookups.WithLabelValues("hit"),
		misses:        lookups.WithLabelValues("miss"),
		evictions:     prometheus.NewCounter(prometheus.CounterOpts{Name: "mcr_token_cache_evictions_total", Help: "Verified tokens put out of the cache to make room."}),
		verifications: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_token_verifications_total", Help: "Tokens judged, by issuer and result."}, []string{"issuer", "result"}),
		bindings:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_token_accepted_total", Help: "Tokens accepted, by issuer and by what they are bound to: none, dpop, mtls."}, []string{"issuer", "binding"}),
		refreshes:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_token_key_refreshes_total", Help: "Fetches of an issuer's keys, by result."}, []string{"issuer", "result"}),
		questions:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_token_asked_total", Help: "Questions to an issuer about tokens, by endpoint and result."}, []string{"issuer", "endpoint", "result"}),
		logouts:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_token_logouts_total", Help: "Logout tokens taken, by issuer and result."}, []string{"issuer", "result"}),
		revocations:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcr_token_revocations_total", Help: "Tokens that somebody wanted revoked, by issuer and result."}, []string{"issuer", "result"}),
	}
}

// tally is a counter that has been looked up beforehand.
type tally interface{ Inc() }

func (c *counts) accepted(issuer string) tally {
	return c.verifications.WithLabelValues(issuer, codeAccepted)
}

// ways are the tallies of an issuer's accepted tokens, by binding.
func (c *counts) ways(issuer string) map[string]tally {
	return map[string]tally{
		unbound:       c.bindings.WithLabelValues(issuer, unbound),
		toKey:         c.bindings.WithLabelValues(issuer, toKey),
		toCertificate: c.bindings.WithLabelValues(issuer, toCertificate),
	}
}

func (c *counts) verified(issuer, code string) {
	c.verifications.WithLabelValues(issuer, code).Inc()
}

func (c *counts) refreshed(issuer, result string) {
	c.refreshes.WithLabelValues(issuer, result).Inc()
}

func (c *counts) asked(issuer, endpoint, result string) {
	c.questions.WithLabelValues(issuer, endpoint, result).Inc()
}

func (c *counts) loggedOut(issuer, result string) {
	c.logouts.WithLabelValues(issuer, result).Inc()
}

func (c *counts) revoked(issuer, result string) {
	c.revocations.WithLabelValues(issuer, result).Inc()
}

// Collectors gives the metrics, for the registry of the process.
func (v *Verifier) Collectors() []prometheus.Collector {
	return []prometheus.Collector{v.counts.lookups, v.counts.evictions, v.counts.verifications, v.counts.bindings, v.counts.refreshes, v.counts.questions, v.counts.logouts, v.counts.revocations, gauges{v}}
}

var (
	entriesDesc = prometheus.NewDesc("mcr_token_cache_entries", "Verified tokens held now.", nil, nil)
	proofsDesc  = prometheus.NewDesc("mcr_token_proofs_remembered", "DPoP proofs that were used and could be used again.", nil, nil)
	ageDesc     = prometheus.NewDesc("mcr_token_keys_age_seconds", "Seconds since the last good fetch of an issuer's keys.", []string{"issuer"}, nil)
	keysDesc    = prometheus.NewDesc("mcr_token_keys", "Usable keys of an issuer.", []string{"issuer"}, nil)
	listDesc    = prometheus.NewDesc("mcr_token_revocation_list_ok", "1 when the revocation list could be read, 0 when everything is denied.", nil, nil)
	revokedDesc = prometheus.NewDesc("mcr_token_revocation_entries", "Entries on the revocation list.", nil, nil)
	upDesc      = prometheus.NewDesc("mcr_token_endpoint_up", "0 when the last question at an issuer's endpoint was not answered as it should be.", []string{"issuer", "endpoint"}, nil)
	endedDesc   = prometheus.NewDesc("mcr_token_ended_sessions", "Sessions, people and tokens on the list of what has ended.", nil, nil)
	keptDesc    = prometheus.NewDesc("mcr_token_ended_sessions_kept", "0 when the last session that an issuer ended could not be kept.", nil, nil)
	untoldDesc  = prometheus.NewDesc("mcr_token_ended_sessions_untold", "Ended sessions of which the other brokers may not know yet.", nil, nil)
)

// gauges reads what is so now when it is asked for.
type gauges struct{ v *Verifier }

// Describe names the gauges.
func (g gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{entriesDesc, proofsDesc, ageDesc, keysDesc, listDesc, revokedDesc, upDesc, endedDesc, keptDesc, untoldDesc} {
		ch <- d
	}
}

// Collect reads them.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(entriesDesc, float64(g.v.cache.len()))
	gauge(proofsDesc, float64(g.v.proofs.seen.Len()))
	now := g.v.clock()
	for name, iss := range g.v.issuers {
		if st := iss.keys.state.Load(); st.set != nil {
			gauge(ageDesc, now.Sub(st.fetched).Seconds(), name)
			gauge(keysDesc, float64(len(st.set.keys)), name)
		}
	}
	truth := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	g.v.endpoints(func(issuer, name string, e *asking.Endpoint) {
		gauge(upDesc, truth(e.Down() == nil), issuer, name)
	})
	if list := g.v.ended.Load(); list != nil {
		gauge(endedDesc, float64(list.Len()))
		gauge(keptDesc, truth(list.Kept() == nil))
		gauge(untoldDesc, float64(list.Untold()))
	}
	if r := g.v.revoked; r != nil {
		list := r.list.Load()
		ok := 1.0
		if list.err != nil {
			ok = 0
		}
		gauge(listDesc, ok)
		gauge(revokedDesc, float64(len(list.tokens)+len(list.sessions)+len(list.users)))
	}
}
