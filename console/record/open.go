package record

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
)

// unopened is what the page sees that says why a document is not shown.
type unopened struct {
	Ref    string
	Source collect.Source
	Reason collect.Reason
}

// Document answers POST /patients/{ref}/record/document, a form with the source and the
// link of a document: with the document, as a file, when the source's broker hands it
// over; else with why not. The link stands in no address, and the professional's token
// goes to the broker alone.
func (p *Pages) Document(w http.ResponseWriter, r *http.Request, who *page.Person) {
	patient, ok := p.patient(w, r, who)
	if !ok {
		return
	}
	source := r.PostFormValue("source")
	d, err := p.from.Open(r.Context(), who.Bearer, who.From, source, r.PostFormValue("link"))
	if err != nil {
		p.unopened(w, r, who, patient, source, err)
		return
	}
	defer d.Body.Close()
	h := w.Header()
	h.Set("Content-Type", d.ContentType)
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	h.Set("Content-Disposition", `attachment; filename="document.`+d.Extension+`"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'") // nothing in it may run
	w.WriteHeader(http.StatusOK)
	piece := make([]byte, 64<<10)
	defer clear(piece)
	for {
		n, err := d.Body.Read(piece)
		if n > 0 && page.Send(w, piece[:n]) != nil {
			return // nobody reads it
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler) // so that half a letter is not taken for one
		}
	}
}

func (p *Pages) unopened(w http.ResponseWriter, r *http.Request, who *page.Person, patient *page.Patient, source string, err error) {
	data, status := unopened{Ref: patient.Ref}, http.StatusBadGateway
	var no *collect.NotOpened
	if errors.As(err, &no) {
		status, data.Reason = no.Status, no.Reason
	}
	for _, s := range p.from.Sources() {
		if s.ID == source {
			data.Source = s
		}
	}
	p.set.Render(w, r, who, status, "unopened", data)
}
