package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"
)

// warmPatients take part in the session of repeated requests.
const warmPatients = 32

// row is one measurement: pairs of rounds, plain Caddy and the broker in turn.
type row struct {
	Answer  string    `json:"answer"`
	Session string    `json:"session"` // warm or cold
	Plain   []round   `json:"plain_caddy"`
	Broker  []round   `json:"broker"`
	Ratios  []float64 `json:"ratios"` // broker to plain, throughput, pair by pair
}

// ratio is the median of the pairs.
func (r row) ratio() float64 {
	sorted := slices.Sorted(slices.Values(r.Ratios))
	return sorted[len(sorted)/2]
}

type bench struct {
	people *population
	proxy  *proxy
	client *http.Client
	rounds int

	connections int
	used        int // patients that cold rounds have used up
}

// warm repeats the requests of a session: one professional, a few patients.
func (b *bench) warm(s size, n int, profile string) (row, error) {
	plain, brokered := b.session(b.proxy.plain, s, n), b.session(b.proxy.broker, s, n)
	for _, warmUp := range [][]request{plain, brokered} {
		if _, err := load(b.client, b.connections, warmUp[:n/4], s.bytes, atOnce); err != nil {
			return row{}, err
		}
	}
	return b.rounded(row{Answer: s.name, Session: "warm"}, s,
		func() []request { return plain }, func() []request { return brokered }, profile)
}

// session is n requests of one professional for a few patients.
func (b *bench) session(base string, s size, n int) []request {
	all := make([]request, n)
	for i := range all {
		all[i] = request{url: b.url(base, s, i%warmPatients), bearer: b.people.session}
	}
	return all
}

// cold gives every request a new token and a new patient.
func (b *bench) cold(s size, n int, profile string) (row, error) {
	fresh := func(base string) func() []request {
		return func() []request {
			all := make([]request, n)
			for i := range all {
				who := warmPatients + b.used + i
				all[i] = request{url: b.url(base, s, who), bearer: b.people.token(who)}
			}
			if base == b.proxy.broker {
				b.used += n
			}
			return all
		}
	}
	return b.rounded(row{Answer: s.name, Session: "cold"}, s, fresh(b.proxy.plain), fresh(b.proxy.broker), profile)
}

// profiledFor is how much of the broker's first round a profile is of.
const profiledFor = 4 * time.Second

func (b *bench) rounded(r row, s size, plain, brokered func() []request, profile string) (_ row, failed error) {
	bare, mcr := b.proxy.processes()
	for i := range b.rounds {
		without, with := plain(), brokered()
		p, err := observed(bare, b.client, b.connections, without, s.bytes, atOnce)
		if err != nil {
			return r, fmt.Errorf("plain Caddy: %w", err)
		}
		if profile != "" && i == 0 {
			stop, err := b.proxy.profile(profile, profiledFor)
			if err != nil {
				return r, err
			}
			defer func() { failed = errors.Join(failed, stop()) }()
		}
		m, err := observed(mcr, b.client, b.connections, with, s.bytes, mcr.settled)
		if err != nil {
			return r, fmt.Errorf("broker: %w", err)
		}
		r.Plain, r.Broker = append(r.Plain, p), append(r.Broker, m)
		r.Ratios = append(r.Ratios, m.Throughput/p.Throughput)
		fmt.Fprintf(os.Stderr, "%s, %s, round %d of %d: plain %.0f/s, broker %.0f/s\n", s.name, r.Session, i+1, b.rounds, p.Throughput, m.Throughput)
	}
	return r, nil
}

func (b *bench) url(base string, s size, who int) string {
	return fmt.Sprintf("%s/fhir/Observation?patient=%s%d&_count=50", base, s.patients, who)
}
