package caddymodule

import (
	"context"
	"io/fs"
	"path/filepath"

	"github.com/mycarerecord/mcr/decision/draft"
	"github.com/mycarerecord/mcr/replay"
)

// desk is where the draft of the policies lies.
func (a *App) desk() *draft.Desk {
	return draft.NewDesk(filepath.Join(a.Data, "draft", "draft.json"))
}

// liveDraft tries the draft on the requests of now, once a console has it followed.
func (a *App) liveDraft() *replay.Live {
	trail, ok := a.shared.store.(replay.Following)
	if !ok {
		return nil
	}
	desk := a.desk()
	return replay.NewLive(replay.LiveOptions{
		Trail: trail,
		Draft: func() (fs.FS, error) {
			fsys, _, err := desk.Or(a.ruling.candidate())
			return fsys, err
		},
		InForce: func() string {
			if rev := a.ruling.engine.Revision(); rev != nil {
				return rev.Digest()
			}
			return ""
		},
		Before: a.ruling.decidedBy, Own: a.ruling.ownNow, Log: a.log,
	})
}

// followDraft has it tried until ctx ends. One console of a configuration is enough.
func (a *App) followDraft(ctx context.Context) {
	if a.live != nil {
		a.follow.Do(func() { go a.live.Follow(ctx) })
	}
}
