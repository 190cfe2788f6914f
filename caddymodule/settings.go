package caddymodule

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// Trail says where audit records are kept and asked.
type Trail struct {
	// Kind is "sqlite" (one file, the default) or "clickhouse".
	Kind string `json:"kind,omitempty"`
	// DSN is the file (default trail.db in the data folder), or ClickHouse's
	// address: clickhouse://user:password@host:9000/database. Write a password as
	// {env.NAME} or {file./path}: one in clear is refused.
	DSN string `json:"dsn,omitempty"`

	address string // DSN with what its placeholders stand for
}

func (t *Trail) defaults(data string) {
	if t.Kind == "" {
		t.Kind = "sqlite"
	}
	if t.Kind == "sqlite" && t.DSN == "" {
		t.DSN = filepath.Join(data, "trail.db")
	}
}

// check resolves the address as well.
func (t *Trail) check() (err error) {
	if t.address, err = TrailAddress(t.DSN); err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	switch {
	case t.Kind != "sqlite" && t.Kind != "clickhouse":
		return fmt.Errorf("trail: %q is neither sqlite nor clickhouse", t.Kind)
	case t.address == "":
		return errors.New("trail: the address is missing, as in: trail clickhouse clickhouse://user@host:9000/mcr")
	}
	return nil
}

// Spool bounds the durable log between the brokers and the trail.
type Spool struct {
	// MaxBytes is how large it may grow while the trail's store is away. When it
	// is full every request is refused with 503. Default 4 GiB: about a million
	// records.
	MaxBytes int64 `json:"max_bytes,omitempty"`
	// MinFree is the free disk space, in bytes, below which nothing is written.
	// Default 256 MiB.
	MinFree int64 `json:"min_free,omitempty"`
	// Hold is how long delivered records stay. Default 24h.
	Hold caddy.Duration `json:"hold,omitempty"`
	// CompareEvery is how often the trail's store is compared with all that the spool
	// still holds, and given again what it lost. Default 1m, at most 1h.
	CompareEvery caddy.Duration `json:"compare_every,omitempty"`
}

func (s *Spool) defaults() {
	if s.MaxBytes == 0 {
		s.MaxBytes = 4 << 30
	}
	if s.MinFree == 0 {
		s.MinFree = 256 << 20
	}
	if s.Hold == 0 {
		s.Hold = caddy.Duration(24 * time.Hour)
	}
	if s.CompareEvery == 0 {
		s.CompareEvery = caddy.Duration(time.Minute)
	}
}

func (s *Spool) check() error {
	if s.CompareEvery < 0 || time.Duration(s.CompareEvery) > time.Hour {
		return errors.New("compare_every: must be at most 1h")
	}
	return nil
}

// Issuer is one token issuer.
type Issuer struct {
	// Name is the issuer exactly as tokens say it in "iss". Required.
	Name string `json:"name"`
	// JWKSURL or JWKSFile is where its public keys are. One of them is required.
	JWKSURL  string `json:"jwks_url,omitempty"`
	JWKSFile string `json:"jwks_file,omitempty"`
	// Audience is what "aud" must name, one of them. Required: without it a token
	// made for any other application would do.
	Audience []string `json:"audience,omitempty"`
	// Algorithms are the signature algorithms accepted. Default ES256, PS256, RS256.
	Algorithms []string `json:"algorithms,omitempty"`
	// Preset is the shape of its claims: "cis2" (the default) or "generic".
	Preset string `json:"preset,omitempty"`
	// Claims names the claims that differ from the preset's.
	Claims Claims `json:"claims,omitzero"`
	// Scopes are those of which a token must have one. Default: none is asked for.
	Scopes []string `json:"scopes,omitempty"`
	// Organisations and Roles are what it may say of people: ODS codes and role codes,
	// or the beginning of one and a star. Default: any.
	Organisations []string `json:"organisations,omitempty"`
	Roles         []string `json:"roles,omitempty"`
	// Clients are the client ids, at this issuer, of the applications whose tokens are taken.
	// Signed UserInfo and logout tokens are addressed to them. Default: any.
	Clients []string `json:"clients,omitempty"`
	// Introspection is for tokens that are no JWTs, UserInfo for who somebody is. Default:
	// JWTs alone, which say it themselves.
	Introspection *Introspection `json:"introspection,omitempty"`
	UserInfo      *UserInfo      `json:"userinfo,omitempty"`
	// RequireBound refuses its tokens that are not bound to their sender, by DPoP (RFC 9449) or
	// a client certificate (RFC 8705). Collector and console take none that are: it is for
	// issuers whose tokens neither is to carry on. Default: not.
	RequireBound bool `json:"require_bound,omitempty"`
	// RefreshEvery and MaxAge say how often keys are fetched, and how long the
	// last good ones serve when they cannot be. Default 1h and 24h.
	RefreshEvery caddy.Duration `json:"refresh_every,omitempty"`
	MaxAge       caddy.Duration `json:"max_age,omitempty"`
}

// Claims are the names of claims, each empty where the preset's own name holds.
type Claims struct {
	User         string `json:"user,omitempty"`
	Name         string `json:"name,omitempty"`
	Role         string `json:"role,omitempty"`
	RoleName     string `json:"role_name,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	OrgName      string `json:"organisation_name,omitempty"`
	Client       string `json:"client,omitempty"`
	Assurance    string `json:"assurance,omitempty"`
	Session      string `json:"session,omitempty"`
}
