package caddymodule

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/upstreams"
)

// loadSources reads the sources, all faults at once.
func (a *App) loadSources() error {
	declared, err := upstreams.Embedded()
	if a.Sources != "" {
		declared, err = upstreams.Load(os.DirFS(a.Sources))
	}
	if err != nil {
		return fmt.Errorf("sources %s: %w", a.Sources, err)
	}
	a.sources = map[string]upstreams.Source{}
	var faults []error
	for _, source := range declared {
		a.sources[source.ID] = source
		if largest := max(source.MaxBytes, source.MaxDocumentBytes); a.MaxHeld < 4*largest {
			faults = append(faults, fmt.Errorf("max_held: too small for source %s, whose answers may be %d bytes large: give four times as much, or lower its max_bytes or max_document_bytes", source.ID, largest))
		}
	}
	return errors.Join(faults...)
}

func (a *App) sourceIDs() string {
	return strings.Join(slices.Sorted(maps.Keys(a.sources)), ", ")
}

// proofs are the DPoP proofs that were used: a reload must not make them new again.
var proofs = token.NewProofs(time.Now())

// loadVerifier makes the verifier. It does not wait for the issuers' keys.
func (a *App) loadVerifier() error {
	if len(a.Issuers) == 0 {
		return nil // check has said so
	}
	cfg := token.Config{RevocationFile: a.Revocations, Proofs: proofs, Logger: a.log}
	for _, issuer := range a.Issuers {
		trusted := issuer.trusted()
		if err := issuer.asked(&trusted); err != nil {
			return fmt.Errorf("issuer: %w", err)
		}
		cfg.Issuers = append(cfg.Issuers, trusted)
	}
	verifier, err := token.New(cfg)
	if err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	a.verifier = verifier
	return nil
}

// trusted is the issuer in the words of package token.
func (i Issuer) trusted() token.Issuer {
	trusted := token.Issuer{
		Name: i.Name, JWKSURL: i.JWKSURL, JWKSFile: i.JWKSFile, Audience: i.Audience,
		Algorithms: i.Algorithms, Preset: i.Preset, Claims: token.ClaimNames(i.Claims),
		Scopes: i.Scopes, RequireBound: i.RequireBound, Organisations: i.Organisations, Roles: i.Roles,
		RefreshEvery: time.Duration(i.RefreshEvery), MaxAge: time.Duration(i.MaxAge),
	}
	if len(trusted.Algorithms) == 0 {
		trusted.Algorithms = []string{"ES256", "PS256", "RS256"}
	}
	if trusted.Preset == "" {
		trusted.Preset = token.PresetCIS2
	}
	return trusted
}
