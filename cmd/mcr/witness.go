package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/proof/witness"
)

// witnessing runs a witness: what a source organisation needs so that it need not believe
// those who keep the trail.
func witnessing() *cobra.Command {
	var name, folder, listen, logsFile string
	var logs []string
	cmd := &cobra.Command{
		Use: "witness", Short: "Cosigns the logs of others that only grow", Args: cobra.NoArgs, SilenceUsage: true,
		Long: `Cosigns the checkpoints of logs that only grow (c2sp.org/tlog-witness): from then on nobody
who keeps the trail can take a record out, or put one in, without that it is seen.

Its key and what it cosigned are in one folder. It is asked over HTTP at /add-checkpoint; put
https before it. The line that it prints goes into the policies of those who believe it.`,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx, stop := interruptible(cmd)
			defer stop()
			known, err := logsToWitness(logs, logsFile)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return err
			}
			key, _, err := signed.LoadOrCreateKey(filepath.Join(folder, "witness.key"))
			if err != nil {
				return err
			}
			w, err := witness.New(witness.Options{
				Name: name, Key: key, Folder: filepath.Join(folder, "cosigned"), Logs: known,
				Log: logTo(cmd),
			})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, w.Close()) }()
			listener, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "listening on http://%s\nwitness %s %s\n", listener.Addr(), name, key.WitnessVerifier(name))
			return serveWitness(ctx, listener, w)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the witness's name, such as witness.trust.nhs.uk")
	cmd.Flags().StringVar(&folder, "folder", "witness", "the folder of its key and of what it cosigned; never put back from a backup")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:7380", "where it is asked")
	cmd.Flags().StringArrayVar(&logs, "log", nil, "the verifier key of a log to cosign (mcr audit log-key prints them)")
	cmd.Flags().StringVar(&logsFile, "logs", "", "a file of such lines: log and a verifier key")
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

// logsToWitness reads the logs from flags, and from a file as log-key prints it.
func logsToWitness(keys []string, file string) ([]*signed.Verifier, error) {
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(text), "\n") {
			line, _, _ = strings.Cut(line, "#")
			switch fields := strings.Fields(line); {
			case len(fields) == 0:
			case len(fields) == 2 && fields[0] == "log":
				keys = append(keys, fields[1])
			default:
				return nil, fmt.Errorf("%s: line %d: write: log <verifier key>", file, i+1)
			}
		}
	}
	var logs []*signed.Verifier
	for _, key := range keys {
		v, err := signed.ParseVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("log %s: %w", key, err)
		}
		logs = append(logs, v)
	}
	return logs, nil
}

func serveWitness(ctx context.Context, listener net.Listener, w http.Handler) error {
	server := &http.Server{
		Handler: w, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	stop := context.AfterFunc(ctx, func() {
		within, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(within)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
