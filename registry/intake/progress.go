package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/registry"
)

// progressNote is the note of the last import: one, whoever imports what. It is written in the
// transaction of each batch. An import goes on only where the last one was of the same file: what
// another file brought meanwhile would otherwise stand beside older lines of this one.
const progressNote = "last import"

// progress is how far an import has got.
type progress struct {
	File      string    `json:"file"`                // SHA-256 of the file
	Practices string    `json:"practices,omitempty"` // and of the directory
	Kinds     string    `json:"kinds,omitempty"`     // and of the kinds of relationship
	Line      int       `json:"line"`                // all lines up to this one are taken, but for those with links
	Done      Imported  `json:"done"`                // what was made of them
	LeftOut   []Fault   `json:"left_out,omitempty"`  // of lines that could not be taken, the first ones
	Faults    int       `json:"faults,omitempty"`    // of those, all
	By        string    `json:"by"`
	Began     time.Time `json:"began"`
	At        time.Time `json:"at"`
	Ended     bool      `json:"ended"`
}

func lastProgress(ctx context.Context, tx registry.Tx) (p progress, err error) {
	value, err := tx.Recall(ctx, progressNote)
	if err != nil || value == "" {
		return p, err
	}
	if json.Unmarshal([]byte(value), &p) != nil {
		return progress{}, nil // a newer mcr's: the file is taken from its beginning
	}
	return p, nil
}

// errAnother says that the turn was lost: with the connection that held it, in PostgreSQL.
var errAnother = errors.New("another import began before this one had ended: lines of two files must not stand in another order than their files; " +
	"look which file is the newer one, and import that one again when the other has ended")

// alone returns nil if no other import has noted anything since this one did, or began.
func (w *writer) alone(ctx context.Context, tx registry.Tx) error {
	last, err := lastProgress(ctx, tx)
	if err != nil {
		return err
	}
	mine := w.before
	if w.wrote {
		mine = w.state
	}
	if last.File != mine.File || !last.Began.Equal(mine.Began) {
		return errAnother
	}
	return nil
}

func (p progress) note(ctx context.Context, tx registry.Tx) error {
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("noting the progress: %w", err)
	}
	return tx.Note(ctx, progressNote, string(value))
}

// of says whether it is of the same file, read in the same way.
func (p progress) of(file, practices, kinds string) bool {
	return p.File == file && p.Practices == practices && p.Kinds == kinds
}
