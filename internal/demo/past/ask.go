package past

import (
	"hash/fnv"
	"net/http"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/demo/people"
)

// ask is one search of a part of a record.
type ask struct {
	typ      string
	category string   // what it is narrowed to; "" for all
	holds    []string // the categories of what there is of it
}

// The searches that a collection is made of, as far as the month tells.
var (
	who        = ask{"Patient", "", []string{"demographics"}}
	results    = ask{"Observation", "laboratory", []string{"laboratory"}}
	reports    = ask{"DiagnosticReport", "laboratory", []string{"laboratory"}}
	bookings   = ask{"Appointment", "", []string{"appointments"}}
	allergies  = ask{"AllergyIntolerance", "", []string{"allergies"}}
	medicines  = ask{"MedicationRequest", "", []string{"medications"}}
	problems   = ask{"Condition", "", []string{"conditions"}}
	stays      = ask{"Encounter", "", []string{"encounters"}}
	letters    = ask{"DocumentReference", "", []string{"documents"}}
	plans      = ask{"CarePlan", "", []string{"care-plans"}}
	whole      = []ask{allergies, medicines, problems}
	further    = []ask{stays, letters, plans}
	labelled   = []string{"Condition", "DocumentReference", "Observation", "Encounter"}
	everyLabel = "*"
)

// collect asks sources at once, under one trace: first who it is, then parts. What is asked of a source
// is asked one after the other, all sources side by side; where all is refused the first part is tried
// and no more. It gives how many parts were released.
func (t *telling) collect(sources []string, parts ...ask) (released int) {
	t.trace = t.random(16)
	began, ended := t.now, t.now
	for _, source := range sources {
		t.now = began
		open, closed := t.ask(source, who)
		for i, part := range parts {
			if closed || i > 0 && !open {
				break
			}
			var shown bool
			if shown, closed = t.ask(source, part); shown {
				released, open = released+1, true
			}
		}
		if t.now.After(ended) {
			ended = t.now
		}
	}
	t.now, t.trace = ended, ""
	return released
}

// closing are the refusals after which nothing more is asked of a source.
var closing = []string{"opted-out", "role-not-entitled", "professional-is-the-patient", "source-unavailable"}

// ask makes one request. closed: it is of no use to ask the source for more.
func (t *telling) ask(source string, a ask) (shown, closed bool) {
	q := t.question(source, access.View)
	q.Request.Interaction, q.Request.Type = "search-type", a.typ
	query := a.typ
	if a.typ != who.typ {
		q.Request.Params = append(q.Request.Params, struct{ Name, Value string }{"_count", "200"})
		query += "?_count=200"
	}
	if a.category != "" {
		q.Request.Params = append(q.Request.Params, struct{ Name, Value string }{"category", a.category})
		query += "&category=" + a.category
	}
	r := t.record(q)
	r.Query = query
	d := t.decide(r, q)
	switch {
	case d.Effect == access.Deny:
		r.Outcome, r.Status = audit.Refused, http.StatusForbidden
		r.BytesReleased = 420 + t.Int64N(120)
	case d.Effect != access.Permit:
		r.Outcome, r.Status = audit.Failed, http.StatusServiceUnavailable
	case t.away(source):
		r.Outcome, r.Status = audit.Failed, http.StatusGatewayTimeout
		r.Reasons = append([]string{"source-unavailable"}, r.Reasons...)
		r.Spent.Fetch, r.BytesReleased = 10_000_000+t.Int64N(5000), 431
	default:
		t.release(r, d, a)
		shown = len(r.Categories) > 0
	}
	t.end(r)
	return shown, len(r.Reasons) > 0 && slices.Contains(closing, r.Reasons[0])
}

// release makes up what there was, and cuts it to what may be shown.
func (t *telling) release(r *audit.Record, d access.Decision, a ask) {
	r.Outcome, r.Status, r.SourceStatus = audit.Released, http.StatusOK, http.StatusOK
	r.Spent.Fetch, r.Spent.Filter = 3000+t.Int64N(90_000), 150+t.Int64N(2500)
	r.BytesReceived, r.BytesReleased = 190, 240
	if !slices.Contains(t.holders(), r.Source) {
		return
	}
	r.Categories, r.Types = map[string]int{}, map[string]int{}
	for _, category := range a.holds {
		n := amount(t.patient, r.Source, a.typ)
		if a.typ == who.typ {
			n = 1
		}
		withheld := 0
		if d.Plan.Labels == nil || !slices.Contains(d.Plan.Labels, everyLabel) {
			withheld = t.sensitive(r.Source, a.typ)
		}
		switch {
		case n == 0 && withheld == 0:
		case !slices.Contains(d.Plan.Categories, category):
			r.Withheld = map[string]int{"category-not-in-plan": n + withheld}
		default:
			if n > 0 {
				r.Categories[category], r.Types[a.typ] = n, n
			}
			if withheld > 0 {
				r.Withheld = map[string]int{"label-withheld": withheld}
			}
		}
		r.BytesReceived += int64(n+withheld) * (700 + t.Int64N(300))
		r.BytesReleased += int64(n) * (650 + t.Int64N(250))
	}
}

// sensitive is how many entries of a type are labelled as sensitive.
func (t *telling) sensitive(source, typ string) int {
	if t.patient.Has(people.Sensitive) && slices.Contains(labelled, typ) && !strings.HasPrefix(source, "ambulance") {
		return 1 + amount(t.patient, source, typ+"/labelled")%3
	}
	return 0
}

// amount is how many entries of a type a source has of a patient: always the same.
func amount(p *people.Person, source, typ string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(p.Number.Digits() + source + typ))
	return int(h.Sum32()>>8) % 9
}
