package sqlite

import (
	"context"
	"database/sql"
	"runtime"
	"strings"

	"github.com/mycarerecord/mcr/audit"
)

// brief is a row of the table: a record as searching and counting see it.
type brief struct {
	time, key, kind int64
	user            string
	trace           []byte
	visitor         int64
}

// briefs makes the rows of a batch. Kinds that were never seen before are kept
// first, so that no row ever names one that is not there.
func (s *Store) briefs(ctx context.Context, base int64, b audit.Batch) ([]brief, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.loadKinds(ctx); err != nil {
		return nil, err
	}
	all := make([]brief, len(b.Entries))
	fresh := map[string][]int{}
	var traits []byte
	for i := range b.Entries {
		var trace string
		var err error
		if traits, trace, err = audit.ReadTraits(traits[:0], b.Entries[i].Payload); err != nil {
			traits, trace = append(traits[:0], '{', '}'), "" // not a record: delivered as it is
		}
		no, known := s.kinds[string(traits)]
		if !known {
			fresh[string(traits)] = append(fresh[string(traits)], i)
		}
		c := &b.Columns[i]
		r := brief{time: micros(c.TimeIn), key: base | int64(b.Entries[i].Seq), kind: no, user: c.UserID, trace: packed(trace)}
		r.visitor = visitor(&r, c.UserOrg, c.SessionID, packedPatient(c.PatientHMAC), isLook(traits))
		all[i] = r
	}
	if len(fresh) == 0 {
		return all, nil
	}
	numbers, err := s.keepKinds(ctx, fresh)
	if err != nil {
		return nil, err
	}
	for traits, no := range numbers {
		s.kinds[traits] = no
		for _, i := range fresh[traits] {
			all[i].kind = no
		}
	}
	return all, nil
}

// loadKinds reads the kinds that there are, once.
func (s *Store) loadKinds(ctx context.Context) error {
	if s.kinds != nil {
		return nil
	}
	kinds := map[string]int64{}
	var no int64
	var traits string
	err := list(ctx, s.write, func() error {
		kinds[traits] = no
		return nil
	}, []any{&no, &traits}, `SELECT no, traits FROM kind ORDER BY no DESC`) // of two the first is used
	if err == nil {
		s.kinds = kinds
	}
	return err
}

// keepKinds gives kinds their numbers, for ever.
func (s *Store) keepKinds(ctx context.Context, fresh map[string][]int) (map[string]int64, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // after Commit it does nothing
	insert, err := tx.PrepareContext(ctx, `INSERT INTO kind (traits) VALUES (?) RETURNING no`)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	numbers := make(map[string]int64, len(fresh))
	for traits := range fresh {
		var no int64
		if err := insert.QueryRowContext(ctx, traits).Scan(&no); err != nil {
			return nil, err
		}
		numbers[traits] = no
	}
	return numbers, tx.Commit()
}

const (
	columnsOfBrief = 6
	briefsAtOnce   = 200
)

func insertOfBriefs(rows int) string {
	return `INSERT OR IGNORE INTO brief (time_in, key, kind, user_id, trace, visitor) VALUES ` + strings.TrimSuffix(strings.Repeat("(?,?,?,?,?,?),", rows), ",")
}

func insertBriefs(ctx context.Context, tx *sql.Tx, all []brief) error {
	stmt, err := tx.PrepareContext(ctx, insertOfBriefs(briefsAtOnce))
	if err != nil {
		return err
	}
	defer stmt.Close()
	args := make([]any, 0, briefsAtOnce*columnsOfBrief)
	for len(all) > 0 {
		some := all[:min(len(all), briefsAtOnce)]
		all = all[len(some):]
		args = args[:0]
		for i := range some {
			b := &some[i]
			args = append(args, b.time, b.key, b.kind, b.user, b.trace, b.visitor)
		}
		if len(some) == briefsAtOnce {
			_, err = stmt.ExecContext(ctx, args...)
		} else {
			_, err = tx.ExecContext(ctx, insertOfBriefs(len(some)), args...)
		}
		if err != nil {
			return err
		}
		runtime.Gosched() // requests first
	}
	return nil
}
