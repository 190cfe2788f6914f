package reconcile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What is missing is kept over a restart in a file under a seal. Whatever is done to it: it
// tells what it told, or is not believed, and all is looked at again.
func FuzzAlarms(f *testing.F) {
	p := newPlace(f)
	store := &holey{blocks: trailtest.Delivered(f, p.dir, p.keys, "region-1", 6), gone: func(n int) bool { return n == 1 || n == 3 }}
	b := p.halted(f, store)
	f.Cleanup(func() { b.close(f) })
	honest := b.now(f, true).Lost
	path := filepath.Join(p.dir, "checkpoint.alarms")
	own, err := os.ReadFile(path)
	if err != nil || len(honest) != 1 || honest[0].MissingNumbers != "4096-8191, 12288-16383" {
		f.Fatal(err, honest)
	}
	f.Add(uint16(0), uint16(0), []byte(nil))
	f.Add(uint16(0), uint16(len(own)), []byte(nil))
	f.Add(uint16(0), uint16(len(own)), []byte("null"))
	f.Add(uint16(0), uint16(len(own)), []byte(`{"version":1,"chains":null,"mac":null}`))
	f.Add(uint16(len(own)-20), uint16(20), []byte(nil))
	f.Add(uint16(bytes.Index(own, []byte("region-1"))), uint16(8), []byte("region-2"))
	f.Add(uint16(bytes.Index(own, []byte("4096"))), uint16(4), []byte("5"))
	f.Add(uint16(1), uint16(0), []byte(`"chains":{"region-1":null},`))
	f.Fuzz(func(t *testing.T, at, cut uint16, put []byte) {
		from, to := min(int(at), len(own)), min(int(at)+int(cut), len(own))
		if err := os.WriteFile(path, slices.Concat(own[:from], put, own[to:]), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := reconcile.New(b.spool, store, b.checkpoint, p.keys, p.opt)
		if err != nil {
			t.Fatal(err)
		}
		if told := r.Report().Lost; len(told) > 0 && !cmp.Equal(told, honest) {
			t.Errorf("it tells %+v", told)
		}
	})
}
