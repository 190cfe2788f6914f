package trailtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
)

// Delivered writes the files of a broker that delivered so many blocks of a chain, and whose
// spool let them go: checkpoint and checkpoint.delivered-0001, as audit/ship describes them,
// written by another hand. It gives what they say was delivered.
func Delivered(t testing.TB, dir string, keys *protect.Keys, chain string, blocks int) (all []audit.Digest) {
	t.Helper()
	seal := func(use string, parts ...[]byte) []byte {
		m := hmac.New(sha256.New, keys.Derive(use))
		for _, part := range parts {
			m.Write(part)
		}
		return m.Sum(nil)
	}
	file := append([]byte("MCRBLOCK"), 0, 0, 0, 1, 0, 0, 0, byte(len(chain)))
	file = append(append(file, chain...), make([]byte, 256-32-16-len(chain))...)
	file = append(file, seal("mcr delivered 1", []byte{0}, file)...)
	for n := range blocks {
		d := audit.Digest{First: uint64(max(1, n*audit.BlockRecords)), Last: uint64((n+1)*audit.BlockRecords - 1)}
		d.Count, d.Sum = d.Last-d.First+1, sha256.Sum256(fmt.Append(nil, chain, n))
		entry := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, d.First), d.Last)
		entry = append(entry, d.Sum[:]...)
		file = append(append(file, entry...), seal("mcr delivered 1", []byte(chain), []byte{0}, entry)...)
		all = append(all, d)
	}
	mark := fmt.Sprintf(`{"version":1,"broker":%q,"begun":0,"seq":%d,"hash":"%064x","at":"2026-03-02T12:00:00Z"`, chain, all[blocks-1].Last, 7)
	mark += fmt.Sprintf(`,"mac":"%s"}`, hex.EncodeToString(seal("mcr checkpoint 1", []byte(mark+"}"))))
	for name, text := range map[string][]byte{"checkpoint": []byte(mark), "checkpoint.delivered-0001": file} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
