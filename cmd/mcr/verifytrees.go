package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	believe "github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
)

// trees are the Merkle logs beside the keys, as they were published last, and what others kept
// of them, by chain. Each must be good by the policy, or under the logs' own key. done lets go
// of their files.
func (t *trail) trees(policyFile string, kept []string) (trees map[string][]proof.Tree, done func(), err error) {
	trees = map[string][]proof.Tree{}
	var open []interface{ Close() error }
	done = func() {
		for _, one := range open {
			_ = one.Close() // they were read only
		}
	}
	defer func() {
		if err != nil {
			done()
		}
	}()
	data := filepath.Dir(t.keysPath)
	logs, err := follow.Logs(data)
	if errors.Is(err, follow.ErrNoLog) {
		logs, err = nil, nil
	}
	if err != nil {
		return nil, done, err
	}
	var by *believe.Policy
	if policyFile != "" {
		if by, err = believed(policyFile, nil); err != nil {
			return nil, done, err
		}
	}
	for _, one := range logs {
		if one.Raw == nil || by == nil && one.Published.Size == 0 {
			continue
		}
		judge := by
		if judge == nil {
			if judge, err = ownPolicy(data, one.Signed.Origin); err != nil {
				return nil, done, err
			}
		}
		v, err := judge.Judge(one.Raw)
		if err != nil {
			return nil, done, fmt.Errorf("the log %s: %w", one.Signed.Origin, err)
		}
		tree := proof.Tree{Organisation: one.Organisation, Signed: v.Checkpoint}
		// Without its files, or with damaged ones, the root alone tells that something is wrong.
		if l, err := one.Open(); err == nil {
			tree.Log = l
			open = append(open, l)
		}
		trees[one.Chain] = append(trees[one.Chain], tree)
	}
	for _, path := range kept {
		if by == nil {
			return nil, done, errors.New("--log-checkpoint: say with --policy whom you believe")
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, done, err
		}
		v, err := by.Judge(raw)
		if err != nil {
			return nil, done, fmt.Errorf("%s: %w", path, err)
		}
		chain, organisation, ok := named(logs, v.Checkpoint)
		if !ok {
			return nil, done, fmt.Errorf("%s: it is of the log %s, of which there is none beside the keys", path, v.Checkpoint.Origin)
		}
		trees[chain] = append(trees[chain], proof.Tree{Organisation: organisation, Signed: v.Checkpoint})
	}
	return trees, done, nil
}

// ownPolicy believes what was signed with the key that lies beside the logs.
func ownPolicy(data, origin string) (*believe.Policy, error) {
	key, err := signed.LoadKey(follow.KeyFile(data))
	if err != nil {
		return nil, fmt.Errorf("%w; or say with --policy whom you believe", err)
	}
	v, err := signed.ParseVerifier(key.LogVerifier(origin))
	if err != nil {
		return nil, err
	}
	return believe.ForLog(v), nil
}

// named finds the chain and the organisation of a log by its origin.
func named(logs []follow.Kept, c signed.Checkpoint) (chain, organisation string, ok bool) {
	for _, one := range logs {
		if one.Signed.Origin == c.Origin {
			return one.Chain, one.Organisation, true
		}
	}
	return "", "", false
}
