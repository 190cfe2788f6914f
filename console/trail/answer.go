package trail

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
)

// answer is what a handler gives back. It is sent after its look is durable, and
// nowhere else than in finish.
type answer struct {
	look   look
	status int
	name   string // the page
	data   any    // what the page shows
	file   *file  // a download instead of a page
	// elsewhere is where the person is sent on to: nothing is shown and nothing
	// recorded, since the page there records itself.
	elsewhere string
	began     time.Time
}

// file is a download.
type file struct {
	name, kind string
	body       []byte
}

// asking is one room's work: it asks the trail within the scope, and shows nothing.
type asking func(ctx context.Context, r *http.Request, who *page.Person, s audit.Scope) answer

// handler puts what every page of the trail needs around its work: whether the
// person may be here, the time that the trail has to answer, and the recording.
func (t *Room) handler(work asking) page.Handler {
	return func(w http.ResponseWriter, r *http.Request, who *page.Person) {
		began := t.cfg.Clock()
		var a answer
		if s, ok := t.cfg.Reach.scope(who); ok {
			s.VisitGap = t.cfg.VisitGap
			ctx, cancel := context.WithTimeout(r.Context(), t.cfg.AskWithin)
			a = work(ctx, r, who, s)
			cancel()
		} else {
			a = t.notForThem(r, who)
		}
		a.began = began
		t.finish(w, r, who, a)
	}
}

// finish records the look and sends the answer: no record, no page. Every answer
// of the room passes here, refusals and failures too.
func (t *Room) finish(w http.ResponseWriter, r *http.Request, who *page.Person, a answer) {
	if who == nil {
		who = &page.Person{} // somebody whom nobody knows: recorded all the same
	}
	if a.look.recorded {
		// The person's going away must not keep a look out of the trail.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), t.cfg.AppendWithin)
		err := t.append(ctx, t.records(r, who, a))
		cancel()
		if err != nil {
			t.cfg.Log.Error("a look at the trail could not be recorded, so nothing was shown", "error", err)
			w.Header().Set("Retry-After", "5")
			t.pages.Render(w, r, who, http.StatusServiceUnavailable, "problem", notRecorded)
			return
		}
	}
	switch {
	case a.elsewhere != "":
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, a.elsewhere, http.StatusSeeOther)
	case a.file != nil:
		h := w.Header()
		h.Set("Content-Type", a.file.kind)
		h.Set("Content-Disposition", `attachment; filename="`+a.file.name+`"`)
		h.Set("Content-Length", strconv.Itoa(len(a.file.body)))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(a.status)
		_ = page.Send(w, a.file.body) // the browser may have gone
	default:
		t.pages.Render(w, r, who, a.status, a.name, a.data)
	}
}

// problem is a page that says why nothing is shown.
type problem struct {
	Title, Text, Remedy string
	Faults              []fault
	Away                bool // the trail is not open to them: it leads out of it
}

var (
	notRecorded = problem{Title: "Nothing can be shown just now",
		Text:   "Every look at the trail is recorded before anything is shown. That could not be done.",
		Remedy: "Try again in a minute. If it goes on, tell whoever runs the broker."}
	notAnswering = problem{Title: "The trail is not answering",
		Text:   "The place where the trail is kept did not answer in time. Nothing is lost: brokers keep their records until it does.",
		Remedy: "Try again in a minute, or ask for fewer days."}
	notThere = problem{Title: "There is no such record in your part of the trail",
		Text:   "No record has this number, or it is about another organisation's data.",
		Remedy: "Check the number. Records come into the trail a few seconds after the request."}
	notAllowed = problem{Title: "The trail is not open to your role",
		Text:   "The trail is for auditors, privacy officers and information-governance officers.",
		Remedy: "If you hold one of these roles too, sign in with it. If not, ask your organisation's privacy officer.", Away: true}
	notUnderstood = problem{Title: "This address cannot be used",
		Text:   "Nothing was looked up, since the address or form asks for something that there is not.",
		Remedy: "Go to the search and ask there."}
)

// notForThem turns away whoever the trail is not open to. Their own organisation's
// officers see that they tried.
func (t *Room) notForThem(r *http.Request, who *page.Person) answer {
	var part string
	if who != nil {
		part = who.Subject.Organisation.String()
	}
	return answer{status: http.StatusForbidden, name: "problem", data: notAllowed, look: look{
		action: audit.LookAtTrail, query: asked(r), part: part, outcome: audit.Refused, reason: "role-not-entitled", recorded: true,
	}}
}

// trouble is the answer when the trail did not give one.
func (t *Room) trouble(err error, l look) answer {
	l.recorded = true
	if errors.Is(err, audit.ErrNotFound) {
		l.outcome, l.reason = audit.Refused, "not-found"
		return answer{status: http.StatusNotFound, name: "problem", data: notThere, look: l}
	}
	if errors.Is(err, audit.ErrCursor) || errors.Is(err, audit.ErrQuestion) {
		l.outcome, l.reason = audit.Refused, "page-not-understood"
		return answer{status: http.StatusBadRequest, name: "problem", data: notUnderstood, look: l}
	}
	t.cfg.Log.Error("the trail could not be asked", "error", err)
	l.outcome, l.reason = audit.Failed, "trail-unavailable"
	return answer{status: http.StatusServiceUnavailable, name: "problem", data: notAnswering, look: l}
}

// faulty is the answer to a form or an address that cannot be used.
func faulty(faults []fault, l look) answer {
	p := notUnderstood
	p.Faults = faults
	l.recorded, l.outcome, l.reason = true, audit.Refused, "request-not-understood"
	return answer{status: http.StatusBadRequest, name: "problem", data: p, look: l}
}

// asked gives the path of a request for a record, never its query.
func asked(r *http.Request) string {
	return bounded(r.Method + " " + r.URL.Path)
}
