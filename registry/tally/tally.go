// Package tally counts what is in a registry: entries, versions and patients by kind and status,
// and the feeds that they came from. It never tells of anybody.
package tally

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/registry"
)

// Line counts the entries of one kind and status.
type Line struct {
	Kind     registry.Kind
	Status   registry.Status // of their newest versions
	Entries  int
	Versions int // of these
	Patients int // who have one
}

// Feed is where entries came from: the meta.source of resources that were imported.
type Feed struct {
	Source   string // "" of resources without one
	Entries  int    // whose newest version counts (active)
	Versions int
	// Last is when it last brought anything that was new. A file that says what was known already
	// adds nothing, and is not seen here.
	Last time.Time
}

// Counts is what is in a registry.
type Counts struct {
	Numbers  int // NHS numbers under which something is on record
	Entries  int // one that was moved to another patient counts for both
	Versions int
	Lines    []Line // by kind and status
	Feeds    []Feed // by source
	InForce  int    // permissions: given, not withdrawn, and within their time
	Stated   int    // versions that were stated to a broker, and not fed
}

// Count counts what is on record, and what is in force at a time. It reads all of it, once; its
// memory grows with kinds, statuses and feeds alone.
func Count(ctx context.Context, from registry.Store, now time.Time) (Counts, error) {
	c := counter{lines: map[[2]string]*Line{}, feeds: map[string]*Feed{}, now: now}
	if err := registry.Everybody(ctx, from, c.patient); err != nil {
		return Counts{}, fmt.Errorf("counting: %w", err)
	}
	for _, l := range c.lines {
		c.Lines = append(c.Lines, *l)
	}
	slices.SortFunc(c.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Status, b.Status))
	})
	for _, f := range c.feeds {
		c.Feeds = append(c.Feeds, *f)
	}
	slices.SortFunc(c.Feeds, func(a, b Feed) int { return cmp.Compare(a.Source, b.Source) })
	return c.Counts, nil
}

type counter struct {
	Counts
	lines map[[2]string]*Line
	feeds map[string]*Feed
	now   time.Time
}

func (c *counter) patient(p *registry.Patient) error {
	c.Numbers++
	c.Entries += len(p.Newest)
	c.Versions += p.Versions
	has := map[[2]string]bool{}
	for i := range p.Newest {
		e := &p.Newest[i]
		which := [2]string{string(e.Kind), string(e.Status)}
		l := c.lines[which]
		if l == nil {
			l = &Line{Kind: e.Kind, Status: e.Status}
			c.lines[which] = l
		}
		l.Entries++
		l.Versions += e.Version
		if !has[which] {
			has[which] = true
			l.Patients++
		}
		if e.Kind == registry.KindPermission && e.Status == registry.Active && e.Detail.Given &&
			!e.From.After(c.now) && (e.Until.IsZero() || e.Until.After(c.now)) {
			c.InForce++
		}
		c.fed(e)
	}
	return nil
}

func (c *counter) fed(e *registry.Entry) {
	source, fed := registry.Feed(e.ID)
	if !fed {
		c.Stated += e.Version
		return
	}
	f := c.feeds[source]
	if f == nil {
		f = &Feed{Source: source}
		c.feeds[source] = f
	}
	f.Versions += e.Version
	if e.Status == registry.Active {
		f.Entries++
	}
	if e.RecordedAt.After(f.Last) {
		f.Last = e.RecordedAt
	}
}
