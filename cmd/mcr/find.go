package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/correlation"
)

// findByID is the command that finds records by an id that somebody outside knows.
func (q *question) findByID() *cobra.Command {
	cmd := q.list("find ID", "The records of a request, by its record's id, its trace, or the id that its caller gave it", cobra.ExactArgs(1), func(ctx context.Context, t *trail, args []string) ([]*audit.Record, error) {
		return found(ctx, t.Trail, q.scope(), args[0])
	})
	cmd.Long = `The records of a request: by the id of its record or of its trace, or by the X-Request-ID,
X-Correlation-ID or Ssp-TraceID with which its caller sent it.

The trail has no index of callers' ids: all records of the period are read, so name
one with --since.`
	return cmd
}

// found reads all records of a scope, the newest first, and gives those that an id is of,
// the oldest first, at most as many as the scope says.
func found(ctx context.Context, t audit.Trail, sc audit.Scope, id string) (all []*audit.Record, err error) {
	most := sc.Most()
	sc.Limit = 1000
	for before := ""; ; {
		page, err := t.Search(ctx, sc, audit.Filter{}, before)
		if err != nil {
			return nil, fmt.Errorf("reading the trail: %w", err)
		}
		for _, r := range page.Records {
			if called(r, id) && len(all) < most {
				all = append(all, r)
			}
		}
		if before = page.Older; before == "" || len(all) == most {
			slices.Reverse(all)
			return all, nil
		}
	}
}

// called says that a record is of the request that somebody knows by an id.
func called(r *audit.Record, id string) bool {
	kept := correlation.Clean(id)
	return id == r.ID || id == r.TraceID || kept == r.TraceID || slices.ContainsFunc(r.Correlation, func(text string) bool {
		_, given, _ := strings.Cut(text, ": ")
		return given == kept
	})
}
