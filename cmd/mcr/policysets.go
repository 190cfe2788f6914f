package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/policies"
)

// decidedBy gives the policies with a digest: those in this program, a set that is kept in the
// data folder, or the one that the configuration names; nil where it is none of these.
func (s *settings) decidedBy(ctx context.Context, digest string) *decision.Revision {
	sets := []fs.FS{policies.FS}
	if len(digest) >= 12 {
		kept := filepath.Join(s.data, "revisions")
		entries, _ := os.ReadDir(kept) // without any, none is kept
		for _, e := range entries {
			if e.IsDir() && strings.HasSuffix(e.Name(), "-"+digest[:12]) {
				sets = append(sets, os.DirFS(filepath.Join(kept, e.Name())))
			}
		}
	}
	if s.policies != "" {
		sets = append(sets, os.DirFS(s.policies))
	}
	for _, set := range sets {
		if rev, err := decision.Load(ctx, set, decision.Options{}); err == nil && rev.Digest() == digest {
			return rev
		}
	}
	return nil
}
