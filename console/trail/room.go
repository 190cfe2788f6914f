package trail

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/replay"
)

// Config is what the room needs. Fields without a default are required.
type Config struct {
	// Base is the console's path. Default "/console".
	Base string
	// Trail is asked; Recorder keeps the looks (an audit.Journal).
	Trail    audit.Trail
	Recorder Recorder
	// Proofs proves records to others (a follow.Follower); nil when no logs are kept here.
	Proofs Proofs
	// Protector turns a typed NHS number into what the trail knows it by.
	Protector *protect.Protector
	// Policies are those in force: Book has their words, and by Revision a record's
	// decision is made again. What is not given of the two is read from Policies.
	Policies fs.FS
	Book     *book.Book
	Revision *decision.Revision
	// Sources give names to the ids and codes of records. May be empty.
	Sources []Source
	// Complete compares requests, records and rows. Without it there is no such page.
	Complete Complete
	// Notice is a sentence that stands on every page, such as that some of the records were made
	// up for training. Default: none.
	Notice string
	// Reach says whose part of the trail a person sees.
	Reach Reach
	// Draft gives the folder of policies that may come into force next: the trail's requests are decided
	// again under it. Nil, and a nil folder: there is none. DecidedBy gives the policies by which what
	// was shown is known; nil where they are not kept. Lasts ends what goes on by itself; default: for
	// as long as the process lasts. ReplayWaits is how long a page waits for it; default 8 s.
	Draft       func() (fs.FS, error)
	Own         func() map[string]*decision.Revision // organisations' own rules in force, by ODS code
	DecidedBy   func(ctx context.Context, by decision.DecidedBy) *decision.Revision
	Lasts       context.Context
	ReplayWaits time.Duration
	// Live tries the draft on the requests of now. Without it there is no such page.
	Live *replay.Live
	// VisitGap is how long a person may pause within one visit: see audit.Visit. Default
	// audit.DefaultGap.
	VisitGap time.Duration
	// AskWithin is how long the trail has to answer a page. Default 20 s.
	AskWithin time.Duration
	// AppendWithin is how long the record of a look may take. Default 5 s.
	AppendWithin time.Duration
	// MostRows is how many records a download, and a patient's report, hold at
	// most. What is cut says so. Default 5,000.
	MostRows int
	Clock    func() time.Time // default time.Now
	Log      *slog.Logger     // default slog.Default()
}

// Source is one of the region's sources, by name.
type Source struct{ ID, Name, Organisation string }

// Room is the trail's pages.
type Room struct {
	cfg     Config
	words   words
	choices choices
	pages   *page.Set
	replays replays
}

//go:embed templates/*.html
var templates embed.FS

// New makes the room. All faults of the configuration are given at once.
func New(ctx context.Context, cfg Config) (*Room, error) {
	var faults []error
	need := func(missing bool, what string) {
		if missing {
			faults = append(faults, errors.New(what+" is required"))
		}
	}
	need(cfg.Trail == nil, "a trail")
	need(cfg.Recorder == nil, "a recorder: a look that nobody records must not happen")
	need(cfg.Protector == nil, "a protector")
	need(cfg.Book == nil && cfg.Policies == nil, "the policies, or their book,")
	for _, code := range cfg.Reach.Region {
		need(code.IsZero(), "the code of each of the region's organisations")
	}
	for _, code := range cfg.Reach.RegionRoles {
		need(code.IsZero(), "the code of each of the roles that see the whole region")
	}
	need(len(cfg.Reach.Region) > 0 && len(cfg.Reach.RegionRoles) == 0, "the roles that see the whole region: without them nobody would")
	if len(faults) > 0 {
		return nil, fmt.Errorf("opening the trail's pages: %w", errors.Join(faults...))
	}
	if cfg.Book == nil {
		book, err := book.Read(ctx, cfg.Policies)
		if err != nil {
			return nil, fmt.Errorf("opening the trail's pages: %w", err)
		}
		cfg.Book = book
	}
	if cfg.Revision == nil && cfg.Policies != nil {
		revision, err := decision.Load(ctx, cfg.Policies, decision.Options{})
		if err != nil {
			return nil, fmt.Errorf("opening the trail's pages: %w", err)
		}
		cfg.Revision = revision
	}
	defaults(&cfg)
	t := &Room{cfg: cfg, words: wordsOf(cfg.Book, cfg.Sources)}
	t.choices = t.words.choices()
	var err error
	if t.pages, err = page.New(cfg.Base, templates, t.functions()); err != nil {
		return nil, fmt.Errorf("opening the trail's pages: %w", err)
	}
	return t, nil
}

func defaults(cfg *Config) {
	set := func(d *time.Duration, fallback time.Duration) {
		if *d <= 0 {
			*d = fallback
		}
	}
	set(&cfg.AskWithin, 20*time.Second)
	set(&cfg.AppendWithin, 5*time.Second)
	set(&cfg.ReplayWaits, 8*time.Second)
	if cfg.Lasts == nil {
		cfg.Lasts = context.Background()
	}
	if cfg.Base == "" {
		cfg.Base = "/console"
	}
	if cfg.MostRows <= 0 {
		cfg.MostRows = 5000
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
}

// Mount gives every page of the room to handle, with its pattern for http.ServeMux
// below the console's path, such as "GET /trail/records/{id}".
func (t *Room) Mount(handle func(pattern string, h page.Handler)) {
	if t.cfg.Complete != nil {
		handle("GET /trail/completeness", t.handler(t.completeness))
	}
	if t.cfg.Live != nil {
		handle("GET /trail/live", t.handler(t.live))
		handle("GET /trail/live/records", t.handler(t.liveList))
	}
	for pattern, work := range map[string]asking{
		"GET /trail":                t.overview,
		"GET /trail/month":          t.month,
		"GET /trail/replay":         t.replay,
		"POST /trail/replay":        t.replayPosted,
		"GET /trail/replay/records": t.replayList,
		"GET /trail/records":        t.search,
		"POST /trail/records":       t.searchPosted,
		"GET /trail/records/{id}":   t.show,
		"GET /trail/patient":        t.askPatient,
		"POST /trail/patient":       t.report,
	} {
		handle(pattern, t.handler(work))
	}
}
