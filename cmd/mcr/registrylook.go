package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/caddymodule"
	"github.com/mycarerecord/mcr/registry"
)

// looking are the flags of what somebody asks of the registry that is in the trail before it is
// answered: whoever cannot be recorded sees nothing.
type looking struct {
	settings
	by, reason string
}

func (l *looking) flags(cmd *cobra.Command) {
	l.settings.flags(cmd, "registry", "data", "trail", "id", "address")
	cmd.Flags().StringVar(&l.by, "by", userName(), "who looks, for the trail")
	cmd.Flags().StringVar(&l.reason, "reason", "", "why, in words, for the trail")
}

// record has the look in the trail, by the broker of this machine or in its place, and gives the
// id of the record.
func (l *looking) record(ctx context.Context, look caddymodule.Look) (id string, err error) {
	look.By, look.Reason = l.by, l.reason
	id, err = l.stopped(ctx, look)
	if errors.Is(err, spool.ErrLocked) {
		id, err = l.running(look)
	}
	if err != nil {
		return "", fmt.Errorf("this cannot be recorded in the trail, and so nothing is shown: %w", err)
	}
	return id, nil
}

func (l *looking) running(look caddymodule.Look) (string, error) {
	body, err := json.Marshal(look)
	if err != nil {
		return "", err
	}
	var answer caddymodule.Looked
	if err := tell(l.address, http.MethodPost, "/broker/look", http.Header{"Content-Type": {"application/json"}}, body, &answer); err != nil {
		return "", fmt.Errorf("asking the broker that runs: %w", err)
	}
	return answer.ID, nil
}

func (l *looking) stopped(ctx context.Context, look caddymodule.Look) (id string, err error) {
	keys, err := protect.LoadKeys(filepath.Join(l.data, "keys"))
	if err != nil {
		return "", fmt.Errorf("%w: a broker must have run on %s (%s)", err, l.data, l.whence())
	}
	sp, err := openSpool(l.data)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	if l.id == "" {
		return "", fmt.Errorf("no broker runs on %s: give its id, as its Caddyfile has it, with --id (%s)", l.data, l.whence())
	}
	store, err := openStore(ctx, l.dsn)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(l.data, "checkpoint"), keys, l.id)
	if err != nil {
		return "", err
	}
	start, err := ship.StartCheck(ctx, sp, store, checkpoint)
	if err != nil {
		return "", err
	}
	p, err := protect.NewProtector(keys, l.showing)
	if err != nil {
		return "", err
	}
	record, err := look.Record(p, time.Now())
	if err != nil {
		return "", err
	}
	return record.ID, audit.NewJournal(sp, start.Broker).Append(ctx, record)
}

// openRegistry opens the registry that is there.
func openRegistry(ctx context.Context, cmd *cobra.Command, s *settings) (registry.Store, error) {
	if !strings.Contains(s.registry, "://") {
		if _, err := os.Stat(s.registry); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no registry at %s; name it with --registry (%s)", s.registry, s.whence())
		}
	}
	return caddymodule.OpenRegistry(ctx, s.registry, logTo(cmd))
}

// withRegistry finds and opens the registry for a command.
func withRegistry(cmd *cobra.Command, s *settings, do func(context.Context, registry.Store) error) (err error) {
	ctx, stop := interruptible(cmd)
	defer stop()
	if err := s.find(cmd, false); err != nil {
		return err
	}
	store, err := openRegistry(ctx, cmd, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(ctx, store)
}
