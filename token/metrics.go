package token

import (
	"github.com/prometheus/client_golang/prometheus"
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
type counts struct {
	lookups       *prometheus.CounterVec
	hits, misses  prometheus.Counter
	evictions     prometheus.Counter
	verifications *prometheus.CounterVec
	bindings      *prometheus.CounterVec
	refreshes     *prometheus.CounterVec
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

// Collectors gives the metrics, for the registry of the process.
func (v *Verifier) Collectors() []prometheus.Collector {
	return []prometheus.Collector{v.counts.lookups, v.counts.evictions, v.counts.verifications, v.counts.bindings, v.counts.refreshes, gauges{v}}
}

var (
	entriesDesc = prometheus.NewDesc("mcr_token_cache_entries", "Verified tokens held now.", nil, nil)
	proofsDesc  = prometheus.NewDesc("mcr_token_proofs_remembered", "DPoP proofs that were used and could be used again.", nil, nil)
	ageDesc     = prometheus.NewDesc("mcr_token_keys_age_seconds", "Seconds since the last good fetch of an issuer's keys.", []string{"issuer"}, nil)
	keysDesc    = prometheus.NewDesc("mcr_token_keys", "Usable keys of an issuer.", []string{"issuer"}, nil)
	listDesc    = prometheus.NewDesc("mcr_token_revocation_list_ok", "1 when the revocation list could be read, 0 when everything is denied.", nil, nil)
	revokedDesc = prometheus.NewDesc("mcr_token_revocation_entries", "Entries on the revocation list.", nil, nil)
)

// gauges reads what is so now when it is asked for.
type gauges struct{ v *Verifier }

// Describe names the gauges.
func (g gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{entriesDesc, proofsDesc, ageDesc, keysDesc, listDesc, revokedDesc} {
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
