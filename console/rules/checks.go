package rules

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
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
	Said      string // when they were tried, with which policies, and how many would not be noticed
	Survivors int    // that nobody explains
	Explained []Explained
}

// Explained is a fault that nothing finds, with why that is as it should be.
type Explained struct{ File, What, Why, By string }

// checksPage is what was checked of the policies that the pages are about.
type checksPage struct {
	opened
	Checked      preview
	Proof        *Proof // nil: not run here
	ProofFault   string
	Mutation     *Mutation // nil: not run here
	MutantsFault string
}

// checked is what takes long of it, kept for as long as the folder is the same.
type checked struct {
	judged preview
	proof  *Proof
	fault  string
}

func (m *Room) checks(w http.ResponseWriter, r *http.Request, who *page.Person) {
	o, ok := m.open(w, r, who, "checks")
	if !ok {
		return
	}
	c, err := m.checked(r.Context())
	if err != nil {
		m.fault(w, r, who, err)
		return
	}
	p := checksPage{opened: o, Checked: c.judged, Proof: c.proof, ProofFault: c.fault}
	if m.cfg.Mutants != nil {
		if p.Mutation, err = m.cfg.Mutants(m.cfg.FS); err != nil {
			p.MutantsFault = err.Error()
		}
	}
	m.pages.Render(w, r, who, http.StatusOK, "checks", p)
}

func (m *Room) checked(ctx context.Context) (checked, error) {
	print, err := fingerprint(m.cfg.FS)
	if err != nil {
		return checked{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Within)
	defer cancel()
	return m.checkedNow.get(ctx, print, func(ctx context.Context) (checked, error) {
		done, err := m.turn(ctx)
		if err != nil {
			return checked{}, err
		}
		defer done()
		c := checked{judged: m.judge(ctx, m.cfg.FS)}
		if m.cfg.Prove != nil {
			if c.proof, err = m.cfg.Prove(ctx, m.cfg.FS); err != nil {
				c.proof, c.fault = nil, err.Error()
			}
		}
		return c, ctx.Err()
	})
}

// Prover proves the invariants of a folder of policies.
type Prover func(ctx context.Context, fsys fs.FS) (*Proof, error)

// Mutants gives what is kept of a run of mutants with a folder of policies; nil when nothing is.
type Mutants func(fsys fs.FS) (*Mutation, error)
