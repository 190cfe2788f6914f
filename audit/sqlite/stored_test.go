package sqlite

import (
	"database/sql"
	"testing"
)

// Stored gives a part of the packed block that each record's document is in, as the file
// holds it.
func Stored(t testing.TB, s *Store, numbers []uint64) (parts [][]byte) {
	t.Helper()
	for _, n := range numbers {
		var whole []byte
		err := s.read.QueryRowContext(t.Context(), `SELECT bytes FROM block WHERE no = (SELECT block FROM record WHERE key & 0xFFFFFFFFFFFF = ?)`, int64(n)).Scan(&whole)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, whole[len(whole)/2:][:min(160, len(whole)/2)])
	}
	return parts
}

// Unpacked gives all that the file's blocks hold, whether a record points there or not.
func Unpacked(t testing.TB, s *Store) (all []byte) {
	t.Helper()
	change(t, s, func(w *rewriting) {
		var numbers []int64
		var no int64
		if err := list(t.Context(), w.tx, func() error { numbers = append(numbers, no); return nil }, []any{&no}, `SELECT no FROM block`); err != nil {
			t.Fatal(err)
		}
		for _, no := range numbers {
			o, err := w.open(t.Context(), no)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, o.text...)
		}
		clear(w.blocks)
	})
	return all
}

// Overwrite puts a document in the place of a record's, and changes nothing else.
func Overwrite(t testing.TB, s *Store, n uint64, document []byte) {
	t.Helper()
	change(t, s, func(w *rewriting) {
		var at place
		var key int64
		if err := w.tx.QueryRow(`SELECT key, block, at, length FROM record WHERE key & 0xFFFFFFFFFFFF = ?`, int64(n)).Scan(&key, &at.block, &at.at, &at.length); err != nil {
			t.Fatal(err)
		}
		now, err := w.exchange(t.Context(), at, document)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.tx.Exec(`UPDATE record SET at = ?, length = ? WHERE key = ?`, now.at, now.length, key); err != nil {
			t.Fatal(err)
		}
	})
}

func change(t testing.TB, s *Store, do func(*rewriting)) {
	t.Helper()
	err := s.thoroughly(t.Context(), func(tx *sql.Tx) error {
		w := rewriting{store: s, tx: tx}
		do(&w)
		return w.keep(t.Context())
	})
	if err != nil {
		t.Fatal(err)
	}
}
