package caddymodule

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/intake"
)

// Releases has a broker go by releases of policies that it fetches, instead of a folder.
type Releases struct {
	// From is where releases are published: an address over HTTPS, such as
	// https://policies.example/current.mcr, a tag in an OCI registry, such as
	// oci://registry.example/policies:current (plain HTTP on loopback alone), or a folder.
	From string `json:"from"`
	// Trust is a file of the keys that may approve and sign them.
	Trust string `json:"trust"`
	// Every is how often the place is asked. Default 30s, at least 1s.
	Every caddy.Duration `json:"every,omitempty"`
	// TooOld is how long the place may be out of reach, or have nothing but what nobody signed who is
	// trusted, before that is red. Default 72h, at least 10s.
	TooOld caddy.Duration `json:"too_old,omitempty"`
	// Refuse has nothing decided from then on, until the place answers. Default: what is in force goes on.
	Refuse bool `json:"too_old_refuse,omitempty"`
}

func (r *reader) releases() *Releases {
	s := new(Releases)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "from":
			r.text(&s.From)
		case "trust":
			r.text(&s.Trust)
		case "every":
			r.duration(&s.Every)
		case "too_old":
			r.duration(&s.TooOld)
			if r.NextArg() {
				switch then := r.Val(); then {
				case "keep":
				case "refuse":
					s.Refuse = true
				default:
					r.fault("too_old: %q is neither keep nor refuse; write one of the two behind the time, or nothing, which is keep", then)
				}
			}
		default:
			r.unknown("from, trust, every, too_old")
		}
	}
	return s
}

func (s *Releases) every() time.Duration  { return orElse(s.Every, 30*time.Second) }
func (s *Releases) tooOld() time.Duration { return orElse(s.TooOld, 72*time.Hour) }

func orElse(d caddy.Duration, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return time.Duration(d)
}

// check says what is wrong with it.
func (s *Releases) check(a *App) error {
	var faults []error
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf("releases: "+format, args...))
		}
	}
	say(a.Policies != "", "a broker goes by releases or by a folder of policies: take one of releases and policies away")
	say(a.Override != nil, "an override is for a folder of policies: take policies_override away, or releases")
	say(s.Every != 0 && s.every() < time.Second, "every: must be at least 1s")
	say(s.TooOld != 0 && s.tooOld() < 10*time.Second, "too_old: must be at least 10s")
	if err := s.place(); err != nil {
		say(true, "from: %v", err)
	}
	trust, err := trusted(s.Trust)
	if err == nil {
		err = enough(trust, s.Trust)
	}
	if err != nil {
		say(true, "trust: %v", err)
	}
	return errors.Join(faults...)
}

// enough says whether a release could ever be approved and signed by these keys.
func enough(trust release.Trust, path string) error {
	switch {
	case len(trust.Holders(release.Approve)) < release.Approvals:
		return fmt.Errorf("%s: fewer than %d people may approve, so that no release could ever be in force", path, release.Approvals)
	case len(trust.Holders(release.Sign)) == 0:
		return fmt.Errorf("%s: nobody may sign, so that no release could ever be in force", path)
	}
	return nil
}

// place says what is wrong with from.
func (s *Releases) place() error {
	if !strings.Contains(s.From, "://") {
		if s.From == "" {
			return errors.New("say where releases are published, as in: from https://policies.example/current.mcr")
		}
		return nil // a folder; that nothing is there is told when it is asked
	}
	if strings.HasPrefix(s.From, intake.RegistryScheme) {
		_, err := intake.FromRegistry(s.From)
		return err
	}
	u, err := url.Parse(s.From)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not an absolute URL; write https://host/current.mcr")
	case u.User != nil:
		return errors.New("holds a user name or password; remove it: releases are no secret")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("scheme %q; use https (http only for localhost): what is signed cannot be changed on the way, and can be held back", u.Scheme)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// source is where releases are fetched; check has said that it is one.
func (s *Releases) source() intake.Source {
	switch {
	case strings.HasPrefix(s.From, intake.RegistryScheme):
		source, err := intake.FromRegistry(s.From)
		if err != nil {
			panic("releases: " + err.Error())
		}
		return source
	case strings.Contains(s.From, "://"):
		return intake.FromURL(s.From)
	}
	return intake.FromFolder(s.From)
}

// intake brings them to this broker.
func (a *App) intake(trust release.Trust) *intake.Intake {
	return intake.New(intake.Config{
		Source: a.Releases.source(), Trust: trust, Data: filepath.Join(a.Data, "releases"), Key: a.verdictKey("mcr policy releases 1"),
		Note: a.Releases.tooOld() / 50,
	})
}
