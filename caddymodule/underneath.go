package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/place"
)

// notInPlace is the reason of what was refused because the data folder, or a file in it,
// was taken away or replaced underneath.
const notInPlace = "data-not-in-place"

// watchPlaces watches what this process has open in the data folder, or has read there.
func (p *shared) watchPlaces(data, registry string, keys *protect.Keys, chain string, log *slog.Logger) (err error) {
	files := []place.File{
		{What: "the data folder", Path: data},
		{What: "the deployment's keys", Path: filepath.Join(data, "keys"), Same: place.SameContent},
		{What: "the checkpoint", Path: filepath.Join(data, "checkpoint"), Same: place.AnyFile},
	}
	if registry != "" {
		files = append(files, place.File{What: "the registry's file", Path: registry})
	}
	if p.settings.trail.Kind != "clickhouse" {
		files = append(files, place.File{What: "the trail's file", Path: p.settings.trail.address})
	}
	p.places, err = place.New(files, func(_, is error) {
		if is == nil {
			log.Info("what stands in the data folder is in its place again: requests are answered")
			if err := os.Remove(ship.WordAt(data)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				log.Error("the word that the data folder is gone could not be taken back", slog.Any("error", err))
			}
			return
		}
		log.Error("data was taken away or replaced underneath: every request is refused", slog.Any("error", is))
		m := audit.Mark{Broker: chain, At: p.began}
		if m.Seq, m.Hash = p.spool.Last(); m.Seq == 0 {
			return
		}
		if err := ship.LeaveWord(ship.WordAt(data), keys, m); err != nil {
			log.Error("no word could be left beside the data folder: a start with another one will not know of the records", slog.Any("error", err))
		}
	})
	return err
}

// inPlace says what was taken away or replaced underneath; nil when nothing was.
func (p *shared) inPlace() error {
	if p.places == nil {
		return nil
	}
	return p.places.Err()
}

// recorder is the journal while everything is in its place. Otherwise each record says
// that its request was refused, where it can be written still, and is none that anything
// may leave on.
type recorder struct{ *shared }

// Append makes rec durable, or refuses.
func (r recorder) Append(ctx context.Context, rec *audit.Record) error {
	wrong := r.inPlace()
	if wrong == nil {
		return r.journal.Append(ctx, rec)
	}
	rec.Outcome, rec.Status, rec.BytesReleased = audit.Failed, 503, 0
	rec.Reasons = append([]string{notInPlace}, rec.Reasons...)
	rec.Categories, rec.Types, rec.Resources, rec.Withheld = nil, nil, nil, nil
	return fmt.Errorf("%w: %w", audit.ErrUnavailable, errors.Join(wrong, r.journal.Append(ctx, rec)))
}

// registryGone fails when a broker has run on this folder and its registry is gone: a new,
// empty one would know of no opt-out. sign is what was found on the folder before the start
// wrote anything (ranOn), and wrong what the start found of its trail.
func (p *shared) registryGone(data, registry, sign string, wrong error) error {
	if _, err := os.Stat(registry); registry == "" || !errors.Is(err, fs.ErrNotExist) {
		return nil // if it cannot be looked at, opening it says why
	}
	last := uint64(0)
	if p.spool != nil {
		last, _ = p.spool.Last()
	}
	if sign == "" && (last > 0 || errors.Is(wrong, ship.ErrBehind) || errors.Is(wrong, ship.ErrCheckpoint)) {
		sign = "its trail"
	}
	if sign == "" {
		return nil
	}
	return fmt.Errorf("%s is gone, though a broker has run on %s (%s tells of it): an empty one would know of no opt-out; restore it, or make it again with mcr registry import", registry, data, sign)
}

// ranOn names what tells that a broker has run on a data folder; "" when nothing does. Any one
// will do: of a folder that was emptied while its broker ran, whatever was just being written
// comes back, and nothing else. A spool tells it by what is in it.
func ranOn(data string) (string, error) {
	if _, err := os.Lstat(ship.WordAt(data)); err == nil {
		return ship.WordAt(data), nil
	}
	all, err := os.ReadDir(data)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for _, one := range all {
		if name := one.Name(); name == "counts" || name == "checkpoint" || strings.HasPrefix(name, "checkpoint.") {
			return filepath.Join(data, name), nil
		}
	}
	return "", err
}
