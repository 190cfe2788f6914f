package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/caddymodule"
)

// redelivery compares the trail's store with what was delivered to it.
type redelivery struct {
	settings
	by, accept string
	all        bool
	log        *slog.Logger
}

func redeliverCommand() *cobra.Command {
	var r redelivery
	cmd := &cobra.Command{
		Use: "redeliver", Short: "Compares the trail with what was delivered to it, and delivers again what it lost", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			r.log = logTo(cmd)
			if err := r.find(cmd, true); err != nil {
				return err
			}
			return r.run(ctx, cmd.OutOrStdout())
		},
	}
	r.flags(cmd, "data", "trail", "id", "address")
	f := cmd.Flags()
	f.BoolVar(&r.all, "all", false, "compare all that was ever delivered, not only what the spool still holds")
	f.StringVar(&r.accept, "accept", "", "accept that what is missing is gone, for this reason")
	f.StringVar(&r.by, "by", "", "who accepts it")
	return cmd
}

// run asks the broker when it runs, and does it itself when it does not.
func (r *redelivery) run(ctx context.Context, out io.Writer) error {
	if r.accept != "" && r.by == "" {
		return errors.New("say who accepts that it is gone, with --by")
	}
	report, err := r.stopped(ctx)
	if errors.Is(err, spool.ErrLocked) {
		report, err = r.running()
	}
	if err == nil || report.Records > 0 {
		report.Write(out)
	}
	if err == nil && report.Gone() {
		return errors.New("records are missing from the trail, or altered, and cannot be given to it again (docs/operating.md)")
	}
	return err
}

func (r *redelivery) running() (reconcile.Report, error) {
	q := url.Values{"accept": {r.accept}}
	if r.all {
		q.Set("all", "true")
	}
	var answer caddymodule.Redelivered
	err := tell(r.address, http.MethodPost, "/broker/redeliver?"+q.Encode(), http.Header{"Mcr-By": {r.by}}, nil, &answer)
	if err != nil {
		return reconcile.Report{}, fmt.Errorf("asking the broker that runs: %w", err)
	}
	if answer.Error != "" {
		return answer.Report, errors.New(answer.Error)
	}
	return answer.Report, nil
}

func (r *redelivery) stopped(ctx context.Context) (report reconcile.Report, err error) {
	keys, err := protect.LoadKeys(filepath.Join(r.data, "keys"))
	if err != nil {
		return report, err
	}
	sp, err := openSpool(r.data)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, sp.Close()) }()
	if r.id == "" {
		return report, fmt.Errorf("no broker runs on this folder: give its id, as its Caddyfile has it, with --id (%s)", r.whence())
	}
	store, err := openStore(ctx, r.dsn)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	checkpoint, err := ship.OpenCheckpoint(filepath.Join(r.data, "checkpoint"), keys, r.id)
	if err != nil {
		return report, err
	}
	start, err := ship.StartCheck(ctx, sp, store, checkpoint)
	if err == nil {
		err = start.StoreAway
	}
	if err != nil {
		return report, err
	}
	rec, err := reconcile.New(sp, store, checkpoint, keys, reconcile.Options{Receipts: reconcile.ReceiptsIn(store), Log: r.log})
	if err != nil {
		return report, err
	}
	defer rec.Close()
	if report, err = rec.Now(ctx, r.all); err != nil || r.accept == "" {
		return report, err
	}
	if err := rec.Accept(ctx, audit.NewJournal(sp, start.Broker).Append, r.by, r.accept); err != nil {
		return report, err
	}
	report.Lost = rec.Report().Lost
	return report, nil
}
