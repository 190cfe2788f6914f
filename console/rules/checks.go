package rules

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/gate"
)

// Proof is what was found of the invariants of a set of policies: what must hold in all
// states of question and facts.
type Proof struct {
	Invariants []Invariant
	States     string   // how many there are, as "1,234,567"
	Decisions  int      // that were made to prove them
	Bounds     []string // what was not gone through, in sentences
	Took       time.Duration
}

// Invariant is one of them.
type Invariant struct {
	Name, Promise, File string
	Line                int
	States              string // in how many states it has to hold
	Held                bool
	Broken              string // in how many it does not
	Given, When         []string
	Decision            access.Decision // of the smallest of those
}

// Mutation is what is known of small faults that were put into the policies to see whether
// anything finds them.
type Mutation struct {
	Said      string   // when they were tried, with which policies, and how many would not be noticed
	Survivors int      // that nobody explains
	Unnoticed []string // what they are, as far as that is kept
	Explained []Explained
}

// Explained is a fault that nothing finds, with why that is as it should be.
type Explained struct{ File, What, Why, By string }

// checksPage is what was checked of the policies that the pages are about.
type checksPage struct {
	opened
	Checked      preview
	Proof        *Proof // nil: not run here, or not done yet
	Proving      bool   // it is being worked out
	ProofFault   string
	Mutation     *Mutation // nil: not run here
	MutantsFault string
}

func (m *Room) checks(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "checks")
	if !ok {
		return
	}
	fingerprint, err := gate.Fingerprint(m.cfg.FS)
	if err != nil {
		m.fault(w, r, who, err)
		return
	}
	p := checksPage{opened: o}
	if p.Checked, err = m.checked(r.Context(), fingerprint); err != nil {
		m.fault(w, r, who, err)
		return
	}
	if m.cfg.Prove != nil {
		p.Proof, p.ProofFault, p.Proving = m.proofs.look(r.Context(), m, fingerprint, func(ctx context.Context) (*Proof, error) {
			proof, err := m.cfg.Prove(ctx, m.cfg.FS)
			return proof, stillThat(m.cfg.FS, fingerprint, err)
		})
	}
	if m.cfg.Mutants != nil {
		if p.Mutation, err = m.cfg.Mutants(m.cfg.FS); err != nil {
			p.MutantsFault = err.Error()
		}
	}
	m.pages.Render(w, r, who, http.StatusOK, "checks", p)
}

// checked judges the folder that the pages are about, once for as long as it is the same.
func (m *Room) checked(ctx context.Context, fingerprint string) (preview, error) {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	return m.judged.get(ctx, fingerprint, func(ctx context.Context) (preview, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return preview{}, err
		}
		defer done()
		p := m.judge(ctx, m.cfg.FS)
		return p, stillThat(m.cfg.FS, fingerprint, ctx.Err())
	})
}

// Prover proves the invariants of a folder of policies. It may take its time, and ends with
// the context.
type Prover func(ctx context.Context, fsys fs.FS) (*Proof, error)

// Mutants gives what is kept of a run of mutants with a folder of policies; nil when nothing is.
type Mutants func(fsys fs.FS) (*Mutation, error)
