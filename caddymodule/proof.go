package caddymodule

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
)

// Proof says how the Merkle logs of the trail are kept: what makes it provable to others.
type Proof struct {
	// Origin begins the name of every log, under which witnesses and auditors know it. It
	// should be a domain name of yours, and must never change: another one begins other logs.
	// Default "mcr".
	Origin string `json:"origin,omitempty"`
	// Every is how long records gather before a checkpoint is signed. Default 5s.
	Every caddy.Duration `json:"every,omitempty"`
	// Heartbeat is how long there is none without new records; then the logs are signed and
	// cosigned again, so that an old cosignature tells that something is wrong. Default 1m.
	Heartbeat caddy.Duration `json:"heartbeat,omitempty"`
	// Policy is a file that names the witnesses, their addresses, and how many of them make
	// a checkpoint good (c2sp.org/tlog-policy). Without it there are none: what was
	// taken away is seen by who keeps checkpoints, and by nobody else.
	Policy string `json:"policy,omitempty"`

	text string // of Policy
}

func (p *Proof) defaults() {
	if p.Origin == "" {
		p.Origin = "mcr"
	}
	if p.Every == 0 {
		p.Every = caddy.Duration(5 * time.Second)
	}
	if p.Heartbeat == 0 {
		p.Heartbeat = caddy.Duration(time.Minute)
	}
}

// check reads the policy as well.
func (p *Proof) check() error {
	if err := signed.CheckPrefix(p.Origin); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	if p.Heartbeat < p.Every {
		return errors.New("proof: heartbeat: must not be shorter than every")
	}
	if p.Policy == "" {
		return nil
	}
	text, err := os.ReadFile(p.Policy)
	if err != nil {
		return fmt.Errorf("proof: policy: %w", err)
	}
	by, err := policy.Parse(text)
	if err != nil {
		return fmt.Errorf("proof: policy: %s: %w", p.Policy, err)
	}
	if !by.Askable() {
		return fmt.Errorf("proof: policy: %s: its quorum needs witnesses without an address: no checkpoint could ever be published", p.Policy)
	}
	p.text = string(text)
	return nil
}

// follow begins to keep the logs.
func (p *shared) follow(a *App, mark audit.Mark) error {
	older, ok := p.store.(follow.Older)
	if !ok {
		return errors.New("proof: the trail's store cannot give records back")
	}
	opt := follow.Options{
		Data: p.key, Origin: p.settings.proof.Origin, Every: time.Duration(p.settings.proof.Every),
		Heartbeat: time.Duration(p.settings.proof.Heartbeat), Log: a.log,
	}
	if p.settings.proof.text != "" {
		var err error
		if opt.Policy, err = policy.Parse([]byte(p.settings.proof.text)); err != nil {
			return fmt.Errorf("proof: policy: %w", err)
		}
	}
	p.follower = follow.Begin(p.spool, older, mark, opt)
	return nil
}

func (r *reader) proof(p *Proof) {
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "origin":
			r.text(&p.Origin)
		case "every":
			r.duration(&p.Every)
		case "heartbeat":
			r.duration(&p.Heartbeat)
		case "policy":
			r.text(&p.Policy)
		default:
			r.unknown("origin, every, heartbeat, policy")
		}
	}
}
