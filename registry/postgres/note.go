package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

const (
	insertNote = "INSERT INTO registry.note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
	askNote    = "SELECT value FROM registry.note WHERE name = $1"
)

// Note keeps a value. Where it is all that a transaction does, its change is about nobody.
func (t *tx) Note(ctx context.Context, name, value string) error {
	_, err := t.conn.Exec(ctx, insertNote, name, value)
	t.noted = true
	return t.plainly(ctx, err)
}

// Recall gives a value.
func (t *tx) Recall(ctx context.Context, name string) (value string, err error) {
	err = t.conn.QueryRow(ctx, askNote, name).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return value, t.plainly(ctx, err)
}
