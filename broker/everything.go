package broker

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
)

// everythingPages bounds the pages of one type.
const everythingPages = 10

// Reason codes: of what an $everything did not ask for, and of a source that has no
// resources of a type.
const (
	notAll  = "everything-in-part"
	notHeld = "type-not-held"
)

// collected is what the searches of an $everything brought.
type collected struct {
	first    *exchange // of the first search that was answered otherwise than "not held"
	status   int       // how it, or one that ended all, was answered
	code     string
	found    [][]byte
	bytes    int
	missing  map[string][]string // types by reason code
	reasons  []string            // those codes, in order
	unusable bool                // a record could not be made durable
}

func (c *collected) lacks(code, typ string) {
	if c.missing == nil {
		c.missing = map[string][]string{}
	}
	if c.missing[code] == nil {
		c.reasons = append(c.reasons, code)
	}
	if !slices.Contains(c.missing[code], typ) {
		c.missing[code] = append(c.missing[code], typ)
	}
}

// viewEverything asks the searches that an $everything stands for, one by one, and
// answers with what they show, and with which types they could not, and why. It opens
// nothing that they would not: each is decided on by itself.
func (x *exchange) viewEverything(ctx context.Context, q access.Question) answer {
	return x.together(ctx, q, func(ctx context.Context) answer { return x.viewSearches(ctx, q) })
}

func (x *exchange) viewSearches(ctx context.Context, q access.Question) answer {
	c := &collected{}
	for _, search := range q.Request.Searches() {
		if ctx.Err() != nil || c.bytes > mostTogether || c.status == http.StatusTooManyRequests {
			c.lacks(notAll, search.Type)
			continue
		}
		one := q
		one.Request = search
		if x.collect(ctx, one, c); c.unusable {
			break
		}
	}
	defer func() {
		for _, body := range c.found {
			clear(body)
		}
	}()
	if c.first == nil {
		return x.fail(clientGone, "client-gone", audit.Failed)
	}
	first := &c.first.record
	x.record.PatientHMAC, x.record.PatientShown, x.record.PatientEpoch = first.PatientHMAC, first.PatientShown, first.PatientEpoch
	switch {
	case c.unusable:
		return x.fail(http.StatusServiceUnavailable, "audit-unavailable", audit.Failed)
	case x.request.Context().Err() != nil:
		return x.fail(clientGone, "client-gone", audit.Failed)
	case len(c.found) == 0: // as the first of them
		x.record.Outcome = c.first.record.Outcome
		x.ended(c.code)
		return x.tellCode(c.status, c.code)
	}
	var outcomes [][]byte
	for _, code := range c.reasons {
		reason := x.decider.Reason(code)
		outcomes = append(outcomes, fhir.Outcome(code, "warning", reason.Text, "Not here: "+strings.Join(c.missing[code], ", ")+". "+reason.Remedy, ""))
	}
	if x.share.Take(ctx, 2*int64(c.bytes)) != nil { // they are taken apart, and put together
		return x.busy()
	}
	body, err := fhir.Together(x.broker.publicBase(x.request), q.Request, c.found, outcomes)
	if err != nil {
		return x.fail(http.StatusInternalServerError, "internal-error", audit.Failed)
	}
	x.record.Outcome = audit.Released
	return madeHere(body)
}

// collect asks one search, page by page.
func (x *exchange) collect(ctx context.Context, q access.Question, c *collected) {
	for page := 1; ; page++ {
		y, a, ok := x.within(ctx, q, nil)
		body := x.taken(y, a)
		if c.first == nil || c.code == notHeld { // which must not hide another's answer
			c.first, c.status, c.code = y, a.status, y.reason()
		}
		switch {
		case !ok:
			clear(body)
			c.unusable = true
			return
		case a.status == http.StatusTooManyRequests:
			c.status, c.code = a.status, y.reason()
			fallthrough
		case a.status != http.StatusOK:
			clear(body)
			if code := y.reason(); code != notHeld { // which lacks nothing
				c.lacks(code, q.Request.Type)
			}
			return
		}
		c.found, c.bytes = append(c.found, body), c.bytes+len(body)
		_, token, more := strings.Cut(fhir.NextPage(body), "?_page=")
		if !more {
			return
		}
		if page == everythingPages || c.bytes > mostTogether || ctx.Err() != nil {
			c.lacks(notAll, q.Request.Type)
			return
		}
		q.Request = fhir.Request{Interaction: fhir.Search, Type: q.Request.Type, Page: token}
	}
}
