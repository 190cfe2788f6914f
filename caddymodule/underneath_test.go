package caddymodule

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Of a folder that was deleted while its broker ran, one file comes back that was just being
// written, or none and only the word is there: without its registry no start is a first one.
func TestAttack161WhicheverFileIsThereABrokerHasRun(t *testing.T) {
	for name, want := range map[string]bool{
		"data.gone":                      true,
		"data/checkpoint":                true,
		"data/checkpoint.new":            true,
		"data/checkpoint.sending":        true,
		"data/checkpoint.delivered-0001": true,
		"data/checkpoint.alarms":         true,
		"data/checkpoint.erased":         true,
		"data/counts/2026-11-30":         true,
		// These are there before a first start, or made by one that failed.
		"data":             false,
		"data/keys":        false,
		"data/forwarding":  false,
		"data/verdicts/a":  false,
		"data/revisions/a": false,
		"data/admin.sock":  false,
		"data/spool/lock":  false,
	} {
		t.Run(strings.ReplaceAll(name, "/", " "), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			file := filepath.Join(filepath.Dir(data), name)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if name != "data" {
				if err := os.WriteFile(file, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			sign, err := ranOn(data)
			if err != nil {
				t.Fatal(err)
			}
			missed(t, new(shared), data, sign, nil, want)
		})
	}
}

// Nothing but records tells of it: in the spool, or in a store that stood elsewhere.
func TestAttack161RecordsTellThatABrokerHasRun(t *testing.T) {
	missed(t, new(shared), t.TempDir(), "", fmt.Errorf("the start: %w", ship.ErrBehind), true)
	missed(t, new(shared), t.TempDir(), "", fmt.Errorf("the start: %w", ship.ErrCheckpoint), true)
	missed(t, new(shared), t.TempDir(), "", errors.New("the store is no trail"), false)
	sp, err := spool.Open(t.TempDir(), spool.Options{MinFreeBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	missed(t, &shared{spool: sp}, t.TempDir(), "", nil, false)
	if _, err := sp.Append(t.Context(), []byte("record")); err != nil {
		t.Fatal(err)
	}
	missed(t, &shared{spool: sp}, t.TempDir(), "", nil, true)
}

// missed says whether a registry that is not there is missed, and never one that is.
func missed(t *testing.T, p *shared, data, sign string, wrong error, want bool) {
	t.Helper()
	registry := filepath.Join(data, "registry.db")
	if err := p.registryGone(data, registry, sign, wrong); (err != nil) != want {
		t.Errorf("a start without a registry: %v", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(registry, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.registryGone(data, registry, sign, wrong); err != nil {
		t.Errorf("a start with its registry: %v", err)
	}
}
