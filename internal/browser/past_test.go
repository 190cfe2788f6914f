//go:build servers

package browser_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/internal/demo/past"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/registry"
)

// notice stands on every page of the trail, as in the demo.
const notice = "This is a demonstration. The month before this one was made up: nobody asked any of it."

// thisMonth is when the month began, in London.
func thisMonth() time.Time {
	now := time.Now().In(fhirdate.London)
	return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, fhirdate.London)
}

// lately is when the days begin that the overview of the trail is about: the last thirty.
func lately() time.Time {
	now := time.Now().In(fhirdate.London)
	return time.Date(now.Year(), now.Month(), now.Day()-29, 0, 0, 0, 0, fhirdate.London)
}

// makeUp makes up the trail of the whole month before this one, as mcr demo does, misuse and
// all (docs/demo-past.md): officers are asked of a trail in which much stands, on whichever
// day of a month a test runs. What stories do is in this month.
func (w *world) makeUp(ctx context.Context) (err error) {
	quiet := slog.New(slog.DiscardHandler)
	rules, err := decision.Load(ctx, policies.FS, decision.Options{})
	if err != nil {
		return err
	}
	if err := past.KeepTrial(ctx, filepath.Join(w.data, "revisions"), policies.FS, rules); err != nil {
		return err
	}
	store, err := caddymodule.OpenRegistry(ctx, filepath.Join(w.data, "registry.db"), quiet)
	if err != nil {
		return err
	}
	known := registry.New(store, registry.Options{Logger: quiet})
	defer func() { err = errors.Join(err, known.Close()) }()
	keys, err := protect.LoadOrCreateKeys(filepath.Join(w.data, "keys"))
	if err != nil {
		return err
	}
	protector, err := protect.NewProtector(keys, protect.Encrypted)
	if err != nil {
		return err
	}
	ends := thisMonth()
	days := int(ends.Sub(ends.AddDate(0, -1, 0)).Round(24*time.Hour) / (24 * time.Hour))
	records, err := w.Region.Past(ctx, days, ends, known, rules, protector)
	if err != nil {
		return err
	}
	return past.Write(ctx, past.Place{Data: w.data, Broker: demo.BrokerID, Trail: filepath.Join(w.data, "trail.db")}, records)
}
