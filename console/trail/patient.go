package trail

import (
	"context"
	"net/http"
	"net/url"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/nhs"
)

// patient is whom a question is about: as the trail knows them, never by number.
type patient struct {
	HMAC, Shown string // as Protector gives them
	number      nhs.Number
	// What the next form carries to mean the same patient, in the body of a POST:
	// the number as it was typed, or the id of a record that is about them.
	Typed, Of string
}

// Chosen says whether a patient was asked for.
func (p patient) Chosen() bool { return p.HMAC != "" }

// Number gives the number as it stands on letters, "" when it is not known here.
func (p patient) Number() string { return spaced(p.number) }

// whom reads the patient of a form: a typed number, or "the patient of that
// record", which must be in the person's own part of the trail.
func (t *Room) whom(ctx context.Context, form url.Values, s audit.Scope) (p patient, faults []fault, err error) {
	typed, of := form.Get("patient"), form.Get("of")
	switch {
	case len(form["patient"]) > 1 || len(form["of"]) > 1 || typed != "" && of != "":
		return p, []fault{{"patient", "The form names the patient more than once."}}, nil
	case typed != "":
		n, err := typedNumber(typed)
		if err != nil {
			return p, []fault{{"patient", "This is not an NHS number. It has 10 digits, and the last one checks the others: look for a slip."}}, nil
		}
		return patient{HMAC: t.cfg.Protector.HMAC(n), Shown: t.cfg.Protector.Shown(n), number: n, Typed: n.Digits()}, nil, nil
	case of != "":
		r, err := t.cfg.Trail.Show(ctx, bounded(of), s)
		if err != nil {
			return p, nil, err
		}
		if r.PatientHMAC == "" {
			return p, []fault{{"patient", "This record is about no patient."}}, nil
		}
		p = patient{HMAC: r.PatientHMAC, Shown: r.PatientShown, Of: r.ID}
		// A number that was only kept masked, or under other keys, stays unknown.
		if n, err := t.cfg.Protector.Reveal(r.PatientShown); err == nil {
			p.number = n
		}
		return p, nil, nil
	}
	return p, nil, nil
}

// maxForm bounds the body of a form, in bytes.
const maxForm = 16 << 10

// posted reads the form of a POST: the body only, so that nothing of a patient is
// ever taken from an address.
func posted(r *http.Request) (url.Values, bool) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" {
		return nil, false
	}
	return r.PostForm, true
}
