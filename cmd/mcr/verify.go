package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/spool"
)

var errNotProved = errors.New("the trail is not whole")

// verify computes the chains again. By itself a chain proves nothing of its end,
// and whoever can write the store can compute a whole one anew: so it is held
// against the broker's checkpoint, and against what was said last time.
func (q *question) verify() *cobra.Command {
	var checkpoints, said, logged []string
	var policyFile string
	var counts string
	cmd := q.command("verify", "That no record was changed, removed or put in between", cobra.NoArgs, func(ctx context.Context, t *trail, _ []string, out io.Writer) error {
		known, err := t.known(checkpoints, said)
		if err != nil {
			return err
		}
		trees, done, err := t.trees(policyFile, logged)
		if err != nil {
			return err
		}
		defer done()
		reports, err := proof.All(ctx, t.Trail, known, trees)
		if err != nil {
			return err
		}
		whole := true
		for _, report := range reports {
			fmt.Fprint(out, report)
			if report.Records > 0 {
				fmt.Fprintf(out, "  as in: --known %s:%d:%x\n", report.Broker, report.Last, report.Hash)
			}
			if len(known[report.Broker]) == 0 {
				fmt.Fprintln(out, "  no checkpoint and nothing --known: that its end is there was not verified")
			}
			if len(trees[report.Broker]) == 0 {
				fmt.Fprintln(out, "  no Merkle log of it beside the keys: whoever can write the store could have computed the chain anew")
			}
			whole = whole && report.OK()
			delete(known, report.Broker)
			delete(trees, report.Broker)
		}
		for broker := range trees { // a chain of which the trail has nothing left
			if known[broker] == nil {
				known[broker] = []proof.Known{}
			}
		}
		for broker := range known { // a chain of which the trail has nothing left
			report, err := proof.VerifyTrees(ctx, t.Trail, broker, trees[broker], known[broker]...)
			if err != nil {
				return err
			}
			fmt.Fprint(out, report)
			whole = whole && report.OK()
		}
		complete, err := t.complete(ctx, out, counts)
		if err != nil {
			return err
		}
		if whole = whole && complete; !whole {
			return errNotProved
		}
		return nil
	})
	cmd.Flags().StringArrayVar(&checkpoints, "checkpoint", nil, "a broker's checkpoint (default: the file checkpoint beside the keys, if there is one)")
	cmd.Flags().StringVar(&policyFile, "policy", "", "who must have signed and cosigned the Merkle logs (default: the key log.key beside the keys)")
	cmd.Flags().StringArrayVar(&logged, "log-checkpoint", nil, "a checkpoint of a log that somebody else kept, such as a witness; with --policy")
	cmd.Flags().StringArrayVar(&said, "known", nil, "what an earlier verification said, as broker:number:hash")
	cmd.Flags().StringVar(&counts, "counts", "", "a broker's counts (default: the folder counts beside the keys, if there is one)")
	return cmd
}

// known is what is known of the chains from elsewhere than the store.
func (t *trail) known(checkpoints, said []string) (map[string][]proof.Known, error) {
	known := map[string][]proof.Known{}
	if len(checkpoints) == 0 {
		beside := filepath.Join(filepath.Dir(t.keysPath), "checkpoint")
		if _, err := os.Stat(beside); !errors.Is(err, fs.ErrNotExist) {
			checkpoints = []string{beside}
		}
	}
	for _, path := range checkpoints {
		mark, err := markIn(path, t.keys)
		if err != nil {
			return nil, err
		}
		known[mark.Broker] = append(known[mark.Broker], proof.FromMark(mark)...)
	}
	for _, text := range said {
		broker, k, ok := parseKnown(text)
		if !ok {
			return nil, fmt.Errorf("--known %s: write it as broker:number:hash, as the last verification did", text)
		}
		known[broker] = append(known[broker], k)
	}
	return known, nil
}

// markIn reads a checkpoint of whichever broker it is. Its seal is the deployment's.
func markIn(path string, keys *protect.Keys) (audit.Mark, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return audit.Mark{}, fmt.Errorf("reading checkpoint: %w", err)
	}
	var says struct{ Broker string }
	_ = json.Unmarshal(text, &says) // what it is worth is judged below
	name := audit.BrokerOf(says.Broker)
	if name == "" {
		return audit.Mark{}, fmt.Errorf("reading checkpoint %s: %w", path, ship.ErrCheckpoint)
	}
	c, err := ship.OpenCheckpoint(path, keys, name)
	if err != nil {
		return audit.Mark{}, err
	}
	mark := c.Mark()
	if mark.At.IsZero() { // it was not believed
		return audit.Mark{}, fmt.Errorf("reading checkpoint %s: %w", path, ship.ErrCheckpoint)
	}
	return mark, nil
}

// parseKnown reads broker:number:hash.
func parseKnown(text string) (broker string, k proof.Known, ok bool) {
	rest, sum, ok1 := cutLast(text)
	broker, number, ok2 := cutLast(rest)
	seq, err1 := strconv.ParseUint(number, 10, 64)
	hash, err2 := hex.DecodeString(sum)
	if !ok1 || !ok2 || broker == "" || errors.Join(err1, err2) != nil || len(hash) != len(spool.Hash{}) {
		return "", proof.Known{}, false
	}
	return broker, proof.Known{Seq: seq, Hash: spool.Hash(hash), From: "an earlier verification"}, true
}

// cutLast cuts at the last colon: a broker's name may hold one.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
