package sqlite

import "testing"

// Stored gives a part of each record's document as the file holds it.
func Stored(t testing.TB, s *Store, numbers []uint64) (parts [][]byte) {
	t.Helper()
	for _, n := range numbers {
		var whole []byte
		if err := s.read.QueryRowContext(t.Context(), `SELECT CAST(document AS BLOB) FROM record WHERE key & 0xFFFFFFFFFFFF = ?`, int64(n)).Scan(&whole); err != nil {
			t.Fatal(err)
		}
		// Not its beginning, which many have in common, and long enough to hold what is erased.
		parts = append(parts, whole[len(whole)/2:][:min(160, len(whole)/2)])
	}
	return parts
}
