package rules

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/draft"
)

// Config is what the room needs. Fields without a default are required.
type Config struct {
	// Base is the console's path. Default "/console".
	Base string
	// FS is the folder of policies that the pages are about.
	FS fs.FS
	// Book is one that was made of FS already: it is shown for as long as FS is the
	// same. Default: one is made when the first page is asked for.
	Book *book.Book
	// Engine is the brokers': the pages say which revision is in force, and whether
	// it is the folder's. Without one they say nothing of it.
	Engine *decision.Engine
	// Previous gives the policies before those in force, with their name. Without
	// it there is nothing to compare with, and the page says so.
	Previous func() (fsys fs.FS, name string, ok bool)
	// Candidate is the folder on disk, which comes into force when the broker is told to load
	// it. Without it there is none: the policies are those in the program.
	Candidate fs.FS
	// Desk is where a draft is kept, which is changed in the browser and stands before the folder
	// then. Without it nothing is changed here.
	Desk *draft.Desk
	// Proposals lets releases be approved and published here. Without it what is proposed is
	// downloaded.
	Proposals *Proposals
	// Trail tells who changed the rules, and which broker took which release into force. Without it
	// there is no such page.
	Trail audit.Trail
	// Organisations gives the names of organisations by their ODS codes; others are told by their
	// codes.
	Organisations map[string]string
	// Live says that the draft is tried on the requests of now, on a page of the trail's.
	Live bool
	// InForce gives the set that is in force, as it was when it came into force. Without it
	// the folder is judged, and compared with nothing.
	InForce func() (fsys fs.FS, ok bool)
	// Prove proves the invariants, Mutants tells of a run of mutants. Without them the pages
	// say that they are not run here. A deployment's are Prove and Survivors of this package,
	// and states.All.
	Prove   Prover
	Mutants Mutants
	// States goes through all states of two sets of policies. Without it the pages say that
	// nobody did.
	States book.States
	// AtOnce is how many cases are tried, and books written, at the same time: they
	// must not take the machine from the brokers. Default 1.
	AtOnce int
	// Within is how long a page may take. What it waits for is made all the same, and
	// there when it is asked for again. Default 20 s.
	Within time.Duration
	// Moment is how long a page waits for what takes longer than anybody waits (Prove,
	// States), before it says that it is being worked out. Default 1 s.
	Moment time.Duration
	// Lasts is as long as the room: what is being worked out ends with it. Default: it
	// lasts as long as the process.
	Lasts context.Context
	Clock func() time.Time // default time.Now
	Log   *slog.Logger     // default slog.Default()
}

// Room is the pages of the rules.
type Room struct {
	cfg     Config
	pages   *page.Set
	turns   chan struct{}
	book    kept[*book.Book]
	changes kept[book.ChangeList]

	previews, judged            kept[preview]
	proofs                      later[*Proof]
	changesInAll, previewsInAll later[book.ChangeList]
}

//go:embed templates/*.html
var templates embed.FS

// New makes the room. The policies are read when the first page is asked for.
func New(cfg Config) (*Room, error) {
	if cfg.FS == nil {
		return nil, errors.New("opening the rules' pages: the policies are required")
	}
	if cfg.Base == "" {
		cfg.Base = "/console"
	}
	if cfg.AtOnce <= 0 {
		cfg.AtOnce = 1
	}
	if cfg.Within <= 0 {
		cfg.Within = 20 * time.Second
	}
	if cfg.Moment <= 0 {
		cfg.Moment = time.Second
	}
	if cfg.Lasts == nil {
		cfg.Lasts = context.Background()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	m := &Room{cfg: cfg, turns: make(chan struct{}, cfg.AtOnce)}
	m.book.lasts, m.changes.lasts, m.previews.lasts, m.judged.lasts = cfg.Lasts, cfg.Lasts, cfg.Lasts, cfg.Lasts
	m.proofs.kept.lasts, m.changesInAll.kept.lasts, m.previewsInAll.kept.lasts = cfg.Lasts, cfg.Lasts, cfg.Lasts
	if cfg.Book != nil {
		m.book.of, m.book.value = cfg.Book.Fingerprint(), cfg.Book
	}
	var err error
	if m.pages, err = page.New(cfg.Base, templates, m.functions()); err != nil {
		return nil, fmt.Errorf("opening the rules' pages: %w", err)
	}
	return m, nil
}

// Mount gives every page of the room to handle, with its pattern for http.ServeMux
// below the console's path, such as "GET /rules/cases".
func (m *Room) Mount(handle func(pattern string, h page.Handler)) {
	handle("GET /rules", m.overview)
	handle("GET /rules/changes", m.changed)
	handle("GET /rules/next", m.next)
	handle("GET /rules/checks", m.checks)
	handle("GET /rules/cases", m.cases)
	handle("GET /rules/reasons", m.reasons)
	handle("GET /rules/lists/{file}/{name}", m.list)
	handle("GET /rules/try", m.begin)
	handle("POST /rules/try", m.tryForm)
	handle("GET /rules/try/text", m.beginText)
	handle("POST /rules/try/text", m.tryText)
	handle("POST /rules/try/download", m.download)
	m.drafting(handle)
	m.proposing(handle)
	m.remembering(handle)
	handle("GET /rules/{name}", m.rule)
}

// turn waits until there is room for something that takes the machine's time; done
// must be called.
func (m *Room) turn(ctx context.Context) (done func(), err error) {
	select {
	case m.turns <- struct{}{}:
		return func() { <-m.turns }, nil
	case <-ctx.Done():
		return nil, errBusy
	}
}

var errBusy = errors.New("too many are trying cases now")

// problem is a page that says what is wrong and what to do.
type problem struct {
	Title, Text string
	Lines       []string
	Remedy      string
}

func (m *Room) problem(w http.ResponseWriter, r *http.Request, who *page.Person, status int, p problem) {
	m.pages.Render(w, r, who, status, "problem", p)
}

// fault answers for an error that is nobody's who is signed in.
func (m *Room) fault(w http.ResponseWriter, r *http.Request, who *page.Person, err error) {
	switch {
	case r.Context().Err() != nil: // nobody is there to read it
	case errors.Is(err, errBusy), errors.Is(err, context.DeadlineExceeded):
		w.Header().Set("Retry-After", "5")
		m.problem(w, r, who, http.StatusServiceUnavailable, problem{
			Title: "Try again in a moment", Text: "The rules are being read, or somebody else is trying a case. Nothing that you typed was used.",
			Remedy: "Load this page again, or go back and send it again.",
		})
	default:
		m.cfg.Log.Error("the rules' pages could not read the policies", "cause", err)
		m.problem(w, r, who, http.StatusInternalServerError, problem{
			Title: "The rules have faults", Text: "The folder of policies cannot be read as it is now. The brokers go on with the last rules that were in order.",
			Lines: lines(err), Remedy: "Put right what is named here, then load this page again.",
		})
	}
}

// missing answers for a page that there is not.
func (m *Room) missing(w http.ResponseWriter, r *http.Request, who *page.Person, what string) {
	m.problem(w, r, who, http.StatusNotFound, problem{
		Title: "Page not found", Text: "There is no " + what + " of that name in the policies.",
		Remedy: "It may have been renamed or taken out. Look for it in the policy book.",
	})
}
