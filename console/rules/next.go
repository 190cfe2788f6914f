package rules

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/gate"
)

// nextPage is what the draft, or the folder on disk, would change if it came into force.
type nextPage struct {
	opened
	None      bool   // there is no folder: the policies are those of the program
	Drafted   bool   // it is of the draft, and not of the folder on disk
	Trail     bool   // whoever looks may have it tried on the trail's requests
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
	Changes      changes
}

// next says what would change. Nothing is put in force here.
func (m *Room) next(w http.ResponseWriter, r *http.Request, who *page.Person) {
	p := nextPage{opened: opened{At: "next"}, Trail: who.Areas.Trail}
	upcoming, drafted, err := m.cfg.Desk.Or(m.cfg.Candidate)
	if p.Drafted = drafted; err != nil {
		m.draftFault(w, r, who, err)
		return
	}
	if upcoming == nil {
		p.None = true
		m.pages.Render(w, r, who, http.StatusOK, "next", p)
		return
	}
	if m.cfg.Engine != nil {
		if rev := m.cfg.Engine.Revision(); rev != nil {
			p.InForceAs, p.Digest = rev.Name(), rev.Digest()
		}
	}
	if p.preview, err = m.preview(r.Context(), upcoming, m.inForce()); err != nil {
		m.fault(w, r, who, err)
		return
	}
	m.pages.Render(w, r, who, http.StatusOK, "next", p)
}

// inForce gives what is in force; nil when that is not kept.
func (m *Room) inForce() fs.FS {
	if m.cfg.InForce == nil {
		return nil
	}
	if fsys, ok := m.cfg.InForce(); ok {
		return fsys
	}
	return nil
}

// preview judges a folder and compares it with what is in force, once for as long as neither changes.
func (m *Room) preview(ctx context.Context, upcoming, now fs.FS) (preview, error) {
	is, err := gate.Fingerprint(upcoming)
	if err != nil {
		return preview{Judged: m.cfg.Clock(), Faults: lines(err)}, nil
	}
	was := ""
	if now != nil {
		if was, err = gate.Fingerprint(now); err != nil {
			return preview{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	p, err := m.previews.get(ctx, was+" "+is, func(ctx context.Context) (preview, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return preview{}, err
		}
		defer done()
		p := m.judge(ctx, upcoming)
		if p.Same = was == is; !p.Same && now != nil && p.Loads {
			p.compare(ctx, now, upcoming)
		}
		return p, stillThat(upcoming, is, ctx.Err())
	})
	if err == nil && p.Compared {
		p.Changes = m.throughStates(ctx, &m.previewsInAll, p.Changes.ChangeList, now, upcoming, was, is)
	}
	return p, err
}

// judge says whether a folder may be put in force, as a start does.
func (m *Room) judge(ctx context.Context, fsys fs.FS) preview {
	verdict := check.Judge(ctx, fsys, decision.Options{})
	return preview{
		Judged: m.cfg.Clock(), Faults: few(verdict.Faults), Tests: verdict.Tests, Cases: verdict.Cases, Loads: verdict.Loads,
	}
}

func (p *preview) compare(ctx context.Context, was, is fs.FS) {
	var err error
	if p.Changes.ChangeList, err = book.Changes(ctx, was, is, nil); err != nil {
		p.Fault = err.Error()
		return
	}
	p.Compared = true
}
