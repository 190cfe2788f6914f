package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Exec runs a statement on the file.
func Exec(t testing.TB, s *Store, statement string) {
	t.Helper()
	if _, err := s.write.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// One gives the one text that a query gives.
func One(t testing.TB, s *Store, query string) (text string) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// Forge puts other documents in the place of those of a record and of its block.
func Forge(t testing.TB, s *Store, seq int64, change func(document string) string) {
	t.Helper()
	var number, at, length int64
	if err := s.read.QueryRowContext(t.Context(), `SELECT block, at, length FROM record WHERE key & 0xFFFFFFFFFFFF = ?`, seq).Scan(&number, &at, &length); err != nil {
		t.Fatal(err)
	}
	var text []byte
	err := s.each(t.Context(), func(_ int64, _ spool.Hash, document []byte) error {
		text = append(text, document...)
		return nil
	}, `SELECT key, hash, block, at, length FROM record WHERE block = ? ORDER BY at`, number)
	if err != nil {
		t.Fatal(err)
	}
	forged := change(string(text[at : at+length]))
	if int64(len(forged)) != length {
		t.Fatalf("%d bytes for %d", len(forged), length)
	}
	copy(text[at:], forged)
	encoder, err := newEncoder(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), `UPDATE block SET bytes = ?, dictionary = 0 WHERE no = ?`, encoder.EncodeAll(text, nil), number); err != nil {
		t.Fatal(err)
	}
}

// Upgrading makes upgrades move so many records at once, and call a function after each time.
func Upgrading(atOnce int, after func()) { upgradeAtOnce, moved = atOnce, after }

// Downgrade makes the file one of version 1, as far as an upgrade reads it.
func Downgrade(t testing.TB, s *Store) {
	t.Helper()
	Exec(t, s, `CREATE TABLE older (key INTEGER PRIMARY KEY, hash BLOB, document TEXT) STRICT`)
	for after := int64(0); ; {
		last := after
		err := s.each(t.Context(), func(key int64, hash spool.Hash, document []byte) error {
			last = max(last, key)
			_, err := s.write.ExecContext(t.Context(), `INSERT INTO older VALUES (?, ?, ?)`, key, hash[:], string(document))
			return err
		}, placed+`WHERE key > ? ORDER BY key LIMIT 5000`, after)
		if err != nil {
			t.Fatal(err)
		}
		if after == last {
			break
		}
		after = last
	}
	Exec(t, s, `DROP VIEW trail; DROP TABLE record; DROP TABLE block; DROP TABLE dictionary; DROP TABLE brief; DROP TABLE kind;
		ALTER TABLE older RENAME TO record; PRAGMA user_version = 1`)
}

// Questions are the queries behind the trail's questions.
var Questions = []string{showQuery, stateQuery, boundQuery, "SELECT i.key" + briefsQuery + newestFirst, "SELECT i.key" + briefsOfIDQuery + newestFirst,
	runs + "SELECT i.key" + briefsOfPatientQuery + newestFirst, documentsQuery, boundOfRefusedQuery, "SELECT i.key" + briefsOfRefusedQuery + newestFirst,
	entriesQuery, rangeQuery, blocksQuery, highestQuery, brokersQuery}

// Plan gives the steps of a query.
func Plan(t *testing.T, s *Store, query string) (steps []string) {
	t.Helper()
	n := strings.Count(query, "?")
	for numbered := 9; numbered > 0; numbered-- {
		if strings.Contains(query, fmt.Sprintf("?%d", numbered)) {
			n = numbered
			break
		}
	}
	args := make([]any, n)
	for i := range args {
		args[i] = int64(1)
	}
	rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// LatelyBytes bounds what is held of what was shown.
const LatelyBytes = latelyBytes

// Lately gives all that is held of what was shown.
func Lately(s *Store) (text []byte) {
	s.lately.mu.Lock()
	defer s.lately.mu.Unlock()
	for _, no := range s.lately.order {
		text = append(text, s.lately.texts[no].text...)
	}
	return text
}

// Bounding makes Entries give so many bytes of documents at once, until the test ends.
func Bounding(t testing.TB, most int64) {
	before := bytesAtOnce
	bytesAtOnce = most
	t.Cleanup(func() { bytesAtOnce = before })
}

// Connect makes a connection for asking, as one is made when all others are in use.
func Connect(t testing.TB, s *Store) error {
	t.Helper()
	c, err := s.read.Conn(t.Context())
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.ExecContext(t.Context(), "SELECT count(*) FROM sqlite_schema")
	return err
}
