package console

import (
	"context"
	"net/http"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/nhs"
)

// findPage is the form that finds a patient, as it was filled in.
type findPage struct {
	Number, Day, Month, Year string
	NumberFault, BornFault   string // what is wrong, by name; the words are the template's
	Nobody                   bool   // no patient with this number and date of birth
	Unreached                bool   // not everybody answered, so there may be one
	Some                     bool   // and some did
	Missing                  []collect.Source
}

// findPage shows the form.
func (c *Console) findPage(w http.ResponseWriter, r *http.Request, who *page.Person) {
	c.render(w, r, who, http.StatusOK, "find", findPage{})
}

var numberFaults = map[error]string{errNumberMissing: "missing", errNumberLength: "length", errNumberLetters: "letters", errNumberCheck: "check"}
var bornFaults = map[error]string{errBornMissing: "missing", errBornNoDate: "no-date", errBornFuture: "future", errBornLongAgo: "long-ago"}

// find looks a patient up by number and date of birth. What is wrong with what was
// typed is told; that a date of birth is another than a source's is not: it would
// answer whoever tries one after another.
func (c *Console) find(w http.ResponseWriter, r *http.Request, who *page.Person) {
	f := findPage{Number: cut(r.PostForm.Get("number"), 60), Day: cut(r.PostForm.Get("day"), 20), Month: cut(r.PostForm.Get("month"), 20), Year: cut(r.PostForm.Get("year"), 20)}
	n, err := typedNumber(r.PostForm.Get("number"))
	f.NumberFault = numberFaults[err]
	born, err := typedBorn(f.Day, f.Month, f.Year, c.cfg.Clock())
	f.BornFault = bornFaults[err]
	if f.NumberFault != "" || f.BornFault != "" {
		c.render(w, r, who, http.StatusUnprocessableEntity, "find", f)
		return
	}
	p := patient{}
	p.Number, p.Born = n, born
	p.opened = c.standing(r.Context(), who, p).opens()
	found := c.identify(r.Context(), who, n, born)
	switch {
	case found.Verdict == unreached, found.Verdict == differs && len(found.Missing) > 0:
		// Another date of birth is told as no record where it is, so here too.
		f.Unreached, f.Some, f.Missing = true, found.Answered, found.Missing
		w.Header().Set("Retry-After", "10")
		c.render(w, r, who, http.StatusServiceUnavailable, "find", f)
		return
	case found.Verdict == unknown, found.Verdict == differs:
		f.Nobody = true
		c.render(w, r, who, http.StatusUnprocessableEntity, "find", f)
		return
	}
	p.found, p.Name, p.Died, p.Checked = found, found.Name(), found.Died(), found.Verdict == matched
	http.Redirect(w, r, c.cfg.Path+"/patients/"+lookedUp(who).look(p), http.StatusSeeOther)
}

// identify asks every source who a number is: demographics, and nothing clinical.
func (c *Console) identify(ctx context.Context, who *page.Person, n nhs.Number, born string) finding {
	result := c.cfg.Collector.Collect(ctx, who.Bearer, collect.Question{By: who.Subject, From: who.From, Patient: n, Categories: []string{"demographics"}}, nil)
	return about(result.Parts, born, c.cfg.Clock())
}

// cut bounds what is written back into a form.
func cut(text string, most int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}

// about runs a page about a patient of this session.
func (c *Console) about(h func(w http.ResponseWriter, r *http.Request, who *page.Person, p patient)) http.Handler {
	return c.patients(func(w http.ResponseWriter, r *http.Request, who *page.Person) {
		p, ok := lookedUp(who).of(r.PathValue("ref"))
		if !ok {
			c.render(w, r, who, http.StatusNotFound, "fault", "no-patient")
			return
		}
		if p, ok = c.asItStands(r, who, p); !ok {
			c.render(w, r, who, http.StatusConflict, "fault", "not-this-patient")
			return
		}
		h(w, r, who, p)
	})
}

