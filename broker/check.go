package broker

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/mycarerecord/mcr/cors"
	"github.com/mycarerecord/mcr/upstreams"
)

// Check gives every fault of what an operator wrote, without the parts that a program puts
// together. [New] finds the same.
func (cfg Config) Check() error {
	var faults []error
	need := func(ok bool, what string) {
		if !ok {
			faults = append(faults, errors.New("broker: "+what))
		}
	}
	need(cfg.Broker != "", "id is missing")
	need(cfg.Source.ID != "", "source is missing")
	if err := upstreams.CheckBase(cfg.Source.BaseURL); err != nil {
		faults = append(faults, fmt.Errorf("broker: base_url: source %s: %w", cfg.Source.ID, err))
	}
	need(cfg.Path == "" || isPath(cfg.Path), `path must begin with / and be written plainly, as in "/fhir"`)
	if err := checkPublic(cfg.PublicURL, cfg.Path); err != nil {
		faults = append(faults, err)
	}
	faults = append(faults, cfg.Smart.check(), cfg.Scopes.check(cfg.Smart))
	for _, origin := range cfg.Origins {
		if err := cors.CheckOrigin(origin); err != nil {
			faults = append(faults, fmt.Errorf("broker: %w", err))
		}
	}
	return errors.Join(faults...)
}

// isPath says whether a path is one of a FHIR base: every client writes it the same.
func isPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.ContainsAny(path, "?#%;{}*\\ \t") && !strings.Contains(path, "//") &&
		!strings.Contains(path+"/", "/./") && !strings.Contains(path+"/", "/../")
}

// checkPublic: the links in answers begin with the public address, and lead nowhere when it
// is not one.
func checkPublic(public, path string) error {
	if public == "" {
		return nil
	}
	u, err := url.Parse(public)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(public, "?#"):
		return errors.New("broker: public_url: give scheme, host and path, as in https://broker.example/fhir")
	case strings.HasSuffix(public, "/"):
		return errors.New("broker: public_url: take the / at its end away: it is put before /Patient and the like")
	case !strings.HasSuffix(u.Path, strings.TrimSuffix(path, "/")):
		return fmt.Errorf("broker: public_url: it must end in the path %s, where clients find what is at this address", path)
	}
	return nil
}
