package main

import (
	"context"
	"os"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/policies"
)

// decidedBy gives the policies that made a decision, and their name: those in this program, a set that is
// kept in the data folder, or the one that the configuration names; nil where it is none of these.
func (s *settings) decidedBy(ctx context.Context, by decision.DecidedBy, opt decision.Options) (*decision.Revision, string, error) {
	also := []gate.Named{{Name: shippedPolicies, FS: policies.FS}}
	if s.policies != "" {
		also = append(also, gate.Named{Name: s.policies, FS: os.DirFS(s.policies)})
	}
	return gate.New(gate.Options{Data: s.data, ReadOnly: true}).Decided(ctx, by, opt, also...)
}
