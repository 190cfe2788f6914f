package rules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/check"
)

// nextPage is what the folder on disk would change if it came into force.
type nextPage struct {
	opened
	None      bool   // there is no folder: the policies are those of the program
	InForceAs string // the name of what is in force; "" when it is not kept, so that nothing can be compared
	preview
}

// preview is a folder judged and compared with what is in force.
type preview struct {
	Judged       time.Time
	Same         bool // it holds what is in force, tests and cases included
	Faults       []string
	Tests, Cases int
	Loads        bool
	Compared     bool
	Fault        string // why it could not be compared
	Changes      book.ChangeList
	Does, May    []string // what lets out more, and what may
}

// next says what would change. Nothing is put in force here.
func (m *Room) next(w http.ResponseWriter, r *http.Request, who *page.Person) {
	p := nextPage{opened: opened{At: "next"}}
	if m.cfg.Candidate == nil {
		p.None = true
		m.pages.Render(w, r, who, http.StatusOK, "next", p)
		return
	}
	var now fs.FS
	if m.cfg.InForce != nil {
		if fsys, ok := m.cfg.InForce(); ok {
			now = fsys
		}
	}
	if m.cfg.Engine != nil {
		if rev := m.cfg.Engine.Revision(); rev != nil {
			p.InForceAs, p.Digest = rev.Name(), rev.Digest()
		}
	}
	var err error
	if p.preview, err = m.preview(r.Context(), now); err != nil {
		m.fault(w, r, who, err)
		return
	}
	m.pages.Render(w, r, who, http.StatusOK, "next", p)
}

// preview judges the folder on disk and compares it, once for as long as neither changes.
func (m *Room) preview(ctx context.Context, now fs.FS) (preview, error) {
	is, err := fingerprint(m.cfg.Candidate)
	if err != nil {
		return preview{Judged: m.cfg.Clock(), Faults: lines(err)}, nil
	}
	was := ""
	if now != nil {
		if was, err = fingerprint(now); err != nil {
			return preview{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	return m.previews.get(ctx, was+" "+is, func(ctx context.Context) (preview, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return preview{}, err
		}
		defer done()
		p := m.judge(ctx, m.cfg.Candidate)
		if p.Same = was == is; !p.Same && now != nil && p.Loads {
			p.compare(ctx, now, m.cfg.Candidate, m.cfg.States)
		}
		if again, err := fingerprint(m.cfg.Candidate); err != nil || again != is {
			return preview{}, errBusy // it was written to meanwhile: half of it may be old
		}
		return p, ctx.Err()
	})
}

// judge says whether a folder may be put in force, as a start does.
func (m *Room) judge(ctx context.Context, fsys fs.FS) preview {
	verdict := check.Judge(ctx, fsys, decision.Options{})
	return preview{
		Judged: m.cfg.Clock(), Faults: few(verdict.Faults), Tests: verdict.Tests, Cases: verdict.Cases, Loads: verdict.Revision != nil,
	}
}

func (p *preview) compare(ctx context.Context, was, is fs.FS, states book.States) {
	var err error
	if p.Changes, err = book.Changes(ctx, was, is, states); err != nil {
		p.Fault = err.Error()
		return
	}
	p.Compared = true
	p.Does, p.May = p.Changes.Wider()
}

// mostBytes bounds what is read of a folder: the shipped policies are 300 KB.
const mostBytes = 64 << 20

// fingerprint is that of all files of a folder. What is no file is refused and not opened: a
// pipe would be waited for.
func fingerprint(fsys fs.FS) (string, error) {
	h, size := sha256.New(), int64(0)
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(p, ".") {
			return err
		}
		info, err := d.Info()
		if err == nil && d.Type()&fs.ModeSymlink != 0 {
			info, err = fs.Stat(fsys, p) // of what it leads to
		}
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s: this is no file: take it away", p)
		}
		f, err := fsys.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		fmt.Fprintf(h, "%d %s %d\n", len(p), p, info.Size())
		n, err := io.Copy(h, io.LimitReader(f, mostBytes+1))
		if size += n; err == nil && size > mostBytes {
			err = fmt.Errorf("%s: the folder holds more than %d MiB: policies do not", p, mostBytes>>20)
		}
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
