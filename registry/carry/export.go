package carry

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/registry"
)

// Options say who carries a registry, and what with it.
type Options struct {
	// By is who takes it out, for the first line.
	By string
	// Notes are the names of notes that go with it: what imports must find again (intake.Notes).
	Notes []string
	// Progress is called now and then with how many versions were written or read.
	Progress func(versions int)
	// Clock is for tests; nil is time.Now.
	Clock func() time.Time
}

func (o *Options) progress(n int) {
	if o.Progress != nil && n%progressEvery == 0 {
		o.Progress(n)
	}
}

const progressEvery = 10_000

// Export writes a whole registry as one moment has it, while others read and write, and gives how
// many versions it has. After an error what was written has no last line: Restore takes none of it.
func Export(ctx context.Context, from registry.Store, to io.Writer, opt Options) (versions int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("exporting: %w", err)
		}
	}()
	if !legible.Name(opt.By) {
		return 0, errors.New("say who exports")
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	notes, err := recall(ctx, from, opt.Notes)
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriterSize(to, 64<<10)
	sum := sha256.New()
	put := func(text []byte, err error) error {
		if err != nil {
			return err
		}
		text = append(text, '\n')
		sum.Write(text)
		_, err = out.Write(text)
		return err
	}
	if err := put(json.Marshal(header{format, version, opt.Clock().UTC().Truncate(time.Second), opt.By, notes})); err != nil {
		return 0, err
	}
	err = from.Everything(ctx, registry.AsRecorded, func(e *registry.Entry) error {
		if err := put(write(e)); err != nil {
			return err
		}
		versions++
		opt.progress(versions)
		return nil
	})
	if err != nil {
		return 0, err
	}
	last, err := json.Marshal(footer{&versions, hex.EncodeToString(sum.Sum(nil))})
	if err != nil {
		return 0, err
	}
	if _, err := out.Write(append(last, '\n')); err != nil {
		return 0, err
	}
	return versions, out.Flush()
}

// recall reads notes, those that there are.
func recall(ctx context.Context, from registry.Store, names []string) (map[string]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	tx, err := from.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	notes := map[string]string{}
	for _, name := range names {
		value, err := tx.Recall(ctx, name)
		if err != nil {
			return nil, err
		}
		if value != "" {
			notes[name] = value
		}
	}
	return notes, nil
}
