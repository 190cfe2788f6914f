package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
	"github.com/mycarerecord/mcr/internal/demo/issuer"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/upstreams"
)

// Options describe a region. The zero Options are the region of `make run`.
type Options struct {
	// Seed makes the patients. Default 1; the same seed makes the same patients.
	Seed uint64
	// Issuer is the address that the issuer listens on, host and port, the host
	// a loopback address. Default "127.0.0.1:0": a free port.
	Issuer string
	// Trail says where the audit trail is kept, for Describe.
	Trail string
	// Clients are the client ids that may log in through the browser. Default
	// "mcr-console".
	Clients []string
	// Clock tells the time. Default time.Now.
	Clock func() time.Time
	// Before, if given, is asked once for each source for what stands before it: for
	// tests of a source that hangs, fails, or says what no source should.
	Before func(source string, next http.Handler) http.Handler
}

// Region is the running region: its sources and its issuer, without the brokers.
type Region struct {
	population *people.Population
	sources    []Source
	cast       []issuer.Member
	issuer     *issuer.Server
	issuerURL  string
	trail      string
	attack     *DescribedAttack
	clock      func() time.Time
	servers    []*http.Server
}

// Source is one running source system.
type Source struct {
	upstreams.Source
	Base string // its own FHIR base, behind the broker: "http://127.0.0.1:4711/fhir"
}

// Start brings up the twelve sources and the issuer, each on a free port of the
// loopback interface. They run until Close, or until ctx ends.
func Start(ctx context.Context, opt Options) (*Region, error) {
	if opt.Seed == 0 {
		opt.Seed = 1
	}
	if opt.Issuer == "" {
		opt.Issuer = "127.0.0.1:0"
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	declared, err := upstreams.Embedded()
	if err != nil {
		return nil, fmt.Errorf("starting the demo region: %w", err)
	}
	r := &Region{trail: opt.Trail, clock: opt.Clock, cast: cast(declared)}
	if r.population, err = people.New(people.Options{Seed: opt.Seed, Today: opt.Clock(), From: declared}); err != nil {
		return nil, fmt.Errorf("starting the demo region: %w", err)
	}
	if err = r.startIssuer(opt); err == nil {
		err = r.startSources(declared, opt.Before)
	}
	if err == nil {
		r.attack, err = r.describeAttack()
	}
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("starting the demo region: %w", err)
	}
	context.AfterFunc(ctx, r.Close)
	return r, nil
}

// Close stops everything that Start started.
func (r *Region) Close() {
	for _, s := range r.servers {
		_ = s.Close() // nothing is lost: the sources only read
	}
}

// Sources are the running sources, sorted by id.
func (r *Region) Sources() []Source { return r.sources }

// Issuer is the issuer's address, the "iss" of its tokens.
func (r *Region) Issuer() string { return r.issuerURL }

func (r *Region) startIssuer(opt Options) error {
	l, err := listen(opt.Issuer)
	if err != nil {
		return fmt.Errorf("starting the issuer: %w", err)
	}
	r.issuerURL = "http://" + l.Addr().String()
	r.issuer, err = issuer.New(issuer.Options{URL: r.issuerURL, Cast: r.cast, Clients: opt.Clients, Clock: opt.Clock})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	r.serve(l, r.issuer)
	return nil
}

// startSources makes the records and starts a server for each source, side by
// side: making them is most of the time that the region takes to start.
func (r *Region) startSources(declared []upstreams.Source, before func(string, http.Handler) http.Handler) error {
	r.sources = make([]Source, len(declared))
	servers := make([]*fhirserver.Server, len(declared))
	listeners := make([]net.Listener, len(declared))
	faults := make([]error, len(declared))
	var wait sync.WaitGroup
	for i, s := range declared {
		wait.Go(func() {
			l, err := listen("127.0.0.1:0")
			if err != nil {
				faults[i] = fmt.Errorf("starting source %s: %w", s.ID, err)
				return
			}
			base := "http://" + l.Addr().String() + "/fhir"
			server, err := r.source(s, base)
			if err != nil {
				faults[i] = fmt.Errorf("starting source %s: %w", s.ID, errors.Join(err, l.Close()))
				return
			}
			r.sources[i], servers[i], listeners[i] = Source{s, base}, server, l
		})
	}
	wait.Wait()
	for i, l := range listeners {
		if l != nil {
			var h http.Handler = servers[i]
			if before != nil {
				h = before(declared[i].ID, h)
			}
			r.serve(l, h)
		}
	}
	return errors.Join(faults...)
}

func (r *Region) source(s upstreams.Source, base string) (*fhirserver.Server, error) {
	resources, err := r.population.Resources(s.ID)
	if err != nil {
		return nil, err
	}
	return fhirserver.New(resources, fhirserver.Options{
		Base: base, Software: software[s.Kind], PageAtBase: s.Kind == "acute",
	})
}

// software names the products, all made up, that the organisations run.
var software = map[string]string{
	"gp": "PracticeBook/9.1", "acute": "WardWorks-EPR/2024.2", "community": "HomeRound/3.0", "mental-health": "Ataraxia/5.5",
	"ambulance": "BlueLight-EPCR/7", "nhs-111": "TriageDesk/4.2", "out-of-hours": "TriageDesk/4.1", "council": "CareLedger/12",
}

func (r *Region) serve(l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	r.servers = append(r.servers, s)
	go func() { _ = s.Serve(l) }() // ends with ErrServerClosed
}

// listen refuses any address that others could reach: there are no passwords here.
func listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("address %s: give a loopback address such as 127.0.0.1:0", address)
	}
	return net.Listen("tcp", address)
}

// RegistryNDJSON is what `mcr registry import` takes for the region: one FHIR
// resource a line, the same bytes each time, so that taking it again changes
// nothing.
func (r *Region) RegistryNDJSON() (io.Reader, error) {
	return bytes.NewReader(r.population.Registry()), nil // the error is for a region that keeps it in a file
}
