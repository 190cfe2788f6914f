package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/nhs"
)

// Brokers says where the brokers of the region's sources are, and how long they
// are waited for. Collector and console each have their own.
type Brokers struct {
	// Brokers is the address of every source's broker, its FHIR base, with
	// {source} where the source's id stands:
	// "https://{source}.brokers.example/fhir". People's tokens are sent there: http
	// is for brokers on this machine alone (127.0.0.1, localhost).
	Brokers string `json:"brokers,omitempty" placeholder:"{source}"`
	// Sources are the addresses of single brokers, by the id of their source; they
	// go before Brokers. Without Brokers, only the sources named here are asked.
	Sources map[string]string `json:"sources,omitempty"`
	// Within bounds the wait for one source, InAll that for all. Default 10s, 12s.
	Within caddy.Duration `json:"within,omitempty"`
	InAll  caddy.Duration `json:"in_all,omitempty"`
	// AtOnce is how many collections may run at once; the next is answered 503.
	// Default 128. EachPerson is how many of them may be one person's; the next is
	// answered 429. Default 6.
	AtOnce     int `json:"at_once,omitempty"`
	EachPerson int `json:"each_person,omitempty"`
	// MaxHeld bounds the memory, in bytes, for the sources' answers to all
	// collections at once; a source whose answer finds no room is told to have
	// failed. Default 512 MiB, which the process takes for each collector and for
	// the console beside what else it needs.
	MaxHeld int64 `json:"max_held,omitempty"`
}

// placeholder stands in Brokers for the source's id. Caddy replaces {...} of its
// own before: this one is none of those.
const placeholder = "{source}"

// collector makes the collector over the sources that app knows.
func (b Brokers) collector(app *App, path string) (*collect.Collector, error) {
	var faults []error
	if b.Brokers == "" && len(b.Sources) == 0 {
		faults = append(faults, errors.New("brokers: missing; say where the sources' brokers are, as in: brokers https://{source}.brokers.example/fhir"))
	}
	if b.Brokers != "" && !strings.Contains(b.Brokers, placeholder) {
		faults = append(faults, fmt.Errorf("brokers: %s does not hold %s, so that all sources would be one", b.Brokers, placeholder))
	}
	for id := range b.Sources {
		if _, ok := app.sources[id]; !ok {
			faults = append(faults, fmt.Errorf("source %s: no such source; there are: %s", id, app.sourceIDs()))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	var sources []collect.Source
	for _, id := range slices.Sorted(maps.Keys(app.sources)) {
		address, named := b.Sources[id]
		if !named {
			if b.Brokers == "" {
				continue
			}
			address = strings.ReplaceAll(b.Brokers, placeholder, id)
		}
		s := app.sources[id]
		sources = append(sources, collect.Source{
			ID: s.ID, Name: s.Name, Organisation: s.ODS, Kind: s.Kind, Telephone: s.Telephone, Broker: address,
		})
	}
	cfg := collect.Config{
		Sources: sources, Path: path, Within: time.Duration(b.Within), InAll: time.Duration(b.InAll),
		Collections: b.AtOnce, EachPerson: b.EachPerson, MaxHeld: b.MaxHeld, Client: &http.Client{Transport: app.transport()}, Log: app.log,
		Verifier: app.verifier, Reasons: app.ruling.engine, Recorder: nothing{}, Protector: nothing{},
	}
	if app.shared != nil { // else it is only looked at
		cfg.Recorder, cfg.Protector, cfg.Signer = recorder{app.shared}, app.shared.protector, app.shared.signer
	}
	return collect.New(cfg)
}

// nothing stands in for the parts that are another process's: the configuration is
// told its faults, and nothing is served with it, since nothing can be recorded.
type nothing struct{}

func (nothing) Append(context.Context, *audit.Record) error { return audit.ErrUnavailable }
func (nothing) About(*audit.Record, nhs.Number)             {}

// transport is how collector and console reach the brokers: many connections to
// few hosts, kept open.
func (a *App) transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil // a token goes to the broker, and nowhere else
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 512, 128
	t.DisableCompression = true
	return t
}

// option reads one option of Brokers, if it is one.
func (b *Brokers) option(r *reader) bool {
	switch r.Val() {
	case "brokers":
		r.text(&b.Brokers)
	case "source":
		args := r.RemainingArgs()
		if len(args) != 2 {
			r.fault("source: give the source's id and the address of its broker, as in: source gp-riverside https://broker.riverside.example/fhir")
			return true
		}
		if b.Sources == nil {
			b.Sources = map[string]string{}
		}
		b.Sources[args[0]] = args[1]
	case "within":
		r.duration(&b.Within)
	case "in_all":
		r.duration(&b.InAll)
	case "at_once":
		r.number(&b.AtOnce)
	case "each_person":
		r.number(&b.EachPerson)
	case "max_held":
		r.bytes(&b.MaxHeld)
	default:
		return false
	}
	return true
}

const brokersOptions = "brokers, source, within, in_all, at_once, each_person, max_held"
