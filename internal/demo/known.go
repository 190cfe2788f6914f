package demo

import (
	"context"
	"errors"
	"io"

	"github.com/mycarerecord/mcr/registry/intake"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// Know takes a region's facts into the registry in a file, which is made where it is not there.
func Know(ctx context.Context, file string, facts io.Reader) error {
	store, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		return err
	}
	_, err = intake.Import(ctx, store, facts, intake.Options{By: "mcr demo"})
	return errors.Join(err, store.Close())
}
