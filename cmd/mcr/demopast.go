package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/past"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/registry"
)

// mostPast is how many days of past may be made up: longer than any page shows at once.
const mostPast = 90

// pastFile is where a data folder says that the beginning of its trail was made up.
func pastFile(data string) string { return filepath.Join(data, "past.json") }

// regionPast is the past that is made up for a region, as it is written to where its brokers will
// write.
type regionPast struct {
	trail   string
	records []*audit.Record
}

// makePast makes up a past for a trail that nobody has begun, of so many days. Of one that was begun it
// says what was made up then. It writes nothing yet but that it will.
func makePast(ctx context.Context, region *demo.Region, opt demoOptions, data, trail, facts string) (p regionPast, told *demo.DescribedPast, err error) {
	p.trail = trail
	begun, err := past.Place{Data: data}.Begun()
	if err != nil {
		return p, nil, err
	}
	if begun || opt.past == 0 {
		told, err = toldPast(data)
		return p, told, err
	}
	var from fs.FS = policies.FS
	if opt.policies != "" {
		from = os.DirFS(opt.policies)
	}
	rules, err := decision.Load(ctx, from, decision.Options{})
	if err != nil {
		return p, nil, nil //nolint:nilerr // the brokers say what is wrong with the policies, better than is said here
	}
	store, err := caddymodule.OpenRegistry(ctx, facts, slog.New(slog.DiscardHandler))
	if err != nil {
		return p, nil, err
	}
	known := registry.New(store, registry.Options{Logger: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, known.Close()) }()
	keys, err := protect.LoadOrCreateKeys(filepath.Join(data, "keys"))
	if err != nil {
		return p, nil, err
	}
	protector, err := protect.NewProtector(keys, protect.Encrypted)
	if err != nil {
		return p, nil, err
	}
	if p.records, err = region.Past(ctx, opt.past, time.Time{}, known, rules, protector); err != nil {
		return p, nil, err
	}
	if err := past.KeepTrial(ctx, filepath.Join(data, keptSets), from, rules); err != nil {
		return p, nil, err
	}
	told = &demo.DescribedPast{Days: opt.past, Records: len(p.records), Until: p.records[len(p.records)-1].TimeOut.UTC()}
	return p, told, writeJSON(pastFile(data), told)
}

// toldPast is what was made up when the trail was begun; nil: nothing was.
func toldPast(data string) (*demo.DescribedPast, error) {
	told := new(demo.DescribedPast)
	switch err := readJSON(pastFile(data), told); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", pastFile(data), err)
	}
	return told, nil
}

// write writes what is about some sources, or with none all that is left, to where a broker will
// write; nothing where one has written.
func (p *regionPast) write(ctx context.Context, data, broker string, sources []string) error {
	begun, err := past.Place{Data: data}.Begun()
	if begun || err != nil {
		return err
	}
	theirs := func(r *audit.Record) bool { return sources == nil || slices.Contains(sources, r.Source) }
	var records []*audit.Record
	for _, r := range p.records {
		if theirs(r) {
			records = append(records, r)
		}
	}
	p.records = slices.DeleteFunc(p.records, theirs)
	if len(records) == 0 {
		return nil
	}
	return past.Write(ctx, past.Place{Data: data, Broker: broker, Trail: p.trail}, records)
}

// pastNotice is what the trail's pages say of a past that was made up.
func pastNotice(told *demo.DescribedPast) string {
	if told == nil {
		return ""
	}
	return fmt.Sprintf("This is a demonstration. What stands here up to %s was made up, %d days of it: nobody asked any of it.",
		told.Until.In(fhirdate.London).Format("2 January 2006, 15:04"), told.Days)
}
