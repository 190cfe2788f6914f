package broker

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
)

// mostPages bounds how many of the source's pages one answer is made of. Its bytes are
// bounded by twice what one page may have, and no page is asked for after twice the time
// that one may take.
const mostPages = 40

// pagesMissing is the code of an answer that lacks a page of the source's.
const pagesMissing = string(fhir.SomePagesMissing)

// Why a page that the source speaks of is not had, as the record's causes and the metric
// have it.
const (
	lackingLink   = "link"   // its address leads nowhere that may be asked, or is none
	lackingCircle = "circle" // its address was asked already
	lackingBound  = "bound"  // there are too many, or they are too large or too slow
	lackingSource = "source" // the source did not answer, or not with such a page
)

// from is where in the source a page begins.
type from struct {
	Target string `json:"x"`
	First  bool   `json:"b"` // it is the first page of the search
	fhir.Position
	Circle circle `json:"c"`
}

// beginning is the first page of what is asked of the source by target.
func beginning(target string) from {
	return from{Target: target, First: true, Circle: newCircle(target)}
}

// circle notices pages that lead to one another, over any number of requests: it
// remembers one address, and a later one each time that twice as many have passed (Brent).
type circle struct {
	Mark  uint64 `json:"m"`
	Steps uint32 `json:"s"`
	Power uint32 `json:"p"`
}

func newCircle(target string) circle { return circle{Mark: hash(target), Power: 1} }

// closed goes on to target, and says whether that was passed before.
func (c *circle) closed(target string) bool {
	at := hash(target)
	if at == c.Mark {
		return true
	}
	if c.Steps++; c.Steps >= c.Power {
		c.Mark, c.Steps, c.Power = at, 0, 2*c.Power
	}
	return false
}

func hash(target string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(target))
	return h.Sum64()
}

// following goes from one page of the source's to the next.
type following struct {
	at    from
	place string // that was asked, below the base
	pages int
	bytes int64
	kept  int64 // of what was taken, counted as held
	seen  []string
	until time.Time // zero until there is a second page
}

// follow asks for the page that a next link leads to. lacking says why it is not had.
func (x *exchange) follow(ctx context.Context, f *following, body int, link string, odd bool) (got *fetched, lacking string) {
	source := x.broker.Source
	if f.until.IsZero() {
		f.until = x.broker.Clock().Add(2 * source.Timeout)
	}
	f.pages, f.bytes, f.seen = f.pages+1, f.bytes+int64(body), append(f.seen, f.at.Target)
	if odd {
		return nil, lackingLink
	}
	target, ok := x.broker.links.Relative(link, f.place)
	switch {
	case !ok:
		return nil, lackingLink
	case slices.Contains(f.seen, target) || f.at.Circle.closed(target):
		return nil, lackingCircle
	case f.pages >= mostPages || f.bytes >= 2*source.MaxBytes || !x.broker.Clock().Before(f.until):
		return nil, lackingBound
	}
	got, err := x.fetch(ctx, target)
	x.record.Spent.Fetch += x.spent()
	if err != nil {
		return nil, lackingSource
	}
	if !got.found {
		got.free()
		return nil, lackingSource
	}
	f.at.Target, f.at.First = target, false
	return got, ""
}

// lacks says in the record, and to whoever runs the source, that a page is missing.
func (x *exchange) lacks(lacking string) {
	if x.record.Causes == nil {
		x.record.Causes = map[string]int{}
	}
	x.record.Causes[pagesMissing+" "+lacking]++
	pagesMissingTotal.WithLabelValues(x.broker.Source.ID, lacking).Inc()
}

// everyPage reads all pages of an answer to a question of the broker's own, on which a
// decision rests: one that lacks a page is not understood.
func (x *exchange) everyPage(ctx context.Context, target, place string, got *fetched, read func(body []byte) error) error {
	f := following{at: beginning(target), place: place}
	for {
		err := read(got.body())
		link, odd := "", false
		if err == nil {
			link, odd, err = fhir.NextOf(got.body())
		}
		size := len(got.body())
		got.free()
		if err != nil || link == "" && !odd {
			return err
		}
		var lacking string
		if got, lacking = x.follow(ctx, &f, size, link, odd); lacking != "" {
			x.lacks(lacking)
			return errNotUnderstood
		}
	}
}

// releasePage fills a page from got, the source's page at at, and from those that follow.
func (x *exchange) releasePage(ctx context.Context, q access.Question, owner fhir.Owner, d access.Decision, got *fetched, at from) answer {
	buffer := newBuffer()
	page := fhir.NewPage(buffer.bytes, q.Request, owner, d.Plan, x.links(q, owner), q.Request.PageSize(), at.Position, at.First)
	f := following{at: at, place: q.Request.Place()}
	defer func() {
		page.Close()
		x.share.Give(f.kept)
	}()
	more, lacking, source, err := x.fill(ctx, q, owner, page, got, &f)
	next := ""
	if err == nil && more {
		next, err = x.further(q, owner, f.at)
	}
	if err != nil {
		buffer.discard()
		return x.unusable(err)
	}
	x.spent()
	cut := page.Done(next, lacking != "")
	x.record.Spent.Filter += x.spent()
	x.counted(cut)
	first := q.Request.Page == "" // those after it may hold what was withheld since
	if q.Request.Interaction == fhir.History && first && lacking == "" && len(cut.Released) == 0 {
		buffer.discard()
		source.free()
		return x.hideEvenly(ctx, q.Request)
	}
	if lacking != "" {
		x.lacks(lacking)
		x.ended(pagesMissing)
	}
	x.record.Outcome = audit.Released
	buffer.bytes = cut.Body
	if cap(cut.Body) > firstBytes {
		x.share.Hold(int64(cap(cut.Body)))
	}
	return x.held(cut, buffer, source)
}

// fill takes pages of the source's until the client's is full and one more match is seen.
// more: f.at is where that begins. source is the one page of which a large answer is made
// without a copy; it is held as long as the answer.
func (x *exchange) fill(ctx context.Context, q access.Question, owner fhir.Owner, page *fhir.Page, got *fetched, f *following) (more bool, lacking string, source *fetched, err error) {
	var only onePatient
	for first := true; ; first = false {
		size := len(got.body())
		if q.Request.Type == "Patient" && len(owner.LocalIDs) == 0 {
			err = only.in(got.body(), owner.Numbers) // attack 117
		}
		if err == nil {
			x.spent()
			err = page.Take(got.body())
			x.record.Spent.Filter += x.spent()
		}
		if err == nil && page.InPieces() {
			got.read()
			return false, "", got, nil
		}
		got.free()
		if err == nil {
			err = x.share.Take(ctx, page.Kept()-f.kept)
			if err != nil {
				return false, "", nil, err
			}
			f.kept = page.Kept()
		}
		switch {
		case err == nil:
		case first || errors.Is(err, errTwoPatients):
			return false, "", nil, err
		default:
			return false, lackingSource, nil, nil
		}
		position, left := page.Left()
		if left {
			f.at.Position = position
			return true, "", nil, nil
		}
		link, odd := page.Next()
		if link == "" && !odd {
			return false, "", nil, nil
		}
		if got, lacking = x.follow(ctx, f, size, link, odd); lacking != "" {
			return false, lacking, nil, x.request.Context().Err()
		}
	}
}
