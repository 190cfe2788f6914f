package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/internal/demo"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/postgres"
)

// demoKnows is by whom the demo's facts are recorded.
const demoKnows = "mcr demo"

// knowFacts takes the region's facts into its registry, as "mcr registry import" does, and gives
// where that is. One in PostgreSQL is made first where there is none: a demo may do that.
func knowFacts(ctx context.Context, region *demo.Region, address, data string, told io.Writer) (where string, err error) {
	facts, err := region.RegistryNDJSON()
	if err != nil {
		return "", err
	}
	if address == "" {
		file := filepath.Join(data, "registry.db")
		return file, demo.Know(ctx, file, facts)
	}
	plain, opt, shared, err := caddymodule.PostgresRegistry(address, slog.New(slog.DiscardHandler))
	if err == nil && !shared {
		err = errors.New("give the address of a database in PostgreSQL, as in: --registry postgres://USER@HOST/DATABASE; without it the registry is a file in the data folder")
	}
	if err != nil {
		return "", fmt.Errorf("--registry: %w", err)
	}
	from, to, err := postgres.Migrate(ctx, plain, opt)
	if err != nil {
		return "", err
	}
	if from != to {
		fmt.Fprintf(told, "The registry in PostgreSQL is made, with a schema of version %d, for this demo alone.\n", to)
	}
	store, err := postgres.Open(ctx, plain, opt)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	switch theirs, err := others(ctx, store, region); {
	case err != nil:
		return "", fmt.Errorf("looking into the registry: %w", err)
	case theirs:
		return "", errors.New("--registry: there are facts in it that are not this demo's: give it an empty database of its own")
	}
	taken, err := intake.Import(ctx, store, facts, intake.Options{By: demoKnows})
	if err != nil {
		return "", err
	}
	fmt.Fprintln(told, "The region's facts, in the registry in PostgreSQL:", taken)
	return address, nil
}

// others is whether somebody else's facts are in a registry: it is not empty, and the demo's are
// not in it.
func others(ctx context.Context, store *postgres.Store, region *demo.Region) (bool, error) {
	if err := store.Check(ctx); err != nil {
		return false, err
	}
	if store.Seen() == 0 {
		return false, nil
	}
	number, err := nhs.ParseNumber(region.Describe("").Patients[0].NHSNumber)
	if err != nil {
		return false, err
	}
	ours := false
	err = store.Versions(ctx, number, func(e *registry.Entry) error {
		ours = ours || e.RecordedBy == demoKnows
		return nil
	})
	return !ours, err
}
