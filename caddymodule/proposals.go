package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/console/rules"
	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/decision/release/proposal"
)

// Proposals lets releases of policies be approved on the console's pages, and published.
type Proposals struct {
	// Trust is a file of the keys that may approve and sign: those that the brokers believe.
	Trust string `json:"trust"`
	// To is the folder in which releases are published, which a web server serves to the brokers. Default:
	// none; what was signed is downloaded, and carried there by hand.
	To string `json:"to,omitempty"`
}

func (r *reader) proposals() *Proposals {
	p := new(Proposals)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "trust":
			r.text(&p.Trust)
		case "to":
			r.text(&p.To)
		default:
			r.unknown("trust, to")
		}
	}
	return p
}

// mostTrust bounds a file of keys, in bytes.
const mostTrust = 1 << 20

// trusted reads the keys.
func trusted(path string) (release.Trust, error) {
	if path == "" {
		return release.Trust{}, errors.New("give a file of the keys that may approve and sign policies (mcr policy key --add-to)")
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return release.Trust{}, fmt.Errorf("%s: it is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return release.Trust{}, err
	}
	defer func() { _ = f.Close() }() // it is only read
	text, err := io.ReadAll(io.LimitReader(f, mostTrust))
	if err != nil {
		return release.Trust{}, err
	}
	trust, err := release.ParseTrust(text)
	if err != nil {
		return trust, fmt.Errorf("%s: %w", path, err)
	}
	return trust, nil
}

// check says what is wrong with it; nil is none, and right.
func (p *Proposals) check() error {
	if p == nil {
		return nil
	}
	var faults []error
	trust, err := trusted(p.Trust)
	if err == nil {
		err = enough(trust, p.Trust)
	}
	if err != nil {
		faults = append(faults, fmt.Errorf("proposals: trust: %w", err))
	}
	if p.To != "" {
		if info, err := os.Stat(p.To); err != nil {
			faults = append(faults, fmt.Errorf("proposals: to: %w: make the folder that a web server serves", err))
		} else if !info.IsDir() {
			faults = append(faults, fmt.Errorf("proposals: to: %s: it is no folder", p.To))
		}
	}
	return errors.Join(faults...)
}

// proposals are the console's; nil where none are configured.
func (c *Console) proposals(app *App) (*rules.Proposals, error) {
	if c.Proposals == nil {
		return nil, nil
	}
	trust, err := trusted(c.Proposals.Trust)
	if err != nil {
		return nil, fmt.Errorf("proposals: trust: %w", err)
	}
	return &rules.Proposals{
		Shelf: proposal.NewShelf(filepath.Join(app.Data, "draft", "proposed.mcr")), Trust: trust,
		Place: release.Place(c.Proposals.To), Recorder: recorder{app.shared},
	}, nil
}
