package caddymodule

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/mycarerecord/mcr/collect"
)

// Brokers says where the brokers of the region's sources are, and how long they
// are waited for. Collector and console each have their own.
type Brokers struct {
	// Brokers is the address of every source's broker, its FHIR base, with
	// {source} where the source's id stands:
	// "https://{source}.brokers.example/fhir".
	Brokers string `json:"brokers,omitempty"`
	// Sources are the addresses of single brokers, by the id of their source; they
	// go before Brokers. Without Brokers, only the sources named here are asked.
	Sources map[string]string `json:"sources,omitempty"`
	// Within bounds the wait for one source, InAll that for all. Default 10s, 15s.
	Within caddy.Duration `json:"within,omitempty"`
	InAll  caddy.Duration `json:"in_all,omitempty"`
	// AtOnce is how many collections may run at once; the next is answered 503.
	// Default 100.
	AtOnce int `json:"at_once,omitempty"`
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
	return collect.New(collect.Config{
		Sources: sources, Path: path, Within: time.Duration(b.Within), InAll: time.Duration(b.InAll),
		Collections: b.AtOnce, Client: &http.Client{Transport: app.transport()}, Log: app.log,
	})
}

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
	default:
		return false
	}
	return true
}

const brokersOptions = "brokers, source, within, in_all, at_once"
