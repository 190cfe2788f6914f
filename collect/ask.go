package collect

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/mycarerecord/mcr/grounds"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/room"
)

// pageSize is the most entries that a broker gives at a time.
const pageSize = "200"

// kind is how one search ended.
type kind uint8

const (
	got     kind = iota // answered, with entries or none
	refused             // by the broker's rules, or by its form
	failed              // not answered, or with a fault
	late                // not answered in time
	mad                 // answered as no broker does: nothing of this source is shown
	skipped             // not asked, since the visit had ended
)

// answer is what one search brought, its pages together.
type answer struct {
	search
	kind    kind
	status  int    // HTTP status of what ended it
	reason  Reason // of what is not got
	entries []Entry
	whose   []string // of each entry: the source's own id of its patient, "" where it does not say
	next    string   // address of the page that follows what is here, at the broker
	pages   int
	// What the broker said of what is not shown, and what the limits cut.
	withheld, unclear, mayBe, partial, cut bool
	notes                                  []Reason          // of how the source knows the patient
	grounds                                []grounds.Grounds // of each page
}

// nobody says that the search found nothing, and that nothing was kept back.
func (a *answer) nobody() bool {
	return a.kind == got && len(a.entries) == 0 && !a.withheld && !a.unclear && !a.cut
}

// closing are the reasons for refusing that have nothing to do with what was asked
// for: no further search would be answered otherwise.
var closing = map[string]bool{
	"opted-out": true, "role-not-entitled": true, "professional-is-the-patient": true, "purpose-not-direct-care": true,
	"token-missing": true, "token-not-accepted": true, "identity-incomplete": true, "too-many-requests": true,
}

// ends says that no further search is worth asking.
func (a *answer) ends() bool {
	switch a.kind {
	case refused:
		return closing[a.reason.Code] || a.status == http.StatusUnauthorized || a.status == http.StatusTooManyRequests
	case mad, skipped:
		return true
	}
	return false
}

// ask makes one search, and reads so many of its pages.
func (v *visit) ask(ctx context.Context, s search, pages int) *answer {
	a := &answer{search: s}
	v.page(ctx, a, http.MethodPost, v.source.Broker+"/"+s.typ+"/_search", v.form(s).Encode())
	v.follow(ctx, a, pages)
	return a
}

// follow reads further pages, up to so many in all.
func (v *visit) follow(ctx context.Context, a *answer, pages int) {
	for a.kind == got && a.next != "" && a.pages < pages {
		next := a.next
		a.next = ""
		v.page(ctx, a, http.MethodGet, next, "")
	}
}

// form is the search as the broker takes it. The NHS number stands in the body:
// addresses are logged on the way.
func (v *visit) form(s search) url.Values {
	who := nhs.NumberSystem + "|" + v.question.Patient.Digits()
	form := url.Values{"_count": {pageSize}}
	if s.typ == "Patient" {
		form.Set("identifier", who)
		form.Del("_count") // there is one
	} else {
		form.Set("patient.identifier", who)
	}
	if s.by != "" {
		form.Set(s.by, s.codes)
	}
	form["_include"] = s.include
	if s.date != "" {
		if !v.question.Since.IsZero() {
			form.Add(s.date, instant("ge", v.question.Since))
		}
		if !v.question.Until.IsZero() {
			form.Add(s.date, instant("lt", v.question.Until))
		}
	}
	return form
}

// page makes one request and adds what it brings.
func (v *visit) page(ctx context.Context, a *answer, method, address, form string) {
	if v.ended.Load() {
		a.kind = skipped
		return
	}
	a.pages++
	v.request(ctx, a, method, address, form)
	switch {
	case a.kind == failed && ctx.Err() != nil:
		a.kind, a.reason = late, v.c.told(unavailable)
	case a.kind == mad:
		v.ended.Store(true)
		v.stop() // whatever else it is saying
	case a.ends():
		v.ended.Store(true)
	}
}

func (v *visit) request(ctx context.Context, a *answer, method, address, form string) {
	a.kind = failed
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form))
	if err != nil {
		a.reason = v.c.told(unavailable)
		return
	}
	r.Header = http.Header{
		"Accept":          {"application/fhir+json"},
		"Accept-Encoding": {"identity"}, // what is read is what is counted
		"Authorization":   {"Bearer " + v.bearer},
		"Traceparent":     {v.trace.Next().String()},
		"User-Agent":      {"mcr-collect"},
		// A search may be sent again when a connection that was kept open turns out
		// to be closed. An empty list is Go's way to be told so; it is not sent.
		"X-Idempotency-Key": {},
	}
	if method == http.MethodPost {
		r.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	}
	v.question.Correlation.Send(r.Header)
	v.c.Sign(r, v.question.From)
	response, err := v.c.client.Do(r)
	if err != nil {
		a.reason = v.c.told(unavailable) // the error holds the address; the status says enough
		return
	}
	defer response.Body.Close()
	a.status = response.StatusCode
	if response.StatusCode != http.StatusOK {
		v.notOK(a, response)
		return
	}
	body, err := v.readAll(response)
	switch {
	case errors.Is(err, errTooLarge):
		a.kind, a.cut = got, true
		v.ended.Store(true)
	case errors.Is(err, room.ErrFull):
		a.reason = v.c.told("too-many-requests")
	case err != nil:
		a.reason = v.c.told(incomplete)
	case !isFHIR(response.Header):
		a.kind, a.reason = mad, v.c.told(notUnderstood)
	default:
		a.kind = got
		if !v.searchset(a, body) {
			a.kind, a.reason = mad, v.c.told(notUnderstood)
		}
		a.grounds = append(a.grounds, grounds.Read(response.Header))
	}
}
