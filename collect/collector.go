package collect

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/correlation"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/vouch"
)

// Collector asks every source about one patient. Make it with New.
type Collector struct {
	cfg    Config
	client *http.Client
	places *places
	room   *room.Room // of answers in memory
}

// New makes a Collector. All faults of the configuration come in one error.
func New(cfg Config) (*Collector, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configuring the collector: %w", err)
	}
	return &Collector{cfg: cfg, client: client(cfg.Client), places: newPlaces(cfg.Collections, cfg.EachPerson), room: room.New(cfg.MaxHeld, 0)}, nil
}

// client gives a client that follows nothing and remembers nothing, so that the
// token goes where it is sent and nowhere else.
func client(given *http.Client) *http.Client {
	c := &http.Client{Transport: &http.Transport{
		// Many brokers may stand at one host. More connections than this wait.
		MaxConnsPerHost: 512, MaxIdleConnsPerHost: 128, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		DisableCompression: true, ForceAttemptHTTP2: true,
	}}
	if given != nil {
		copied := *given
		c = &copied
	}
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// Question is what is asked of every source.
type Question struct {
	// By is who asks, as the verified token says that is sent with it. UserID is
	// required: so many collections of one person run at once.
	By      access.Subject
	Patient nhs.Number
	// Categories narrows to some of the categories of docs/collect.md. None: the whole record.
	Categories []string
	// Since and Until narrow what happened to a period, Until not in it. What
	// stands (allergies, problems, prescriptions, plans) is not narrowed. Zero:
	// from the beginning, to the end.
	Since, Until time.Time
	// From is where the asker's own request came from, for the brokers' records (see
	// Config.Signer). Zero: it is not known.
	From vouch.Person
	// Trace is the asker's W3C traceparent, or "": then a trace begins here.
	Trace string
	// Correlation are the ids by which the asker knows its own request: they go to every
	// broker, whose records bear them.
	Correlation correlation.IDs
}

// Sources are those that every collection asks, in order.
func (c *Collector) Sources() []Source { return slices.Clone(c.cfg.Sources) }

// Collect asks every source with the professional's own bearer token. It comes
// back when all have answered or the time is over, and at once when ctx ends.
//
// each, which may be nil, is given each source's part as it is there, one at a
// time, from this goroutine. Collect has no error of its own: what went wrong
// stands with the source where it did.
func (c *Collector) Collect(ctx context.Context, bearer string, q Question, each func(Part)) Result {
	if each == nil {
		each = func(Part) {}
	}
	q.Trace = traceOf(q.Trace).String()
	if no := c.enter(q); no != nil {
		return c.nobodyAsked(ctx, q, no, each)
	}
	defer c.places.leave(q.By.UserID)
	share := c.room.Share("")
	defer share.Leave()
	return c.collect(ctx, bearer, q, share, func(part *Part) { each(*part) })
}

// enter takes a place for a question, if it is one.
func (c *Collector) enter(q Question) *refusal {
	switch {
	case q.Patient.IsZero():
		return misshapen(http.StatusBadRequest, "nhs-number-not-valid")
	case q.By.UserID == "", !known(q.Categories): // or what nobody asks for would look complete
		return broken
	}
	return c.places.enter(q.By.UserID)
}

// nobodyAsked is the result when no source was asked, which is recorded, and seen
// at each source.
func (c *Collector) nobodyAsked(ctx context.Context, q Question, no *refusal, each func(Part)) Result {
	rec := c.record(q)
	no = c.refuse(ctx, no, rec)
	reason := c.told(no.code)
	if no != unrecorded {
		reason.RecordID = rec.ID
	}
	result := Result{Trace: rec.TraceID}
	for _, s := range c.cfg.Sources {
		part := Part{Source: s, Status: Failed, Reason: reason}
		result.Parts = append(result.Parts, part)
		each(part)
	}
	return result
}

// known says that each of these is a category.
func known(categories []string) bool {
	return !slices.ContainsFunc(categories, func(category string) bool {
		_, ok := searchesOf[category]
		return !ok
	})
}

// collect asks the sources, each in a goroutine of its own. each may take out of
// its part what the result need not hold.
func (c *Collector) collect(ctx context.Context, bearer string, q Question, share *room.Share, each func(*Part)) Result {
	began := c.cfg.Clock()
	trace := traceOf(q.Trace)
	result := Result{Trace: trace.Trace(), Parts: make([]Part, len(c.cfg.Sources))}
	within, cancel := context.WithTimeout(ctx, c.cfg.InAll)
	defer cancel() // what is still under way when a caller's each panics
	type numbered struct {
		i    int
		part Part
	}
	parts := make(chan numbered, len(result.Parts))
	for i, s := range c.cfg.Sources {
		go func() {
			parts <- numbered{i, c.visit(within, s, bearer, trace, q, share)}
		}()
	}
	for range result.Parts {
		answered := <-parts
		result.Parts[answered.i] = answered.part
		if ctx.Err() == nil { // a client that left is no fault of a source's
			c.observePart(answered.part)
			each(&result.Parts[answered.i])
		}
	}
	result.Took = c.cfg.Clock().Sub(began)
	c.observe(ctx, result)
	return result
}
