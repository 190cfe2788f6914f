package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/sqlite"
)

// place is where a registry is, and how it is reached.
type place struct {
	name      string
	cached    int
	arguments []string // for mcr registry import
	open      func(ctx context.Context, broker string) (registry.Store, gatherer, error)
	size      func(context.Context) (size, error)
	close     func()
}

// size is the disk that a registry takes.
type size struct {
	rows  int64 // versions of entries
	bytes int64
	parts []part
}

type part struct {
	name  string
	bytes int64
}

func openPlace(ctx context.Context, opt options, where string) (p *place, err error) {
	switch {
	case where == "sqlite":
		p = inFile(filepath.Join(opt.dir, "registry.db"))
	case where == "postgres":
		p, err = started(ctx, opt)
	case strings.HasPrefix(where, "postgres://"):
		p = inPostgres(opt, where)
	default:
		err = errors.New("is neither sqlite nor postgres nor an address")
	}
	if err != nil {
		return nil, err
	}
	p.cached = opt.cached
	return p, nil
}

// inFile is a registry in a file, which brokers on one machine can share.
func inFile(path string) *place {
	return &place{
		name:      "SQLite",
		arguments: []string{"--registry", path},
		open: func(context.Context, string) (registry.Store, gatherer, error) {
			s, err := sqlite.Open(path, sqlite.Options{Logger: quiet})
			return s, nil, err
		},
		size: func(context.Context) (s size, err error) {
			files, err := filepath.Glob(path + "*")
			for _, name := range files {
				info, err := os.Stat(name)
				if err != nil {
					continue // the log of a database that was just closed
				}
				s.bytes += info.Size()
				if suffix := strings.TrimPrefix(name, path); suffix != "" && info.Size() > 0 {
					s.parts = append(s.parts, part{"of it " + suffix, info.Size()})
				}
			}
			return s, err
		},
		close: func() {
			files, _ := filepath.Glob(path + "*")
			for _, name := range files {
				_ = os.Remove(name) // or the next registry would have less disk
			}
		},
	}
}

var quiet = slog.New(slog.DiscardHandler)

// broker is what one broker has of the registry: connections, memory and metrics of its own.
type broker struct {
	*registry.Registry
	metrics gatherer
}

func (p *place) broker(ctx context.Context, name string) (*broker, error) {
	store, metrics, err := p.open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &broker{registry.New(store, registry.Options{Patients: p.cached, Logger: quiet}), metrics}, nil
}

func (b *broker) changeSeconds() histogram { return readHistogram(b.metrics, changeSeconds) }
