package intake

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mycarerecord/mcr/registry"
)

// Notes are the names of notes that a copy of a registry must have for imports to know its
// resources again: the secret of sealed ids.
var Notes = []string{secretNote}

// Mentioned calls take with the key of every resource that a file mentions: what the ids of its
// entries begin with. Lines may be faulty otherwise, but every line must say which resource it is:
// the error names the first that does not. Of a resource that may stand under either of two
// keys, both are given.
func Mentioned(ctx context.Context, in registry.Store, file io.Reader, take func(key string)) error {
	tx, err := in.Begin(ctx)
	if err != nil {
		return fmt.Errorf("reading what a file mentions: %w", err)
	}
	secret, err := tx.Recall(ctx, secretNote)
	tx.Rollback()
	if err != nil {
		return fmt.Errorf("reading what a file mentions: %w", err)
	}
	rd := reading{secret: []byte(secret)}
	lines := bufio.NewReaderSize(file, 64<<10)
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, long, _, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading what a file mentions: %w", err)
		}
		last := err != nil
		if problem := rd.mentioned(text, long, take); problem != "" {
			return fmt.Errorf("reading what a file mentions: %s", Fault{number, problem})
		}
		if last {
			return nil
		}
	}
}

// mentioned gives the keys of one line, or what is wrong with it.
func (rd *reading) mentioned(text []byte, long bool, take func(key string)) string {
	if long {
		return errTooLong.Error()
	}
	if _, marked := bytes.CutPrefix(text, []byte("\xef\xbb\xbf")); marked {
		return errMarked.Error()
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return ""
	}
	fields, err := tree(text)
	if err != nil {
		return err.Error()
	}
	var problems []string
	r := &resource{element: element{fields: fields, problems: &problems}}
	rd.call(r)
	if r.kind == "" || len(problems) > 0 {
		return append(problems, "resourceType is missing")[0]
	}
	take(r.key)
	if r.plain != "" {
		take(r.plain)
	}
	return ""
}