// again asks anew who a patient is, after something changed what may be shown. It
// says whether a record turned out to be somebody else's.
func (c *Console) again(r *http.Request, who *page.Person, p patient) (patient, bool) {
	p, ok := lookedUp(who).of(p.Ref)
	if !ok {
		return p, false
	}
	opened := c.standing(r.Context(), who, p).opens() // before they are asked: a change after it is seen next time
	found := c.identify(r.Context(), who, p.Number, p.Born)
	p, ok = lookedUp(who).note(p.Ref, func(p *patient) {
		p.found, p.opened = found, opened
		p.Name, p.Died, p.Checked = found.Name(), found.Died(), found.Verdict == matched
		if found.Verdict == differs || found.Verdict == unknown {
			p.Confirmed = false
		}
	})
	return p, ok && found.Verdict != differs && found.Verdict != unknown
}

// patientPage shows who it is, for the professional to say that it is the right
// person, and what may be done next.
type patientPage struct {
	patient
	Found  finding
	Opted  *told
	Asks   *told
	MayAsk bool // asking could open something: nobody said otherwise
	// MayWithdraw says that there is a permission, or that nobody can say.
	MayWithdraw bool
	Others      []told // reasons that neither asking nor telephoning is the answer to
	Wrong       bool   // the box was not ticked
	Sources     []collect.Source
	Said        string
}

// Speechless says that it may be an emergency, in which nobody but others or papers say
// who the patient is.
func (v patientPage) Speechless() bool { return v.MayDeclare && v.Found.Verdict != matched }

func (c *Console) patientPage(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	c.patientPageWith(w, r, who, http.StatusOK, p, false)
}

func (c *Console) patientPageWith(w http.ResponseWriter, r *http.Request, who *page.Person, status int, p patient, wrong bool) {
	v := patientPage{patient: p, Found: p.found, Wrong: wrong, Sources: c.cfg.Collector.Sources(), Said: p.said}
	opted, isOpted := p.found.OptedOut()
	if isOpted {
		v.Opted = &opted
	}
	if asks, ok := p.found.Asks(); ok && !isOpted {
		v.Asks = &asks
	}
	for _, t := range p.found.Told {
		if (v.Opted == nil || t.Code != "opted-out") && !isAskable(t.Code) {
			v.Others = append(v.Others, t)
		}
	}
	_, pointless := p.found.said("no-active-care-relationship", "role-not-entitled", "professional-is-the-patient", "purpose-not-direct-care")
	v.MayAsk = !isOpted && (v.Asks != nil || !pointless)
	if p.Confirmed {
		v.MayWithdraw = len(p.now.Held) > 0 || !p.now.Known
	}
	c.render(w, r, who, status, "patient", v)
}

func isAskable(code string) bool {
	_, ok := finding{Told: []told{{Reason: collect.Reason{Code: code}}}}.Asks()
	return ok
}

// confirm notes that the professional says that this is the right person.
func (c *Console) confirm(w http.ResponseWriter, r *http.Request, who *page.Person, p patient) {
	now, mayDeclare := p.now, p.MayDeclare
	if r.PostForm.Get("right") != "yes" {
		c.patientPageWith(w, r, who, http.StatusUnprocessableEntity, p, true)
		return
	}
	p, ok := lookedUp(who).note(p.Ref, func(p *patient) { p.Confirmed = true })
	if !ok {
		c.render(w, r, who, http.StatusNotFound, "fault", "no-patient")
		return
	}
	next := "/record"
	if _, asks := p.found.Asks(); asks && !now.InForce() && !c.ordered(r.Context(), who, p) {
		next = "/ask"
	}
	if mayDeclare && r.PostForm.Get("then") == "emergency" {
		next = "/emergency"
	}
	if _, opted := p.found.OptedOut(); opted {
		next = ""
	}
	http.Redirect(w, r, c.cfg.Path+"/patients/"+p.Ref+next, http.StatusSeeOther)
}

// confirmed leads back to the question who it is, when it was not answered yet.
func (c *Console) confirmed(w http.ResponseWriter, r *http.Request, p patient) bool {
	if !p.Confirmed {
		http.Redirect(w, r, c.cfg.Path+"/patients/"+p.Ref, http.StatusSeeOther)
	}
	return p.Confirmed
}
