package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/evidence"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	believe "github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
)

// prove writes the proof that a record stands in the log.
func (q *question) prove() *cobra.Command {
	var to, document string
	var without bool
	cmd := q.command("prove ID", "The proof that a record stands in the log, for somebody else", cobra.ExactArgs(1),
		func(ctx context.Context, t *trail, args []string, out io.Writer) error {
			p, err := t.proof(ctx, q.data, args[0], q.scope())
			if err != nil {
				return err
			}
			erased := len(p.Extra) == len(audit.LeafEntry(nil))
			if document != "" && erased {
				return errors.New("details of the record were erased: its document is no longer there, its entry alone is proved (leave --document out)")
			}
			if document != "" {
				if err := os.WriteFile(document, p.Extra, 0o600); err != nil {
					return fmt.Errorf("writing the record: %w", err)
				}
			}
			if without && !erased {
				entry := audit.LeafEntry(p.Extra)
				p.Extra = entry[:]
			}
			if to == "" {
				_, err = out.Write(p.Format())
				return err
			}
			if err := os.WriteFile(to, p.Format(), 0o600); err != nil {
				return fmt.Errorf("writing the proof: %w", err)
			}
			fmt.Fprintf(out, "%s: check it with mcr audit check-proof %s --policy POLICY\n", to, to)
			return nil
		})
	cmd.Long = `The proof that a record stands in the log, for somebody else, who checks it with public
keys alone. It is made where the broker's data folder is: a log that is served (/log/) has
entries and hashes alone, and does not say which entry is of which record; that stands
beside the log. Whoever has no data folder downloads the proof from the console, on the
record's page.`
	q.whoseFlag(cmd)
	q.flag(cmd, "data")
	cmd.Flags().StringVarP(&to, "out", "o", "", "the file to write (default: standard output)")
	cmd.Flags().StringVar(&document, "document", "", "a file for the record's document, to the byte: what check-proof --record reads")
	cmd.Flags().BoolVar(&without, "without-record", false, "leave the record out: the proof then tells nothing of it, and holds for who has it")
	return cmd
}

// proof makes the proof of one record: from the log of the organisation that was asked for,
// or the broker's own.
func (t *trail) proof(ctx context.Context, data, id string, scope audit.Scope) (evidence.Proof, error) {
	rec, err := t.Show(ctx, id, scope)
	if err != nil {
		return evidence.Proof{}, err
	}
	logs, err := follow.Logs(data)
	if err != nil {
		return evidence.Proof{}, err
	}
	kept, err := follow.Find(logs, rec.Broker, scope.SourceOrg)
	if err != nil {
		return evidence.Proof{}, err
	}
	entries, err := t.Entries(ctx, rec.Broker, rec.Sequence-1, 1)
	if err != nil {
		return evidence.Proof{}, err
	}
	if len(entries) == 0 || entries[0].Seq != rec.Sequence {
		return evidence.Proof{}, fmt.Errorf("proving record %s: %w", id, audit.ErrNotFound)
	}
	return kept.Prove(rec.Sequence, entries[0].Payload)
}

// checkProof needs neither trail nor keys nor network.
func checkProof() *cobra.Command {
	var policyFile, recordFile string
	var keys []string
	cmd := &cobra.Command{
		Use: "check-proof FILE", Short: "Whether a proof holds, by public keys alone", Args: cobra.ExactArgs(1), SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			by, err := believed(policyFile, keys)
			if err != nil {
				return err
			}
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			var record []byte
			if recordFile != "" {
				if record, err = os.ReadFile(recordFile); err != nil {
					return err
				}
			}
			p, err := evidence.Parse(text)
			if err != nil {
				return err
			}
			r, err := evidence.Check(p, by, record)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprint(out, r)
			var rec audit.Record
			if len(r.Record) > 0 && json.Unmarshal(r.Record, &rec) == nil {
				fmt.Fprintln(out)
				return audit.PrintRecord(out, &rec)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&policyFile, "policy", "", "the policy: which log, and whose cosignatures (c2sp.org/tlog-policy)")
	cmd.Flags().StringArrayVar(&keys, "key", nil, "the log's verifier key, when no witness is asked for")
	cmd.Flags().StringVar(&recordFile, "record", "", "the record, when the file does not bear it: its document, to the byte")
	return cmd
}

// believed reads whom a check believes.
func believed(policyFile string, keys []string) (*believe.Policy, error) {
	var logs []*signed.Verifier
	for _, key := range keys {
		v, err := signed.ParseVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("--key: %w", err)
		}
		logs = append(logs, v)
	}
	switch {
	case policyFile == "" && len(logs) == 0:
		return nil, errors.New("say whom you believe: --policy FILE, or the log's verifier key with --key")
	case policyFile == "":
		return believe.ForLog(logs[0]).WithLogs(logs...), nil
	}
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return nil, err
	}
	by, err := believe.Parse(text)
	if err != nil {
		return nil, err
	}
	if len(logs) > 0 {
		by = by.WithLogs(append(by.Logs(), logs...)...)
	}
	if len(by.Logs()) == 0 {
		return nil, errors.New("the policy names no log: add a line, log and the log's verifier key, or give it with --key")
	}
	return by, nil
}

// logKey prints the verifier keys of a data folder's logs: what witnesses and auditors need.
func logKey() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "log-key", Short: "The verifier keys of the logs", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("data") { // the trail itself is not asked
				if err := s.find(cmd, true); err != nil {
					return err
				}
			}
			key, err := signed.LoadKey(follow.KeyFile(s.data))
			if err != nil {
				return fmt.Errorf("%w (%s)", err, s.whence())
			}
			logs, err := follow.Logs(s.data)
			if err != nil {
				return err
			}
			for _, kept := range logs {
				fmt.Fprintf(cmd.OutOrStdout(), "log %s\n", key.LogVerifier(kept.Signed.Origin))
			}
			return nil
		},
	}
	s.flags(cmd, "data", "trail")
	return cmd
}
