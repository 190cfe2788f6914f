package intake

import (
	"context"

	"github.com/mycarerecord/mcr/registry"
)

// lookup reads what is on record of the resources of some lines.
func lookup(ctx context.Context, from registry.Reader, lines []*line) error {
	keys := make([]string, 0, len(lines))
	by := make(map[string]*line, len(lines))
	for _, l := range lines {
		if l.res == nil {
			continue
		}
		l.old = nil
		keys, by[l.res.key] = append(keys, l.res.key), l
		if plain := l.res.plain; plain != "" && plain != l.res.key {
			keys, by[plain] = append(keys, plain), l
		}
	}
	return from.Newest(ctx, keys, func(e *registry.Entry) error {
		if l := by[owner(e.ID)]; l != nil {
			l.old = append(l.old, *e)
		}
		return nil
	})
}
