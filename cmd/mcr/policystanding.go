package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/legible"
)

// askStanding has the broker that runs say which policies are in force, and how it stands with its
// releases.
func (r *releasing) askStanding(out io.Writer) error {
	var now struct {
		InForce    caddymodule.Standing `json:"in_force"`
		Wrong, Red map[string]string
	}
	if err := tell(r.address, http.MethodGet, "/broker", nil, nil, &now); err != nil {
		return fmt.Errorf("asking the broker at %s (name a folder of releases with --to to see what was published): %w", r.address, err)
	}
	say(out, now.InForce, true)
	if now.InForce.Release != nil {
		tellStanding(out, now.InForce.Release)
	}
	for _, told := range []struct {
		word string
		of   map[string]string
	}{{"NOT READY", now.Wrong}, {"RED", now.Red}} {
		for _, part := range slices.Sorted(maps.Keys(told.of)) {
			fmt.Fprintf(out, "%s: %s: %s\n", told.word, part, legible.Line(told.of[part]))
		}
	}
	return nil
}

func tellStanding(out io.Writer, r *caddymodule.StandingRelease) {
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
	fmt.Fprintf(out, "    by %s: %s\n    approved by %s, signed by %s\n", legible.Line(r.Author), legible.Line(r.Reason),
		legible.Line(strings.Join(r.Approved, " and ")), legible.Line(r.Signer))
	fmt.Fprintf(out, "    the place was last heard of at %s\n", at(r.Contact))
	if r.Fault != "" {
		fmt.Fprintf(out, "    it could not be asked last: %s\n", legible.Line(r.Fault))
	}
	if !r.NotBefore.IsZero() {
		fmt.Fprintf(out, "    a release waits there that holds from %s on\n", at(r.NotBefore))
	}
	if c := r.Canary; c != nil {
		fmt.Fprintf(out, "    on trial: serial %d (%s), %s, until %s\n", c.Serial, legible.Line(c.Revision), legible.Line(c.Whose), at(c.Until))
		fmt.Fprintf(out, "        it decided %d views: %d worse, %d wider, %d unclear\n", c.Asked, c.Worse, c.Wider, c.Unclear)
		if c.Back != "" {
			fmt.Fprintf(out, "        TAKEN BACK: %s\n", legible.Line(c.Back))
		}
	}
	if r.Refused != "" {
		fmt.Fprintf(out, "    REFUSED is the newest there: %s\n", legible.Line(r.Refused))
	}
}
