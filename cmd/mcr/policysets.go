package main

import (
	"context"
	"io/fs"
	"os"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/policies"
)

// decidedBy gives the policies with a digest: those in this program, a set that is kept in the
// data folder, or the one that the configuration names; nil where it is none of these.
func (s *settings) decidedBy(ctx context.Context, digest string) *decision.Revision {
	also := []fs.FS{policies.FS}
	if s.policies != "" {
		also = append(also, os.DirFS(s.policies))
	}
	return gate.New(gate.Options{Data: s.data, ReadOnly: true}).Decided(ctx, digest, also...)
}
