package record

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/vouch"
)

//go:embed templates/*.html
var templates embed.FS

// Collector asks every source's broker; *collect.Collector is one.
type Collector interface {
	Sources() []collect.Source
	Collect(ctx context.Context, bearer string, q collect.Question, each func(collect.Part)) collect.Result
	Open(ctx context.Context, bearer string, from vouch.Person, source, link string) (*collect.Document, error)
}

// Config is what the pages are made of.
type Config struct {
	Base      string           // the console's path, such as "/console"
	Collector Collector        // asks the brokers; needed
	Clock     func() time.Time // default time.Now
}

// Pages are the pages of one patient's record. Each is a page.Handler; the request
// must have the path value "ref".
//
// Every call of Record (whole), Parts and Print asks the brokers anew, with the
// professional's own token: nothing is kept between them.
type Pages struct {
	set   *page.Set
	from  Collector
	order orders
	clock func() time.Time
}

// New makes the pages.
func New(cfg Config) (*Pages, error) {
	if cfg.Collector == nil {
		return nil, errors.New("making the record's pages: no collector")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	order, err := readOrders(orderText)
	if err != nil {
		return nil, err
	}
	set, err := page.New(cfg.Base, templates, functions)
	if err != nil {
		return nil, err
	}
	return &Pages{set: set, from: cfg.Collector, order: order, clock: cfg.Clock}, nil
}

// Mount gives every page with its pattern below the console's path.
func (p *Pages) Mount(at func(pattern string, h page.Handler)) {
	at("GET /patients/{ref}/record", p.Record)
	at("GET /patients/{ref}/record/parts", p.Parts)
	at("GET /patients/{ref}/record/print", p.Print)
	at("POST /patients/{ref}/record/document", p.Document)
}

// Record answers GET /patients/{ref}/record: at once with a shell that fills
// itself from Parts, or, with ?whole=1, with the whole record when all have
// answered. A browser without JavaScript is led to the second by the first.
func (p *Pages) Record(w http.ResponseWriter, r *http.Request, who *page.Person) {
	patient, ok := p.patient(w, r, who)
	if !ok {
		return
	}
	if r.URL.Query().Get("whole") == "" || r.Method != http.MethodGet {
		view := Read(p.nobodyYet(), *patient, p.clock())
		p.set.Render(w, r, who, http.StatusOK, "record", p.shown(view, patient, who, r, true))
		return
	}
	view := p.collect(r, who, patient)
	p.set.Render(w, r, who, http.StatusOK, "record", p.shown(view, patient, who, r, false))
}

// Print answers GET /patients/{ref}/record/print: the record for paper.
func (p *Pages) Print(w http.ResponseWriter, r *http.Request, who *page.Person) {
	patient, ok := p.patient(w, r, who)
	if !ok {
		return
	}
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusOK)
		return
	}
	view := p.collect(r, who, patient)
	data := p.shown(view, patient, who, r, false)
	data.Printed, data.View, data.LeftOut = true, data.View.Folded(), view.leftOut()
	p.set.Render(w, r, who, http.StatusOK, "print", data)
}

// patient finds whose record it is, and answers when nobody's can be shown.
func (p *Pages) patient(w http.ResponseWriter, r *http.Request, who *page.Person) (*page.Patient, bool) {
	w.Header().Set("Cache-Control", "no-store")
	if strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") {
		// A browser that guesses at the next page must not look at a record.
		http.Error(w, "A record is not fetched in advance.", http.StatusServiceUnavailable)
		return nil, false
	}
	patient, ok := who.Patient(r.PathValue("ref"))
	if !ok || patient == nil {
		p.set.Render(w, r, who, http.StatusNotFound, "gone", nil)
		return nil, false
	}
	if !patient.Confirmed {
		http.Redirect(w, r, p.set.Path("/patients/"+patient.Ref), http.StatusSeeOther)
		return nil, false
	}
	return patient, true
}

func (p *Pages) collect(r *http.Request, who *page.Person, patient *page.Patient) *View {
	result := p.from.Collect(r.Context(), who.Bearer, collect.Question{By: who.Subject, From: who.From, Patient: patient.Number}, nil)
	return Read(result.Parts, *patient, p.clock())
}

// nobodyYet is what there is before the first source has answered.
func (p *Pages) nobodyYet() []collect.Part {
	var parts []collect.Part
	for _, s := range p.from.Sources() {
		parts = append(parts, collect.Part{Source: s})
	}
	return parts
}

// shown narrows a view by the filter in the address. A live page is filtered by
// its script: what it has, it need not ask the brokers for again.
func (p *Pages) shown(v *View, patient *page.Patient, who *page.Person, r *http.Request, live bool) shown {
	s := shown{View: v, Patient: patient, By: who, Filter: filterOf(r.URL.Query(), v), Live: live, Order: place(p.order.of(who.Subject.Role))}
	if !live {
		s.View = v.Narrowed(s.Filter)
	}
	return s
}
