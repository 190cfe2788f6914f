package carry

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/registry"
)

// What Restore refuses.
var (
	// ErrNotEmpty says that the registry has something in it: two histories cannot become one.
	ErrNotEmpty = errors.New("the registry is not empty: restore into a new one")
	// ErrDamaged says that the file is not what Export wrote.
	ErrDamaged = errors.New("the file is cut off or damaged")
)

const (
	atOnce    = 1000    // versions
	longest   = 4 << 20 // line, in bytes
	errLonger = "line %d is longer than any that an export writes"
)

// Restore takes what Export wrote into a registry that has nothing in it, with its history, and
// gives how many versions that is. All of it holds when it returns nil, else nothing: it is one
// transaction, for whose time nobody else can write to a registry in a file. A line that is not
// understood is an error that names the line, and never what it says.
func Restore(ctx context.Context, into registry.Store, in io.Reader, opt Options) (versions int, err error) {
	defer func() {
		if err != nil {
			versions, err = 0, fmt.Errorf("restoring: %w", err)
		}
	}()
	release, err := into.Alone(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer release()
	tx, err := into.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	some := errors.New("")
	switch err := into.Everything(ctx, registry.AsRecorded, func(*registry.Entry) error { return some }); {
	case errors.Is(err, some):
		return 0, ErrNotEmpty
	case err != nil:
		return 0, err
	}
	r := restorer{tx: tx, in: bufio.NewReaderSize(in, 64<<10), opt: opt}
	if err := r.all(ctx); err != nil {
		return 0, err
	}
	return r.versions, tx.Commit()
}

type restorer struct {
	tx       registry.Tx
	in       *bufio.Reader
	opt      Options
	number   int // of the line
	versions int
	batch    []registry.Entry
}

func (r *restorer) all(ctx context.Context) error {
	sum := sha256.New()
	if err := r.header(ctx, sum); err != nil {
		return err
	}
	for {
		text, err := r.line()
		if err != nil {
			return err
		}
		if bytes.HasPrefix(text, footerBegins) {
			if err := r.add(ctx, 0); err != nil {
				return err
			}
			return r.footer(text, hex.EncodeToString(sum.Sum(nil)))
		}
		sum.Write(text)
		e, err := read(text)
		if err != nil {
			return fmt.Errorf("%w: line %d: %w", ErrDamaged, r.number, err)
		}
		r.batch = append(r.batch, e)
		r.versions++
		r.opt.progress(r.versions)
		if err := r.add(ctx, atOnce-1); err != nil {
			return err
		}
	}
}

// line reads one line with its end.
func (r *restorer) line() ([]byte, error) {
	r.number++
	var text []byte
	for {
		part, err := r.in.ReadSlice('\n')
		if text = append(text, part...); len(text) > longest {
			return nil, fmt.Errorf("%w: "+errLonger, ErrDamaged, r.number)
		}
		switch {
		case err == nil:
			return text, nil
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: it ends in line %d, without its last line", ErrDamaged, r.number)
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

func (r *restorer) header(ctx context.Context, sum io.Writer) error {
	text, err := r.line()
	if err != nil {
		return err
	}
	_, _ = sum.Write(text) // never fails
	var h header
	if err := strictly(text, &h); err != nil || h.Format != format {
		return fmt.Errorf("%w: it does not begin as what mcr registry export writes", ErrDamaged)
	}
	if h.Version != version {
		return fmt.Errorf("the file is of version %d of its format, and this mcr knows %d: use the mcr that it was written by, or a newer one", h.Version, version)
	}
	for _, name := range slices.Sorted(maps.Keys(h.Notes)) {
		if !slices.Contains(r.opt.Notes, name) {
			return fmt.Errorf("%w: it has a note that is not known here", ErrDamaged)
		}
		if err := r.tx.Note(ctx, name, h.Notes[name]); err != nil {
			return err
		}
	}
	return nil
}

// add adds what waits, when it is more than some.
func (r *restorer) add(ctx context.Context, than int) error {
	if len(r.batch) <= than {
		return nil
	}
	if err := r.tx.Add(ctx, r.batch...); err != nil {
		return fmt.Errorf("lines up to %d: %w", r.number, err)
	}
	r.batch = r.batch[:0]
	return nil
}

func (r *restorer) footer(text []byte, sum string) error {
	var f footer
	if err := strictly(text, &f); err != nil || f.Entries == nil {
		return fmt.Errorf("%w: its last line is not understood", ErrDamaged)
	}
	if *f.Entries != r.versions || f.SHA256 != sum {
		return fmt.Errorf("%w: its last line is of %d versions and another digest", ErrDamaged, *f.Entries)
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its last line", ErrDamaged)
	}
	return nil
}
