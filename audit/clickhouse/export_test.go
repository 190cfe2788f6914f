package clickhouse

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// PieceRecords is how many records are sent at once.
const PieceRecords = pieceRecords

// Exec runs a statement on the server.
func Exec(t testing.TB, s *Store, statement string) {
	t.Helper()
	if err := s.conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Text gives the one text that a query gives.
func Text(t testing.TB, s *Store, query string) (text string) {
	t.Helper()
	if err := s.conn.QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// PrepareUpTo makes the schema as it was at a version.
func PrepareUpTo(t testing.TB, s *Store, version int) error {
	t.Helper()
	if err := makeDatabase(t.Context(), s.opt, Topology{}); err != nil {
		return err
	}
	all, err := migrations(Migrations)
	if err != nil {
		return err
	}
	return (&migrator{conn: s.conn, database: s.opt.Database, say: func(string) {}}).apply(t.Context(), all[:version])
}

// InsertAsBefore inserts a batch as the program of schema version 2 did.
func InsertAsBefore(t testing.TB, s *Store, b audit.Batch) {
	t.Helper()
	batch, err := s.conn.PrepareBatch(t.Context(), `INSERT INTO records
		(broker, seq, hash, id, time_in, outcome, effect, reason, user_id, user_org, source, source_org, patient_hmac, document)`)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range b.Entries {
		c := b.Columns[i]
		err := batch.Append(b.Broker, e.Seq, string(e.Hash[:]), c.ID, c.TimeIn, c.Outcome, c.Effect, c.Reason, c.UserID, c.UserOrg, c.Source, c.SourceOrg, c.PatientHMAC, string(e.Payload))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

// InsertMarked inserts a batch as the program of schema versions 4 to 6 did: whole documents
// with some marks in them.
func InsertMarked(t testing.TB, s *Store, b audit.Batch) {
	t.Helper()
	batch, err := s.conn.PrepareBatch(t.Context(), `INSERT INTO records (broker, seq, hash, id, time_in, salt, bytes_released, packed)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range b.Entries {
		var r audit.Record
		if err := json.Unmarshal(e.Payload, &r); err != nil {
			t.Fatal(err)
		}
		packed := strings.NewReplacer(`"`+r.ID+`"`, "\"\x01\"", `"`+r.Salt+`"`, "\"\x05\"", r.TimeIn.UTC().Format(markedTime), "\x02",
			fmt.Sprintf(`"bytes_released":%d`, r.BytesReleased), "\"bytes_released\":\x1b").Replace(string(e.Payload))
		if err := batch.Append(b.Broker, e.Seq, string(e.Hash[:]), r.ID, r.TimeIn, r.Salt, uint64(r.BytesReleased), packed); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

// ReadMigrations gives the names of migrations and how many statements they have.
func ReadMigrations(fsys fs.FS) (names []string, err error) {
	all, err := migrations(fsys)
	for _, m := range all {
		names = append(names, fmt.Sprintf("%s: %d", m.name, len(m.statements)))
	}
	return names, err
}

// Escaped gives a value as it travels beside a query.
func Escaped(value string) string { return with().text("v", value).all["v"] }

// Identifier gives a quoted name.
func Identifier(name string) string { return identifier(name) }

// Twice makes every row stand a second time, as a sending without a token would.
func Twice(t testing.TB, s *Store) {
	t.Helper()
	Exec(t, s, `SYSTEM STOP MERGES records`)
	columns := Text(t, s, `SELECT arrayStringConcat(groupArray(name), ', ') FROM system.columns
		WHERE database = currentDatabase() AND table = 'records' AND default_kind NOT IN ('ALIAS', 'EPHEMERAL', 'MATERIALIZED')`)
	Exec(t, s, `INSERT INTO records (`+columns+`) SELECT `+columns+` FROM records SETTINGS insert_deduplicate = 0, deduplicate_insert = 'disable'`)
}

// Plain inserts entries as they are, a column at a time, and says how long it took.
func Plain(t testing.TB, s *Store, entries []spool.Entry) time.Duration {
	t.Helper()
	var k block
	for i := range entries {
		k.broker, k.seqs = append(k.broker, "westvale"), append(k.seqs, entries[i].Seq)
		k.hashes, k.packedTexts = append(k.hashes, view(entries[i].Hash[:])), append(k.packedTexts, view(entries[i].Payload))
	}
	began := time.Now()
	batch, err := s.conn.PrepareBatch(t.Context(), `INSERT INTO plain (broker, seq, hash, document)`)
	if err != nil {
		t.Fatal(err)
	}
	for i, column := range []any{k.broker, k.seqs, k.hashes, k.packedTexts} {
		if err := batch.Column(i).Append(column); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// Explain lets the server read a statement without running it.
func Explain(t testing.TB, s *Store, statement string) {
	t.Helper()
	rows, err := s.conn.Query(t.Context(), `EXPLAIN AST `+statement)
	if err != nil {
		t.Errorf("%.300s\n%v", statement, err)
		return
	}
	rows.Close()
}

// Number gives the one number that a query gives.
func Number(t testing.TB, s *Store, query string) (n uint64, err error) {
	err = s.conn.QueryRow(t.Context(), query).Scan(&n)
	return n, err
}

// Late inserts a batch without looking, as a sending that the server carries out late.
func Late(t testing.TB, s *Store, b audit.Batch) {
	t.Helper()
	b.Again = fmt.Sprint("/late-", time.Now().UnixNano())
	if err := s.insert(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}
