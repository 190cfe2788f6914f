package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"
)

var errFileChanged = errors.New("the file was changed while it was imported: a part of it may be taken; import it again")

// writer takes the lines of a file that was checked.
type writer struct {
	*importer
	found   *checked
	state   progress
	left    faults
	pending []*line // read, and not taken yet
	size    int     // of the next batch
	noted   time.Time
	begun   bool // a batch was taken
	wrote   bool // something was committed
}

// write takes all lines.
func (i *importer) write(ctx context.Context, found *checked) (Imported, error) {
	w := &writer{importer: i, found: found, size: 32, noted: time.Now(), left: faults{told: i.opt.Told}}
	practices := ""
	if i.opt.Practices != nil {
		practices = i.opt.Practices.digest
	}
	w.state = progress{File: found.digest, Practices: practices, Kinds: i.opt.Kinds.digest, Began: i.reading.now}
	if before := i.before; before.of(found.digest, practices, i.opt.Kinds.digest) && !before.Ended {
		w.state = before
		w.left.count = before.Faults - len(before.LeftOut)
		for _, f := range before.LeftOut {
			w.left.add(f.Line, f.Problem)
		}
	}
	w.state.By = i.opt.By
	err := w.lines(ctx)
	if err == nil {
		err = w.groups(ctx)
	}
	if errors.Is(err, errFileChanged) {
		err = errors.Join(err, w.forget(ctx))
	}
	if err != nil {
		return w.state.Done, err
	}
	return w.state.Done, w.left.error(true)
}

// forget has no import go on from where this one is: what it took was not of the file that was
// checked, which may be put back.
func (w *writer) forget(ctx context.Context) error {
	tx, err := w.into.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := (progress{By: w.opt.By, Began: w.state.Began, At: tx.Time()}).note(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// lines takes the lines that have no links.
func (w *writer) lines(ctx context.Context) error {
	digest := sha256.New()
	from, apart := w.state.Line, w.found.apart
	work := func(p *piece) error {
		for _, l := range p.lines {
			if _, links := slices.BinarySearch(apart, l.number); !links && l.number > from {
				l.read(&w.reading)
			}
		}
		return nil
	}
	err := w.file.pieces(ctx, digest, work, func(p *piece) error {
		for _, l := range p.lines {
			if len(l.problems) > 0 {
				return errFileChanged
			}
			if l.res != nil {
				w.pending = append(w.pending, l)
			}
		}
		for len(w.pending) > w.size {
			if err := w.next(ctx, w.size, false); err != nil {
				return err
			}
			w.progress(Progress{Writing: true, Lines: w.state.Line, Bytes: p.end, Faults: w.left.count})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if hex.EncodeToString(digest.Sum(nil)) != w.found.digest {
		return errFileChanged
	}
	for len(w.pending) > 0 {
		n := min(w.size, len(w.pending))
		if err := w.next(ctx, n, n == len(w.pending) && len(w.found.linked) == 0); err != nil {
			return err
		}
	}
	w.progress(Progress{Writing: true, Lines: w.state.Line, Bytes: w.file.size, Faults: w.left.count})
	return nil
}

// next takes the next n lines.
func (w *writer) next(ctx context.Context, n int, last bool) error {
	next := w.state
	next.Line = w.pending[n-1].number
	if err := w.batch(ctx, batch{lines: w.pending[:n], then: next, last: last}); err != nil {
		return err
	}
	w.pending = w.pending[n:]
	return nil
}

// groups takes the lines with links. How far it got is not noted: an import that goes on looks at
// all of them again, and finds those that were taken unchanged.
func (w *writer) groups(ctx context.Context) error {
	first := w.state
	for rest := w.found.linked; len(rest) > 0; {
		var groups [][]*line
		for count := 0; len(groups) < len(rest) && (count == 0 || count+len(rest[len(groups)]) <= w.size); {
			lines, err := w.readGroup(rest[len(groups)])
			if err != nil {
				return err
			}
			groups = append(groups, lines)
			count += len(lines)
		}
		rest = rest[len(groups):]
		last := len(rest) == 0
		err := w.batch(ctx, batch{lines: slices.Concat(groups...), links: true, noted: &first, then: w.state, last: last})
		if errors.Is(err, errAmbiguous) { // one of the groups is: it is left out by itself
			for g, lines := range groups {
				if err = w.batch(ctx, batch{lines: lines, links: true, alone: true, noted: &first, then: w.state, last: last && g == len(groups)-1}); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return err
		}
		w.progress(Progress{Writing: true, Lines: w.state.Line, Bytes: w.file.size, Faults: w.left.count})
	}
	return nil
}
