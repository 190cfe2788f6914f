package sqlite

import "context"

const (
	insertNote = "INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
	askNote    = "SELECT value FROM note WHERE name = ?"
)

// Note keeps a value. A transaction that only does this has everybody forgotten by those who keep
// what they read: to them it is a change of which they cannot tell whom it concerns.
func (t *tx) Note(ctx context.Context, name, value string) error {
	return t.conn.run(ctx, insertNote, name, value)
}

// Recall gives a value.
func (t *tx) Recall(ctx context.Context, name string) (value string, err error) {
	err = t.conn.each(ctx, askNote, func(r row) error { value = r.text(0); return nil }, name)
	return value, err
}
