package caddymodule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		"data/spool/acknowledged-2":      true,
		"data/counts/2026-11-30":         true,
		// These are there before a first start, or made by one that failed.
		"data":             false,
		"data/keys":        false,
		"data/forwarding":  false,
		"data/verdicts/a":  false,
		"data/revisions/a": false,
		"data/admin.sock":  false,
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
			registry := filepath.Join(data, "registry.db")
			if err := begunBefore(data, registry); (err != nil) != want {
				t.Errorf("a start without a registry: %v", err)
			}
			if err := os.MkdirAll(data, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(registry, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := begunBefore(data, registry); err != nil {
				t.Errorf("a start with its registry: %v", err)
			}
		})
	}
}
