package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
)

// pieces are the templates that a page is filled with; the parts of the summary stand in
// the order of the reader's role (order.yaml).
var pieces = []string{"who", "why", "state", "alerts", "allergies", "medicines", "problems", "results", "appointments", "plans", "categories", "timeline", "sources"}

// heavy are the pieces that hold every line. A long record's are sent once, at the
// end: sent again with each source they would be the square of it.
var heavy = map[string]bool{"categories": true, "timeline": true}

const longRecord = 200 // lines

// Parts answers GET /patients/{ref}/record/parts with server-sent events: "pieces"
// holds the pieces of the page that have changed, as {"name": "HTML"}, and "status"
// a sentence for the status line; "end" comes when all have answered. A stream
// without "end" was broken off, and the page says so.
//
// It is read with fetch, not with EventSource, which would ask the brokers again
// by itself whenever a connection breaks.
func (p *Pages) Parts(w http.ResponseWriter, r *http.Request, who *page.Person) {
	patient, ok := p.patient(w, r, who)
	if !ok {
		return
	}
	if r.Method != http.MethodGet || r.Header.Get("Accept") != "text/event-stream" {
		http.Redirect(w, r, p.set.Path("/patients/"+patient.Ref+"/record"), http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy in between must not hold it back
	s := &stream{pages: p, w: w, r: r, who: who, patient: patient, sent: map[string][32]byte{}, open: map[string]*answer{}}
	if !s.event("begin", struct{}{}) {
		return
	}

	parts := p.nobodyYet()
	come := make(chan collect.Part, len(parts))
	ended := make(chan collect.Result, 1)
	go func() {
		ended <- p.from.Collect(r.Context(), who.Bearer, collect.Question{By: who.Subject, From: who.From, Patient: patient.Number}, func(part collect.Part) {
			select {
			case come <- part:
			case <-r.Context().Done():
			}
		})
	}()
	for {
		select {
		case part := <-come:
			put(parts, part)
			for range len(come) { // what came meanwhile is shown with it
				put(parts, <-come)
			}
			if !s.show(parts, false) {
				return // nobody reads it: the asking ends with the request
			}
		case result := <-ended:
			if r.Context().Err() == nil && s.show(result.Parts, true) {
				s.event("end", struct{}{})
			}
			return
		}
	}
}

func put(parts []collect.Part, part collect.Part) {
	for i := range parts {
		if parts[i].Source.ID == part.Source.ID {
			parts[i] = part
		}
	}
}

// stream writes the pieces of one page as they change.
type stream struct {
	pages   *Pages
	w       http.ResponseWriter
	r       *http.Request
	who     *page.Person
	patient *page.Patient
	sent    map[string][32]byte // by piece: what the page has
	open    map[string]*answer  // by source: each answer is read once
	broken  bool
}

// show sends what has changed. It reports whether it could be made and sent.
func (s *stream) show(parts []collect.Part, last bool) bool {
	view := layOut(s.answers(parts), *s.patient, s.pages.clock())
	data := s.pages.shown(view, s.patient, s.who, s.r, true)
	changed := map[string]string{}
	for _, name := range pieces {
		if heavy[name] && !last && view.Total > longRecord {
			continue
		}
		html, err := s.pages.set.Fragment(s.r, s.who, "record", name, data)
		if err != nil {
			s.broken = true // no end is sent, so that the page says it is not whole
			return false
		}
		html = bytes.TrimSpace(html)
		if sum := sha256.Sum256(html); sum != s.sent[name] {
			s.sent[name], changed[name] = sum, string(html)
		}
	}
	return s.event("pieces", struct {
		Status string            `json:"status"`
		Pieces map[string]string `json:"pieces"`
	}{data.Progress(), changed})
}

// answers opens what has come since the last time.
func (s *stream) answers(parts []collect.Part) []*answer {
	var all []*answer
	for i := range parts {
		p := &parts[i]
		a := s.open[p.Source.ID]
		if a == nil || a.source.Status != p.Status || a.given != len(p.Entries) {
			a = open(p, i+1)
			s.open[p.Source.ID] = a
		}
		all = append(all, a)
	}
	return all
}

// event writes one event. Its data is one line: JSON has no bare line breaks.
func (s *stream) event(name string, data any) bool {
	if s.broken {
		return false
	}
	var text bytes.Buffer
	encode := json.NewEncoder(&text)
	encode.SetEscapeHTML(false) // this is no HTML until the script has taken it out of the JSON
	err := encode.Encode(data)
	if err == nil {
		err = page.Send(s.w, fmt.Appendf(nil, "event: %s\ndata: %s\n", name, text.Bytes()))
	}
	s.broken = err != nil
	return !s.broken
}
